"""Queries about notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.enums import NotificationPurpose, NotificationStatus
from storage.models import Notification, ReporterIdentity

NOT_TOLD = (NotificationStatus.PERMANENTLY_FAILED, NotificationStatus.CHANNEL_RESTRICTED)
"""The message was given up: whoever it was for may be told another way."""


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> Sequence[Notification]:
    found = await session.scalars(
        select(Notification).where(Notification.ticket_id == ticket_id).order_by(Notification.created_at)
    )
    return found.all()


async def last_heard_at(session: AsyncSession, identity: ReporterIdentity) -> datetime | None:
    """The platform's time of the last message from this account, under any id it has had (WhatsApp: by phone)."""
    phone = identity.attributes.get("phone")
    if not phone:
        return identity.last_message_at
    heard: datetime | None = await session.scalar(
        select(func.max(ReporterIdentity.last_message_at)).where(
            ReporterIdentity.reporter_id == identity.reporter_id,
            ReporterIdentity.platform == identity.platform,
            ReporterIdentity.attributes["phone"].astext == phone,
        )
    )
    return heard


async def was_told_since(session: AsyncSession, ticket_id: UUID, moment: datetime) -> bool:
    """Whether the reporter was told of a resolution after `moment`, or still may be."""
    found = await session.scalar(
        select(Notification.id)
        .where(
            Notification.ticket_id == ticket_id,
            Notification.purpose == NotificationPurpose.RESOLUTION,
            Notification.status.not_in(NOT_TOLD),
            Notification.created_at >= moment,
        )
        .limit(1)
    )
    return found is not None
