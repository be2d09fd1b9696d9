"""Queries about notifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.accounts import bare_account
from storage.enums import NotificationPurpose, NotificationStatus
from storage.models import Notification, Reporter, ReporterIdentity, Ticket, TicketEvent
from storage.paging import Page, page_by_time

_About = aliased(Ticket)
"""The ticket a message is about. Made once: the columns of a fresh one cost more than the question."""
NOT_TOLD = (NotificationStatus.PERMANENTLY_FAILED, NotificationStatus.CHANNEL_RESTRICTED)
"""The message was given up: whoever it was for may be told another way."""


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> Sequence[Notification]:
    found = await session.scalars(
        select(Notification).where(Notification.ticket_id == ticket_id).order_by(Notification.created_at)
    )
    return found.all()


async def page(
    session: AsyncSession,
    *,
    status: str | None = None,
    channel: str | None = None,
    ticket_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Notification]:
    """Newest first."""
    query: Select[Any] = select(Notification)
    if ticket_id is not None:
        query = query.where(Notification.ticket_id == ticket_id)
    if status is not None:
        query = query.where(Notification.status == status)
    if channel is not None:
        query = query.where(Notification.channel == channel)
    return await page_by_time(session, query, Notification, limit=limit, cursor=cursor)


async def history(session: AsyncSession, notification: Notification) -> Sequence[TicketEvent]:
    """What happened to it, in order."""
    found = await session.scalars(
        select(TicketEvent)
        .where(
            TicketEvent.ticket_id == notification.ticket_id,
            TicketEvent.data["notification_id"].astext == str(notification.id),
        )
        .order_by(TicketEvent.position)
    )
    return found.all()


async def unsure(session: AsyncSession) -> int:
    """How many may or may not have arrived."""
    is_unsure = (Notification.status == NotificationStatus.SENDING) & Notification.unsure_since.is_not(None)
    return int(await session.scalar(select(func.count()).where(is_unsure)) or 0)


async def recipients(session: AsyncSession, rows: Sequence[Notification]) -> Mapping[UUID, str]:
    """Whom each is for: by the name they gave, or the account they have."""
    found = await session.execute(
        select(ReporterIdentity.id, func.coalesce(Reporter.name, ReporterIdentity.display_name))
        .join(Reporter, Reporter.id == ReporterIdentity.reporter_id)
        .where(ReporterIdentity.id.in_({row.identity_id for row in rows if row.identity_id}))
    )
    names = {identity_id: name for identity_id, name in found if name}
    accounts = {row.id: bare_account(row.recipient) or row.recipient for row in rows}
    return {row.id: (row.identity_id and names.get(row.identity_id)) or accounts[row.id] for row in rows}


def is_past(notification: Notification, ticket: Ticket) -> bool:
    """It was about an earlier resolution: the ticket has been reopened since."""
    return ticket.resolved_at is None or notification.created_at < ticket.resolved_at


async def last_heard_at(session: AsyncSession, identity: ReporterIdentity) -> datetime | None:
    """The platform's time of the last message from this account, under any id it has had (WhatsApp: by phone)."""
    phone = identity.attributes.get("phone")
    if not phone:
        return identity.last_message_at
    theirs = await session.execute(
        select(ReporterIdentity.last_message_at, ReporterIdentity.attributes).where(
            ReporterIdentity.reporter_id == identity.reporter_id, ReporterIdentity.platform == identity.platform
        )
    )
    return max((at for at, attributes in theirs if at and attributes.get("phone") == phone), default=None)


async def telling(session: AsyncSession, ticket: Ticket) -> Notification | None:
    """The message by which the reporter was told of the resolution that holds now, or still may be.

    It may be about another ticket of theirs in the same group: that is the same problem.
    """
    if ticket.resolved_at is None and ticket.ticket_group_id is None:
        return None
    same = _About.id == ticket.id
    if ticket.ticket_group_id is not None and ticket.reporter_id is not None:
        group, reporter = _About.ticket_group_id == ticket.ticket_group_id, _About.reporter_id == ticket.reporter_id
        same = or_(same, and_(group, reporter))
    return await session.scalar(
        select(Notification)
        .join(_About, _About.id == Notification.ticket_id)
        .where(
            same,
            Notification.purpose == NotificationPurpose.RESOLUTION,
            Notification.status.not_in(NOT_TOLD),
            Notification.created_at >= _About.resolved_at,
        )
        .order_by(_About.id != ticket.id, Notification.created_at)
        .limit(1)
    )
