"""What a card, a modal and Home show: one read a screen, frozen values, no drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, notifying, similarity
from hub.errors import NotFound
from storage import agents, changelog_entries, groups, notifications, tickets
from storage.accounts import bare_account, is_account
from storage.enums import ChangelogStatus, GroupStatus, NotificationPurpose, TicketStatus
from storage.models import (
    Attachment,
    ChangelogEntry,
    Notification,
    Reporter,
    ReporterIdentity,
    Ticket,
    TicketComment,
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the model suggests; `outcome` is waiting, accepted, modified or rejected."""

    ticket_type: str
    priority: int
    summary: str
    model: str
    outcome: str
    leaks: Mapping[str, int] = field(default_factory=dict)
    """What looks personal in what the model said, by kind."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A changelog entry; `unfit` says why it cannot be approved as it is. `approved_by` is a name."""

    entry_id: UUID
    ticket_id: UUID
    ticket_number: int
    content: str
    model: str | None
    tokens: int | None
    unfit: str | None
    is_approved: bool
    approved_by: str | None
    approved_at: datetime | None
    leaks: Mapping[str, int] = field(default_factory=dict)
    """What looked personal in what the model wrote, by kind."""
    claims: tuple[str, ...] = ()
    """What of a model's words somebody has to answer for."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message owed to the reporter. `is_unsure`: it may have arrived, an agent has to say."""

    notification_id: UUID
    purpose: str
    channel: str
    status: str
    error: str | None
    retry_count: int
    is_unsure: bool
    kind: str | None
    is_by_hand: bool = False
    """Its channel sends nothing by itself: an agent has to tell the person."""
    is_past: bool = False
    """It was about an earlier resolution; the ticket has been reopened since."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment in the reporter's thread."""

    author: str
    text: str
    sent_at: datetime
    is_deleted: bool


@dataclass(frozen=True, slots=True)
class Attached:
    name: str
    content_type: str
    size: int | None
    status: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Grouped:
    """The group a ticket is in."""

    id: UUID
    name: str
    size: int
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class Similar:
    """A ticket that is most likely the same problem; `shared` are words both have."""

    number: int
    title: str
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TicketCard:
    """All that the card of one ticket shows. Texts are as people wrote them: drawing makes them inert."""

    id: UUID
    number: int
    title: str
    description: str
    status: str
    priority: int
    ticket_type: str
    channel: str
    reporter: str
    source_url: str | None
    assignee: str | None
    """A name."""
    reported_at: datetime
    tags: tuple[str, ...]
    group: Grouped | None
    similar: tuple[Similar, ...]
    """Of a ticket that is in no group and not resolved."""
    was_deleted_by_author: bool
    enrichment_status: str
    is_triaging: bool
    triage_error: str | None
    suggestion: Suggestion | None
    is_drafting: bool
    draft_error: str | None
    draft: Draft | None
    told: tuple[Told, ...]
    comments: tuple[Said, ...]
    """The newest few, oldest first."""
    comment_count: int
    attachments: tuple[Attached, ...]
    notion_url: str | None
    notion_status: str | None
    notion_error: str | None
    notion_trashed: bool


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One of a reporter's own reports, as they see it."""

    number: int
    title: str
    status: str
    reported_at: datetime


COMMENTS_ON_CARD = 3
SIMILAR = 5


async def card(session: AsyncSession, ticket_id: UUID) -> TicketCard:
    """Everything the card shows; NotFound."""
    found = await tickets.find_reported(session, ticket_id)
    if found is None:
        raise NotFound(f"There is no ticket with the id {ticket_id}.", id=str(ticket_id))
    ticket = found.ticket
    entry = await changelog_entries.find_draft(session, ticket.id)
    names = await agents.names(session, [ticket.assignee_id])
    said, comment_count = await tickets.newest_comments(session, ticket.id, limit=COMMENTS_ON_CARD)
    speakers = await _speakers(session, said)
    return TicketCard(
        id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        description=ticket.description,
        status=ticket.status,
        priority=ticket.priority,
        ticket_type=ticket.ticket_type,
        channel=ticket.original_channel,
        reporter=_name(found.reporter, found.identity),
        source_url=found.source_url,
        assignee=names.get(ticket.assignee_id or "", ticket.assignee_id),
        reported_at=ticket.reported_at,
        tags=tuple(ticket.tags),
        group=await _group(session, ticket),
        similar=await _similar(session, ticket),
        was_deleted_by_author=bool(ticket.attributes.get("deleted_by_author")),
        enrichment_status=ticket.enrichment_status,
        is_triaging=ticket.triage_requested_at is not None,
        triage_error=ticket.enrichment_error,
        suggestion=suggestion(ticket),
        is_drafting=ticket.draft_requested_at is not None,
        draft_error=ticket.draft_error,
        draft=await _draft(session, entry, ticket) if entry else None,
        told=tuple(told(row, ticket) for row in await notifications.of_ticket(session, ticket.id)),
        comments=tuple(_said(row, speakers) for row in said),
        comment_count=comment_count,
        attachments=tuple(attached(row) for row in await tickets.attachments(session, ticket.id)),
        notion_url=ticket.notion_url,
        notion_status=ticket.notion_status,
        notion_error=ticket.notion_error,
        notion_trashed=ticket.notion_trashed,
    )


async def draft(session: AsyncSession, entry_id: UUID) -> Draft:
    entry = await changelog_entries.find(session, entry_id)
    if entry is None:
        raise NotFound("This draft is gone.", id=str(entry_id))
    return await _draft(session, entry, await session.get_one(Ticket, entry.ticket_id))


async def reports_of(session: AsyncSession, platform: str, account_id: str, *, limit: int = 20) -> list[ReportLine]:
    """A person's own reports, newest first, from all their accounts."""
    mine = select(ReporterIdentity.reporter_id).where(is_account(platform, account_id)).scalar_subquery()
    found = await session.scalars(
        select(Ticket).where(Ticket.reporter_id == mine).order_by(Ticket.number.desc()).limit(limit)
    )
    return [ReportLine(row.number, row.title, row.status, row.reported_at) for row in found]


async def reporter_name(session: AsyncSession, ticket: Ticket) -> str:
    return _name(await tickets.reporter(session, ticket), await tickets.identity(session, ticket))


def _name(reporter: Reporter | None, identity: ReporterIdentity | None) -> str:
    if reporter and reporter.name:
        return reporter.name
    if identity:
        return identity.display_name or bare_account(identity.platform_user_id)
    return "nobody named"


async def _group(session: AsyncSession, ticket: Ticket) -> Grouped | None:
    group = await groups.find(session, ticket.ticket_group_id) if ticket.ticket_group_id else None
    if group is None:
        return None
    sizes = await groups.sizes(session, [group.id])
    return Grouped(group.id, group.name, sizes.get(group.id, 0), is_resolved=group.status == GroupStatus.RESOLVED)


async def _similar(session: AsyncSession, ticket: Ticket) -> tuple[Similar, ...]:
    if ticket.ticket_group_id is not None or ticket.status == TicketStatus.RESOLVED:
        return ()
    found = await similarity.alike(session, ticket, limit=SIMILAR)
    return tuple(Similar(one.number, one.title, one.shared) for one in found)


async def _speakers(session: AsyncSession, comments: Sequence[TicketComment]) -> Mapping[UUID, str]:
    wanted = {comment.identity_id for comment in comments if comment.identity_id}
    if not wanted:
        return {}
    rows = await session.execute(
        select(ReporterIdentity.id, ReporterIdentity.display_name, ReporterIdentity.platform_user_id).where(
            ReporterIdentity.id.in_(wanted)
        )
    )
    return {identity_id: name or bare_account(account_id) for identity_id, name, account_id in rows}


def suggestion(ticket: Ticket) -> Suggestion | None:
    if ticket.ai_suggested_type is None or ticket.ai_suggested_priority is None or ticket.ai_outcome is None:
        return None
    return Suggestion(
        ticket_type=ticket.ai_suggested_type,
        priority=ticket.ai_suggested_priority,
        summary=ticket.ai_summary or "",
        model=ticket.ai_model or "",
        outcome=ticket.ai_outcome,
        leaks=ticket.ai_leaks or {},
    )


async def _draft(session: AsyncSession, entry: ChangelogEntry, ticket: Ticket) -> Draft:
    names = await agents.names(session, [entry.approved_by])
    tokens = None
    if entry.ai_prompt_tokens is not None:
        tokens = entry.ai_prompt_tokens + (entry.ai_completion_tokens or 0)
    return Draft(
        entry_id=entry.id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        content=entry.content,
        model=entry.ai_model,
        tokens=tokens,
        unfit=changelog.why_not_whole(entry.content),
        is_approved=entry.status == ChangelogStatus.APPROVED,
        approved_by=names.get(entry.approved_by or "", entry.approved_by),
        approved_at=entry.approved_at,
        leaks=entry.ai_leaks or {},
        claims=changelog.claims_of(entry),
    )


def told(row: Notification, ticket: Ticket) -> Told:
    return Told(
        notification_id=row.id,
        purpose=NotificationPurpose(row.purpose),
        channel=row.channel,
        status=row.status,
        error=row.last_error,
        retry_count=row.retry_count,
        is_unsure=row.asks_agent,
        kind=row.message_kind,
        is_by_hand=row.error_code == notifying.BY_HAND,
        is_past=notifications.is_past(row, ticket),
    )


def _said(row: TicketComment, speakers: Mapping[UUID, str]) -> Said:
    author = speakers.get(row.identity_id, "somebody") if row.identity_id else "somebody"
    return Said(author=author, text=row.text, sent_at=row.sent_at, is_deleted=row.is_deleted)


def recipient(name: str, account_id: str) -> str:
    """Whom a message is for: the name, and the account it goes to where that says more."""
    account = bare_account(account_id)
    return account if name == account else f"{name} ({account})"


def attached(row: Attachment) -> Attached:
    return Attached(row.file_name, row.file_type, row.file_size, row.status, row.error)
