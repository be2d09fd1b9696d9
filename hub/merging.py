"""Two people turn out to be one: merge them, and part them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncSession

from hub import timeline
from hub.errors import Conflict, Invalid, NotFound, Stale
from hub.timeline import Actor
from hub.work import Work, promise
from storage import reporters, tickets
from storage.enums import EventType
from storage.models import Reporter, ReporterIdentity, ReporterMerge, Ticket

CARDS = 20
"""How many of a person's cards are drawn again when it shows who they are."""
OFFERED = 20


@dataclass(frozen=True, slots=True)
class Merged:
    """Somebody who was taken for this person. `by_hand`: an agent said so, else one e-mail for both."""

    id: UUID
    name: str
    at: datetime
    by_hand: bool


async def get(session: AsyncSession, reporter_id: UUID) -> Reporter:
    """Who this person is by now; NotFound."""
    reporter = await session.get(Reporter, reporter_id)
    if reporter is None:
        raise NotFound("There is no such person any more.", id=str(reporter_id))
    return await session.get_one(Reporter, reporter.merged_into) if reporter.merged_into else reporter


async def merge(session: AsyncSession, reporter_id: UUID, *, into_id: UUID, by: Actor) -> Reporter:
    """What the first one wrote was the second one's from now on; answers the second. NotFound, Invalid, Conflict."""
    if reporter_id == into_id:
        raise Invalid("That is the same person already; choose another one.", field="into")
    found = await reporters.find_locked(session, reporter_id, into_id)
    for wanted in (reporter_id, into_id):
        if wanted not in found:
            raise NotFound("There is no such person any more.", id=str(wanted))
        if found[wanted].merged_into is not None:
            raise Conflict("One of the two has been merged with somebody meanwhile; open the ticket again.")
    await join(session, found[reporter_id], into=found[into_id], by=by)
    return found[into_id]


async def join(session: AsyncSession, reporter: Reporter, *, into: Reporter, by: Actor) -> None:
    """Every account and ticket of `reporter`, held, becomes `into`'s; the row stays and says whom it became."""
    accounts = await _give_accounts(session, ReporterIdentity.reporter_id == reporter.id, to=into.id)
    followers = await _become(session, Reporter.merged_into == reporter.id, into.id)
    theirs = Ticket.reporter_id == reporter.id
    await _give_tickets(session, theirs, EventType.REPORTER_MERGED, was=reporter.id, now=into.id, by=by)
    reporter.merged_into = into.id
    session.add(
        ReporterMerge(
            reporter_id=reporter.id,
            into_id=into.id,
            identity_ids=accounts,
            follower_ids=followers,
            gave_email=await _give_email(session, reporter, to=into),
            actor_type=by.type,
            actor_id=by.id,
        )
    )
    await redraw(session, accounts)


async def part(session: AsyncSession, merge_id: UUID, *, by: Actor) -> Reporter:
    """Undo: accounts and what was written from them, also since, are the first one's again; answers the first.

    NotFound, Stale.
    """
    merge, reporter, holder = await _held(session, merge_id)
    mine = ReporterIdentity.id.in_(merge.identity_ids) & (ReporterIdentity.reporter_id == holder.id)
    accounts = await _give_accounts(session, mine, to=reporter.id)
    await _become(session, Reporter.id.in_(merge.follower_ids) & (Reporter.merged_into == holder.id), reporter.id)
    from_them = Ticket.identity_id.in_(accounts)
    await _give_tickets(session, from_them, EventType.REPORTER_SEPARATED, was=holder.id, now=reporter.id, by=by)
    reporter.merged_into = None
    merge.undone_at = datetime.now(UTC)
    if merge.gave_email:
        await _give_email(session, holder, to=reporter)
    await redraw(session, accounts)
    return reporter


async def _held(session: AsyncSession, merge_id: UUID) -> tuple[ReporterMerge, Reporter, Reporter]:
    """A merge that stands, who was merged, and who has what was theirs: whoever `into` has become since."""
    merge = await reporters.merge(session, merge_id)
    if merge is None:
        raise NotFound("There is no such merge.", id=str(merge_id))
    reporter = await session.get_one(Reporter, merge.reporter_id)
    if merge.undone_at is None and reporter.merged_into is not None:
        holder_id = reporter.merged_into
        found = await reporters.find_locked(session, reporter.id, holder_id)
        if reporter.merged_into == holder_id:
            return merge, reporter, found[holder_id]
    raise Stale("These two are apart already, or with somebody else; open the ticket again.")


async def of(session: AsyncSession, reporter_id: UUID, *, limit: int) -> list[Merged]:
    """Who was merged into this person, the newest first."""
    found = await reporters.merges(session, reporter_id, limit=limit)
    return [
        Merged(
            merge.id, reporter.name or "somebody without a name", merge.created_at, by_hand=merge.actor_id is not None
        )
        for merge, reporter in found
    ]


async def offered(session: AsyncSession, typed: str, *, but: UUID) -> Sequence[Reporter]:
    """People to merge with, as somebody types a name, an e-mail or a ticket's number."""
    number = typed.removeprefix("#")
    if number.isdigit() and len(number) < 10:
        one = await reporters.by_ticket(session, int(number))
        found: Sequence[Reporter] = [one] if one else []
    else:
        found = await reporters.named(session, typed, limit=OFFERED + 1)
    return sorted((each for each in found if each.id != but), key=lambda each: (each.name or "").lower())[:OFFERED]


async def redraw(session: AsyncSession, accounts: Sequence[UUID]) -> None:
    """Cards name the reporter: the newest of these accounts' are drawn again."""
    newest = await tickets.newest_of(session, accounts, limit=CARDS)
    for ticket_id in newest:
        promise(session, Work.CARD, ticket_id)


async def _give_accounts(session: AsyncSession, which: ColumnElement[bool], *, to: UUID) -> list[UUID]:
    given = update(ReporterIdentity).where(which).values(reporter_id=to).returning(ReporterIdentity.id)
    return list(await session.scalars(given))


async def _become(session: AsyncSession, who: ColumnElement[bool], other: UUID) -> list[UUID]:
    return list(await session.scalars(update(Reporter).where(who).values(merged_into=other).returning(Reporter.id)))


async def _give_tickets(
    session: AsyncSession, which: ColumnElement[bool], event: EventType, *, was: UUID, now: UUID, by: Actor
) -> None:
    await timeline.record_all(session, which, event, by=by, was=str(was), now=str(now))
    await session.execute(update(Ticket).where(which).values(reporter_id=now))


async def _give_email(session: AsyncSession, giver: Reporter, *, to: Reporter) -> bool:
    """An e-mail belongs to one person: taken away first, then given; only to who has none."""
    if giver.email is None or to.email is not None:
        return False
    email, giver.email = giver.email, None
    await session.flush()
    to.email = email
    return True
