"""What agents read over: messages owed to reporters, and the texts they were made of. Frozen values, no drawing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import listing, notifying, showing
from hub.channel import Channel
from hub.errors import NotFound
from hub.listing import TicketLine
from hub.showing import Draft
from storage import agents, changelog_entries, groups, notifications
from storage.accounts import bare_account
from storage.enums import ChangelogStatus
from storage.models import ChangelogEntry, Notification, Ticket

ON_PAGE = 10
RELATED = 6
"""Others of a group that are shown beside one of its tickets."""
TEMPLATE = "template"
"""How a channel names a message it sent because it may only send approved words."""


@dataclass(frozen=True, slots=True)
class NotificationLine:
    """`error` is the last one, a sentence; it says nothing of what was sent since."""

    id: UUID
    ticket_id: UUID
    number: int
    title: str
    recipient: str
    """A name."""
    purpose: str
    channel: str
    status: str
    retry_count: int
    error: str | None
    is_unsure: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NotificationList:
    lines: tuple[NotificationLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class NotificationWindow:
    """One message, and all that belongs to it. `text` is as the channel shows it; `stays` why it is not retried."""

    line: NotificationLine
    account: str
    kind: str | None
    text: str
    error_code: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    may_retry: bool
    may_tell: bool
    """An agent can still tell the reporter by hand, and say so."""
    stays: str | None
    ticket: TicketLine
    related: tuple[TicketLine, ...]
    """Others of the ticket's group."""
    entry: Draft | None


@dataclass(frozen=True, slots=True)
class ChangelogLine:
    """A text drafted or approved. `approved_by` is a name."""

    id: UUID
    ticket: TicketLine
    content: str
    is_approved: bool
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    approved_by: str | None
    approved_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ChangelogWindow:
    """One text, and the others of its ticket's group."""

    line: ChangelogLine
    related: tuple[TicketLine, ...]


@dataclass(frozen=True, slots=True)
class ChangelogList:
    lines: tuple[ChangelogLine, ...]
    next_cursor: str | None


async def changelog_list(
    session: AsyncSession, *, status: str | None = None, cursor: str | None = None
) -> ChangelogList:
    page = await changelog_entries.page(session, status=status, limit=ON_PAGE, cursor=cursor)
    return ChangelogList(tuple(await _entries(session, page.rows)), page.next_cursor)


async def changelog(session: AsyncSession, entry_id: UUID) -> ChangelogWindow:
    """NotFound."""
    entry = await changelog_entries.find(session, entry_id)
    if entry is None:
        raise NotFound("This text is gone: a draft may have been dropped.", id=str(entry_id))
    (line,) = await _entries(session, [entry])
    return ChangelogWindow(line, await _related(session, entry.ticket_id))


async def approved(session: AsyncSession, ticket_id: UUID, *, limit: int) -> list[ChangelogLine]:
    """What was approved of one ticket, the newest first."""
    return await _entries(session, await changelog_entries.approved(session, ticket_id, limit=limit))


async def _entries(session: AsyncSession, rows: Sequence[ChangelogEntry]) -> list[ChangelogLine]:
    about = await _tickets(session, (row.ticket_id for row in rows))
    names = await agents.names(session, [row.approved_by for row in rows])
    return [
        ChangelogLine(
            id=row.id,
            ticket=about[row.ticket_id],
            content=row.content,
            is_approved=row.status == ChangelogStatus.APPROVED,
            model=row.ai_model,
            prompt_tokens=row.ai_prompt_tokens,
            completion_tokens=row.ai_completion_tokens,
            approved_by=names.get(row.approved_by or "", row.approved_by),
            approved_at=row.approved_at,
            created_at=row.created_at,
        )
        for row in rows
    ]


async def notification_list(
    session: AsyncSession, *, status: str | None = None, channel: str | None = None, cursor: str | None = None
) -> NotificationList:
    page = await notifications.page(session, status=status, channel=channel, limit=ON_PAGE, cursor=cursor)
    names = await notifications.recipients(session, page.rows)
    about = await _tickets(session, (row.ticket_id for row in page.rows))
    lines = tuple(_line(row, about[row.ticket_id], names[row.id]) for row in page.rows)
    return NotificationList(lines, page.next_cursor)


async def notification(
    session: AsyncSession, notification_id: UUID, *, channels: Mapping[str, Channel]
) -> NotificationWindow:
    """NotFound."""
    row = await session.get(Notification, notification_id)
    if row is None:
        raise NotFound(f"There is no notification with the id {notification_id}.", id=str(notification_id))
    ticket = await session.get_one(Ticket, row.ticket_id)
    (about,) = await listing.ticket_lines(session, [ticket])
    names = await notifications.recipients(session, [row])
    stays = await notifying.why_not_again(session, row, ticket)
    return NotificationWindow(
        line=_line(row, about, names[row.id]),
        account=bare_account(row.recipient),
        kind=row.message_kind,
        text=await _text(session, row, channels),
        error_code=row.error_code,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        may_retry=stays is None,
        may_tell=stays is None or await notifying.why_not_by_hand(session, row, ticket) is None,
        stays=stays if row.status in notifications.NOT_TOLD else None,
        ticket=about,
        related=await _related(session, ticket.id),
        entry=await _entry(session, row),
    )


async def _related(session: AsyncSession, ticket_id: UUID) -> tuple[TicketLine, ...]:
    group_id = await groups.of_ticket(session, ticket_id)
    members = await groups.members(session, group_id, limit=RELATED + 1) if group_id else []
    others = [ticket for ticket in members if ticket.id != ticket_id][:RELATED]
    return tuple(await listing.ticket_lines(session, others))


async def _tickets(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, TicketLine]:
    found = await session.scalars(select(Ticket).where(Ticket.id.in_(list(ids))))
    return {line.id: line for line in await listing.ticket_lines(session, found.all())}


def _line(row: Notification, ticket: TicketLine, recipient: str) -> NotificationLine:
    return NotificationLine(
        id=row.id,
        ticket_id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        recipient=recipient,
        purpose=row.purpose,
        channel=row.channel,
        status=row.status,
        retry_count=row.retry_count,
        error=row.last_error,
        is_unsure=row.asks_agent,
        created_at=row.created_at,
    )


async def _text(session: AsyncSession, row: Notification, channels: Mapping[str, Channel]) -> str:
    """As the channel wrote or would write it; a window that has closed or opened since changes nothing."""
    channel = channels.get(row.channel)
    if channel is None:
        return row.content
    letter = await notifying.letter_of(session, row)
    if row.sent_at is not None and row.message_kind == TEMPLATE:
        letter = replace(letter, template_only=True)
    return channel.compose(letter, row.sent_at or datetime.now(UTC)).text


async def _entry(session: AsyncSession, row: Notification) -> Draft | None:
    return await showing.draft(session, row.changelog_entry_id) if row.changelog_entry_id else None
