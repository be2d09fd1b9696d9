"""What is kept of a person: exported as it is, or erased wherever it stands."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub import agents, keys, merging, timeline, viewing
from hub.errors import Invalid, NotFound
from hub.timeline import Actor
from hub.work import Work, key_of, promise
from storage import erasures, exports, jobs, suggestions, ticket_terms
from storage.database import settled
from storage.enums import EventType
from storage.erasures import Belongings
from storage.models import Erasure, Export, Reporter

READERS = (key_of(Work.EMBED, "all"), key_of(Work.WORDS, "all"))
"""Work that reads what many tickets say."""
BEGINNING = (datetime.min.replace(tzinfo=UTC), UUID(int=0))
"""Where looking through deliveries starts: before the first."""
OFFERED_MINUTES = 10
"""How long an export that was offered can be taken."""
LARGEST_OFFER = 10_000
"""Messages of one person: some 30 MB, and ten times that in memory while the file is made."""
SPENT = (
    f"This link was used already, or is older than {OFFERED_MINUTES} minutes. "
    "Press Export… in the ticket's window in Slack for a new one."
)


@dataclass(frozen=True, slots=True)
class ToErase:
    """What has to go that is not only rows: files, and deliveries that bear these marks."""

    marks: Sequence[str]
    files: Sequence[str]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is kept of this person, for the agent `by`."""

    reporter_id: UUID
    by: Actor
    content: dict[str, Any]


async def export(session: AsyncSession, reporter_id: UUID) -> dict[str, Any]:
    """Everything that is kept of them, in plain values. NotFound, also while they are being erased."""
    reporter = await _known(session, reporter_id)
    return await exports.everything(session, await erasures.belongings(session, reporter.id))


async def offer(session: AsyncSession, reporter_id: UUID, *, by: Actor) -> str:
    """A word with which the same can be taken, once and soon; only its digest is kept.

    NotFound as for `export`; Invalid when it is too much for a person who waits.
    """
    reporter = await _known(session, reporter_id)
    if len((await erasures.belongings(session, reporter.id)).sources) > LARGEST_OFFER:
        raise Invalid(
            f"They wrote more than {LARGEST_OFFER:,} messages, too many to wait for. "
            f"GET /api/reporters/{reporter.id}/export gives them all, with a key that has the scope privacy."
        )
    word = secrets.token_urlsafe(keys.BYTES)
    session.add(Export(reporter_id=reporter.id, asked_by=str(by.id), digest=keys.digest(word)))
    return word


async def take(session: AsyncSession, word: str, *, now: datetime) -> Taken:
    """What was offered with this word. NotFound as for `export`; NotAnAgent when they are none any more."""
    offered = await exports.take(session, keys.digest(word), since=now - timedelta(minutes=OFFERED_MINUTES))
    if offered is None:
        raise NotFound(SPENT)
    by = await agents.require(session, offered.asked_by)
    return Taken(offered.reporter_id, by, await export(session, offered.reporter_id))


async def _known(session: AsyncSession, reporter_id: UUID) -> Reporter:
    reporter = await merging.get(session, reporter_id)
    if await erasures.under_way(session, reporter.id):
        raise NotFound("This person is being erased.", id=str(reporter_id))
    return reporter


async def ask(session: AsyncSession, reporter_id: UUID, *, by: Actor) -> Erasure:
    """Promise that this person is forgotten; asking again while it is under way is asking once. NotFound."""
    reporter = await merging.get(session, reporter_id)
    found = await erasures.under_way(session, reporter.id)
    if found is not None:
        return found
    erasure = Erasure(reporter_id=reporter.id, asked_by=by.id)
    try:
        async with session.begin_nested():
            session.add(erasure)
            await settled(session, erasure)
    except IntegrityError:  # somebody else asked at this moment
        found = await erasures.under_way(session, reporter.id)
        if found is None:
            raise
        return found
    promise(session, Work.ERASE, erasure.id)
    return erasure


async def get(session: AsyncSession, erasure_id: UUID) -> Erasure:
    erasure = await erasures.find(session, erasure_id)
    if erasure is None:
        raise NotFound("There is no erasure with this id.", id=str(erasure_id))
    return erasure


async def begin(session: AsyncSession, erasure_id: UUID) -> ToErase:
    """What the worker has to see to before the rows go: afterwards nobody knows what was theirs."""
    theirs = await erasures.belongings(session, (await get(session, erasure_id)).reporter_id)
    return ToErase(await erasures.marks(session, theirs), await erasures.files(session, theirs))


async def is_quiet(session: AsyncSession, erasure_id: UUID) -> bool:
    """Whether nothing is under way that has read what they said and would write of it; what was to begin does not."""
    theirs = await erasures.belongings(session, (await get(session, erasure_id)).reporter_id)
    groups = await erasures.groups_of(session, theirs)
    keys = [key_of(kind, each) for each in theirs.tickets for kind in (Work.TRIAGE, Work.DRAFT, Work.COMMENT)]
    keys += [key_of(Work.GROUP_DRAFT, each) for each in groups]
    keys += [key_of(Work.IDENTIFY, each) for each in theirs.identities]
    await jobs.cancel(session, keys)
    analyses = [key_of(Work.ANALYSE, each) for each in await suggestions.running(session)]
    return not await jobs.are_running(session, [*keys, *analyses, *READERS])


async def finish(session: AsyncSession, erasure_id: UUID, *, deliveries: int, files: int) -> None:
    """Every row, in one transaction; the cards and pages that showed them are drawn anew."""
    erasure = await get(session, erasure_id)
    theirs = await erasures.belongings(session, erasure.reporter_id)
    names = await erasures.names(session, theirs)
    counted = await erasures.erase(session, theirs, names)
    erasure.receipt = counted | {"deliveries": deliveries, "files": files}
    erasure.finished_at = datetime.now(UTC)
    by = timeline.agent(erasure.asked_by) if erasure.asked_by else timeline.SYSTEM
    await _tell(session, theirs, erasure, by=by)
    await viewing.changed(session)


async def _tell(session: AsyncSession, theirs: Belongings, erasure: Erasure, *, by: Actor) -> None:
    facts = {"erasure_id": str(erasure.id), "receipt": erasure.receipt}
    for ticket_id in theirs.tickets:
        timeline.record(session, ticket_id, EventType.REPORTER_ERASED, by=by, **facts)
        await ticket_terms.ask(session, ticket_id)
        promise(session, Work.CARD, ticket_id)
        promise(session, Work.PUSH, ticket_id)
    promise(session, Work.WORDS, "all")
