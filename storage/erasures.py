"""What belongs to one person, wherever it stands, and how it goes. Called by hub/privacy.py alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, case, delete, func, literal, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.accounts import bare_account, has_digits_of_a_phone
from storage.enums import AttachmentStatus, JobStatus, NotificationStatus
from storage.models import (
    AiCall,
    Attachment,
    ChangelogEntry,
    DeadLetterJob,
    Embedding,
    ErasedMessage,
    Erasure,
    GroupSuggestion,
    Home,
    Job,
    MessageVersion,
    Notification,
    Reporter,
    ReporterIdentity,
    ReporterMerge,
    Ticket,
    TicketComment,
    TicketGroup,
    TicketSource,
    WebhookDelivery,
)

GONE = "[erased]"
LOOKED_THROUGH = 2_000
"""Deliveries in one go."""
AT_ONCE = 50
"""Of them in memory; one may have megabytes."""
SHORTEST_MARK = 4
"""Characters; a shorter one would be found in anybody's delivery."""
UNDER_WAY = (NotificationStatus.PENDING, NotificationStatus.SENDING, NotificationStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Belongings:
    """Ids of what is a person's: of everybody merged into them, too."""

    reporters: Sequence[UUID]
    identities: Sequence[UUID]
    tickets: Sequence[UUID]
    sources: Sequence[UUID]
    """Of their tickets, and of what they said in others'."""


async def belongings(session: AsyncSession, reporter_id: UUID) -> Belongings:
    """`reporter_id` is nobody who was merged into somebody else."""
    people = (Reporter.id == reporter_id) | (Reporter.merged_into == reporter_id)
    reporters = (await session.scalars(select(Reporter.id).where(people).order_by(Reporter.id))).all()
    mine = ReporterIdentity.reporter_id.in_(reporters)
    identities = (
        await session.scalars(select(ReporterIdentity.id).where(mine).order_by(ReporterIdentity.id).with_for_update())
    ).all()
    theirs = Ticket.reporter_id.in_(reporters) | Ticket.identity_id.in_(identities)
    tickets = (await session.scalars(select(Ticket.id).where(theirs).order_by(Ticket.number))).all()
    elsewhere = select(TicketComment.source_id).where(TicketComment.identity_id.in_(identities))
    said = TicketSource.ticket_id.in_(tickets) | TicketSource.id.in_(elsewhere)
    sources = (await session.scalars(select(TicketSource.id).where(said))).all()
    return Belongings(reporters, identities, tickets, sources)


async def marks(session: AsyncSession, theirs: Belongings) -> list[str]:
    """By which a delivery is known to be about them: ids of their accounts and messages, e-mail, telephone."""
    accounts = await session.execute(
        select(ReporterIdentity.platform_user_id, ReporterIdentity.attributes).where(
            ReporterIdentity.id.in_(theirs.identities)
        )
    )
    found: set[str] = set()
    for account_id, attributes in accounts:
        found.add(bare_account(account_id))
        found |= {attributes[name] for name in ("phone", "email") if _is_particular(attributes.get(name))}
    emails = await session.scalars(select(Reporter.email).where(Reporter.id.in_(theirs.reporters)))
    messages = await session.scalars(select(TicketSource.external_id).where(TicketSource.id.in_(theirs.sources)))
    found |= {email for email in emails if email}
    found |= {external_id.rpartition(":")[2] for external_id in messages}
    return sorted(mark for mark in found if len(mark) >= SHORTEST_MARK)


async def forget_deliveries(
    session: AsyncSession, marks: Collection[str], *, at: datetime, after: UUID, until: datetime
) -> tuple[int, datetime | None, UUID | None]:
    """Of the next few after (`at`, `after`), those that are about somebody; how many went, and where to go on.

    They are read here, some at a time, since the database cannot look into sealed ones.
    """
    place = tuple_(WebhookDelivery.received_at, WebhookDelivery.id)
    following = (
        select(WebhookDelivery.received_at, WebhookDelivery.id, WebhookDelivery.body)
        .where(place > tuple_(literal(at), literal(after)), WebhookDelivery.received_at < until)
        .order_by(WebhookDelivery.received_at, WebhookDelivery.id)
        .limit(LOOKED_THROUGH)
    )
    words = [mark.encode() for mark in marks]
    theirs: list[UUID] = []
    looked, last = 0, None
    async for row in await session.stream(following.execution_options(yield_per=AT_ONCE)):
        looked, last = looked + 1, row
        if any(word in row.body for word in words):
            theirs.append(row.id)
    await session.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(theirs)))
    await _work(session, {str(delivery_id) for delivery_id in theirs})
    if last is None or looked < LOOKED_THROUGH:
        return len(theirs), None, None
    return len(theirs), last.received_at, last.id


def _is_particular(value: Any) -> bool:
    """A word that anybody might have written as their telephone number tells nobody apart."""
    return isinstance(value, str) and ("@" in value or has_digits_of_a_phone(value))


async def groups_of(session: AsyncSession, theirs: Belongings) -> Sequence[UUID]:
    found = select(Ticket.ticket_group_id).where(Ticket.id.in_(theirs.tickets)).distinct()
    return [group_id for group_id in await session.scalars(found) if group_id]


async def names(session: AsyncSession, theirs: Belongings) -> Collection[str]:
    """What they are called, and their e-mail: what somebody may have looked for."""
    mine = Reporter.id.in_(theirs.reporters)
    found = [*await session.scalars(select(Reporter.name).where(mine))]
    found += await session.scalars(select(Reporter.email).where(mine))
    shown = ReporterIdentity.id.in_(theirs.identities)
    found += await session.scalars(select(ReporterIdentity.display_name).where(shown))
    return {name for name in found if name}


async def files(session: AsyncSession, theirs: Belongings) -> Sequence[str]:
    """Where their attachments are kept."""
    kept = select(Attachment.storage_url).where(_attached(theirs), Attachment.storage_url.is_not(None))
    return [url for url in await session.scalars(kept) if url]


async def erase(session: AsyncSession, theirs: Belongings, names: Collection[str]) -> dict[str, int]:
    """Everything that says who they are or what they said; how many rows of each. Events stay, about nobody."""
    titles = (await session.scalars(select(Ticket.title).where(Ticket.id.in_(theirs.tickets)))).all()
    since = await session.scalar(select(func.min(Ticket.created_at)).where(Ticket.id.in_(theirs.tickets)))
    subjects = await _subjects(session, theirs)
    pointed_at = await _pointed_at(session, theirs)
    counted = {
        "messages": await _messages(session, theirs),
        "attachments": await _change(
            session,
            update(Attachment)
            .where(_attached(theirs))
            .values(
                file_name=GONE, source="", storage_url=None, status=AttachmentStatus.REFUSED, error="It was erased."
            ),
        ),
        "notifications": await _notifications(session, theirs),
        "changelog_entries": await _change(
            session,
            update(ChangelogEntry)
            .where(ChangelogEntry.ticket_id.in_(theirs.tickets))
            .values(content=GONE, attributes={}, ai_leaks=None),
        ),
        "ai_calls": await _ai_calls(session, theirs, since),
        "embeddings": await _change(
            session,
            update(Embedding)
            .where(Embedding.ticket_id.in_(theirs.tickets))
            .values(vector=None, content_hash=None, model=None, dimensions=None, due_at=None),
        ),
        "suggested_groups": await _suggestions(session, theirs),
        "groups": await _groups(session, theirs, titles),
        "tickets": await _tickets(session, theirs),
        "dead_letters": pointed_at + await _work(session, subjects),
    }
    await _forget_searches(session, names)
    return counted | {"accounts": await _people(session, theirs)}


async def _messages(session: AsyncSession, theirs: Belongings) -> int:
    """What they said goes, and a digest of each message stays, so that it is not taken for a new one."""
    said = TicketSource.id.in_(theirs.sources)
    digest = func.sha256(func.convert_to(TicketSource.platform + "\n" + TicketSource.external_id, "UTF8"))
    await session.execute(
        insert(ErasedMessage).from_select(["digest"], select(digest).where(said)).on_conflict_do_nothing()
    )
    await session.execute(delete(MessageVersion).where(MessageVersion.source_id.in_(theirs.sources)))
    await session.execute(
        update(TicketComment)
        .where(TicketComment.source_id.in_(theirs.sources))
        .values(text=GONE, identity_id=None, is_deleted=True)
    )
    unsaid = {"external_id": literal("erased:").concat(text("ticket_sources.id::text")), "external_url": None}
    return await _change(session, update(TicketSource).where(said).values(**unsaid, place={}, raw_payload={}))


async def _notifications(session: AsyncSession, theirs: Belongings) -> int:
    """What was not sent yet is given up: there is nobody to send it to."""
    mine = _told(theirs)
    await session.execute(
        update(Notification)
        .where(mine, Notification.status.in_(UNDER_WAY))
        .values(
            status=NotificationStatus.PERMANENTLY_FAILED, error_code="erased", unsure_since=None, asks_agent=False
        )
    )
    return await _change(
        session,
        update(Notification)
        .where(mine)
        .values(content=GONE, recipient=GONE, place={}, identity_id=None, last_error=None, provider_id=None),
    )


async def _ai_calls(session: AsyncSession, theirs: Belongings, since: datetime | None) -> int:
    """Theirs, and those about many tickets at once that were made since they first wrote."""
    about_many = AiCall.ticket_id.is_(None) & (AiCall.created_at >= since) if since else literal(value=False)
    mine = or_(AiCall.ticket_id.in_(theirs.tickets), about_many)
    return await _change(
        session, update(AiCall).where(mine).values(prompt=GONE, answer=None, error=None, redactions=None, leaks=None)
    )


async def _suggestions(session: AsyncSession, theirs: Belongings) -> int:
    return await _change(
        session,
        update(GroupSuggestion)
        .where(GroupSuggestion.ticket_ids.overlap(list(theirs.tickets)))
        .values(name=GONE, reason=GONE, redactions={}),
    )


async def _groups(session: AsyncSession, theirs: Belongings, titles: Collection[str]) -> int:
    """A group is often named after a ticket; what a model wrote for it may quote one."""
    mine = TicketGroup.id.in_(await groups_of(session, theirs))
    await session.execute(update(TicketGroup).where(mine, TicketGroup.name.in_(titles)).values(name=GONE))
    return await _change(
        session,
        update(TicketGroup)
        .where(mine)
        .values(
            draft=None,
            draft_requested_at=None,
            draft_error=None,
            draft_leaks=None,
            draft_for=None,
            proposal=None,
            proposed_by=None,
            proposed_at=None,
        ),
    )


async def _tickets(session: AsyncSession, theirs: Belongings) -> int:
    nothing = dict.fromkeys(
        (
            "ai_summary",
            "ai_leaks",
            "enrichment_error",
            "draft_error",
            "notion_error",
            "language",
            "triage_requested_at",
            "draft_requested_at",
        )
    )
    return await _change(
        session,
        update(Ticket)
        .where(Ticket.id.in_(theirs.tickets))
        .values(
            title=GONE,
            description=GONE,
            tags=[],
            attributes={},
            reporter_id=None,
            identity_id=None,
            version=Ticket.version + 1,
            **nothing,
        ),
    )


async def _subjects(session: AsyncSession, theirs: Belongings) -> set[str]:
    """What work for them is about, as its arguments say it."""
    found = {*theirs.tickets, *theirs.identities, *theirs.sources, *await groups_of(session, theirs)}
    found |= {*await session.scalars(select(Notification.id).where(_told(theirs)))}
    found |= {*await session.scalars(select(Attachment.id).where(_attached(theirs)))}
    pages = await session.scalars(select(Ticket.notion_page_id).where(Ticket.id.in_(theirs.tickets)))
    return {str(each) for each in found} | {page for page in pages if page}


async def _work(session: AsyncSession, subjects: Collection[str]) -> int:
    """Why it failed may be a platform's words, which may quote; so may what somebody wrote when they dealt with it.

    The letters stay. What runs right now is left alone: its row is locked by whoever may wait for one of ours.
    """
    idle = Job.args["subject"].astext.in_(subjects) & Job.error.is_not(None) & (Job.status != JobStatus.RUNNING)
    await session.execute(update(Job).where(idle).values(error=None))
    mine = DeadLetterJob.job_args["subject"].astext.in_(subjects)
    written = case((DeadLetterJob.resolution.is_not(None), GONE))
    return await _change(session, update(DeadLetterJob).where(mine).values(error_message=GONE, resolution=written))


async def _pointed_at(session: AsyncSession, theirs: Belongings) -> int:
    """Messages that somebody pointed at and that could not be fetched: theirs, or pointed at by them.

    Such a letter is made of ids of the platform alone and goes whole.
    """
    accounts = select(ReporterIdentity.platform_user_id).where(ReporterIdentity.id.in_(theirs.identities))
    messages = select(TicketSource.external_id).where(TicketSource.id.in_(theirs.sources))
    place = DeadLetterJob.job_args["place"]
    by_them = (place["team"].astext + ":" + place["by"].astext).in_((await session.scalars(accounts)).all())
    of_theirs = place.is_not(None) & DeadLetterJob.job_args["subject"].astext.in_(messages)
    return await _change(session, delete(DeadLetterJob).where(by_them | of_theirs))


async def _people(session: AsyncSession, theirs: Belongings) -> int:
    merges = ReporterMerge.reporter_id.in_(theirs.reporters) | ReporterMerge.into_id.in_(theirs.reporters)
    await session.execute(delete(ReporterMerge).where(merges))
    accounts = await _change(session, delete(ReporterIdentity).where(ReporterIdentity.id.in_(theirs.identities)))
    await session.execute(delete(Reporter).where(Reporter.id.in_(theirs.reporters)))
    return accounts


async def _forget_searches(session: AsyncSession, names: Collection[str]) -> None:
    """Agents who looked for them still have that in the filters of their Home."""
    filters = func.lower(Home.state["filters"].astext)
    for name in names:
        await session.execute(update(Home).where(func.strpos(filters, name.lower()) > 0).values(state={}))


async def _change(session: AsyncSession, statement: Any) -> int:
    done = await session.execute(statement.execution_options(synchronize_session=False))
    return done.rowcount if isinstance(done, CursorResult) else 0


def _told(theirs: Belongings) -> Any:
    return Notification.ticket_id.in_(theirs.tickets) | Notification.identity_id.in_(theirs.identities)


def _attached(theirs: Belongings) -> Any:
    return Attachment.ticket_id.in_(theirs.tickets) | Attachment.source_id.in_(theirs.sources)


async def find(session: AsyncSession, erasure_id: UUID) -> Erasure | None:
    return await session.get(Erasure, erasure_id)


async def under_way(session: AsyncSession, reporter_id: UUID) -> Erasure | None:
    return await session.scalar(
        select(Erasure).where(Erasure.reporter_id == reporter_id, Erasure.finished_at.is_(None))
    )
