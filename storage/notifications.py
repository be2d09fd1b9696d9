"""Queries about notifications."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Notification, ReporterIdentity


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
