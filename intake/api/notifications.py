"""What reporters were told, or are still to be: list, one with all that belongs to it, send again."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from hub import notifying, reviewing
from hub.listing import TicketLine
from hub.reviewing import NotificationWindow
from intake.api.changelogs import EntryRow
from intake.api.replies import Accepted, Answer, ChannelName, Data, Listed, Paged, all_of, listed
from intake.api.route import Call, Routes
from storage import changelog_entries, notifications
from storage.database import settled
from storage.enums import NotificationPurpose, NotificationStatus, Scope, TicketStatus
from storage.models import ChangelogEntry, Notification

routes = Routes("Notifications")


class NotificationFilters(Paged):
    status: NotificationStatus | None = None
    channel: ChannelName | None = None
    ticket_id: UUID | None = None


class NotificationRow(Answer):
    """One message owed to one person; `content` is the text that was approved."""

    id: UUID
    ticket_id: UUID
    changelog_entry_id: UUID | None
    purpose: NotificationPurpose
    channel: str
    recipient: str = Field(description="The account on its platform, qualified by the workspace or number.")
    content: str
    status: NotificationStatus
    retry_count: int
    last_error: str | None
    error_code: str | None
    needs_agent: bool = Field(validation_alias="asks_agent", description="Only a person can say whether it arrived.")
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, notification: Notification) -> Self:
        return cls.model_validate(notification)


class TicketFacts(Answer):
    """A ticket, in short."""

    id: UUID
    number: int
    title: str
    status: TicketStatus
    priority: int
    channel: str
    reporter: str | None = Field(description="A name.")

    @classmethod
    def of(cls, line: TicketLine) -> Self:
        return cls.model_validate(line)


class Receipt(Answer):
    """Something that happened to the message."""

    event_type: str
    created_at: datetime
    data: dict[str, object]


class NotificationDetail(NotificationRow):
    recipient_name: str
    text: str = Field(description="As the channel shows it.")
    may_retry: bool
    may_tell: bool = Field(description="The reporter is still owed its text: somebody can tell them, and say so.")
    why_not: str | None = Field(description="Why it cannot be sent again, a sentence.")
    ticket: TicketFacts
    related_tickets: list[TicketFacts]
    changelog_entry: EntryRow | None
    history: list[Receipt]


@routes.get("/api/notifications")
async def index(call: Call, query: NotificationFilters) -> Listed[NotificationRow]:
    """Messages owed or sent, newest first."""
    async with call.db.transaction() as session:
        page = await notifications.page(
            session,
            status=query.status,
            channel=query.channel,
            ticket_id=query.ticket_id,
            limit=query.limit,
            cursor=query.cursor,
        )
        return listed(page, NotificationRow.of)


@routes.get("/api/notifications/{notification_id}")
async def show(call: Call, notification_id: UUID) -> Data[NotificationDetail]:
    """One message with what happened to it, its ticket, its text, and the others of the ticket's group."""
    async with call.db.transaction() as session:
        window = await reviewing.notification(session, notification_id, channels=call.runtime.channels)
        row = await session.get_one(Notification, notification_id)
        entry = await changelog_entries.find(session, row.changelog_entry_id) if row.changelog_entry_id else None
        history = all_of(await notifications.history(session, row), Receipt.model_validate)
        return Data(data=_detailed(row, window, entry, history))


@routes.post("/api/notifications/{notification_id}/retry", scope=Scope.SEND)
async def retry(call: Call, notification_id: UUID) -> Accepted[NotificationRow]:
    """Send again what was given up; refused where it may have arrived, or its ticket has been reopened."""
    async with call.db.transaction() as session:
        notification = await notifying.retry(session, notification_id, by=call.actor)
        return Accepted(data=NotificationRow.of(await settled(session, notification)))


@routes.post("/api/notifications/{notification_id}/told", scope=Scope.SEND)
async def told(call: Call, notification_id: UUID) -> Data[NotificationRow]:
    """Say that somebody has told the reporter, where the message was given up: nothing is sent, and it counts."""
    async with call.db.transaction() as session:
        notification = await notifying.tell_by_hand(session, notification_id, by=call.actor)
        return Data(data=NotificationRow.of(await settled(session, notification)))


def _detailed(
    row: Notification, window: NotificationWindow, entry: ChangelogEntry | None, history: list[Receipt]
) -> NotificationDetail:
    return NotificationDetail(
        **dict(NotificationRow.of(row)),
        recipient_name=window.line.recipient,
        text=window.text,
        may_retry=window.may_retry,
        may_tell=window.may_tell,
        why_not=window.stays,
        ticket=TicketFacts.of(window.ticket),
        related_tickets=all_of(window.related, TicketFacts.of),
        changelog_entry=EntryRow.of(entry) if entry else None,
        history=history,
    )
