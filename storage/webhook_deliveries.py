"""Queries about webhook deliveries, which are kept whole."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from storage.models import WebhookDelivery
from storage.paging import Page, page_by_time


async def page(
    session: AsyncSession,
    *,
    status: str | None = None,
    platform: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[WebhookDelivery]:
    """Newest first; without the bodies, which are large."""
    query: Select[Any] = select(WebhookDelivery).options(defer(WebhookDelivery.body, raiseload=True))
    query = query.where(*_conditions(status=status, platform=platform))
    return await page_by_time(session, query, WebhookDelivery, limit=limit, cursor=cursor, by="received_at")


async def ids_between(
    session: AsyncSession,
    start: datetime | None,
    end: datetime | None,
    *,
    status: str | None = None,
    platform: str | None = None,
    limit: int,
) -> Sequence[UUID]:
    """Of deliveries received from `start` on and before `end`, the oldest first."""
    query = select(WebhookDelivery.id).where(*_conditions(status=status, platform=platform))
    if start is not None:
        query = query.where(WebhookDelivery.received_at >= start)
    if end is not None:
        query = query.where(WebhookDelivery.received_at < end)
    found = await session.scalars(query.order_by(WebhookDelivery.received_at, WebhookDelivery.id).limit(limit))
    return found.all()


async def drop_old(session: AsyncSession, *, days: int, limit: int) -> int:
    """Those received longer ago, whether they were read or not, the oldest first; how many went."""
    before = func.now() - timedelta(days=days)
    old = select(WebhookDelivery.id).where(WebhookDelivery.received_at < before)
    oldest = old.order_by(WebhookDelivery.received_at, WebhookDelivery.id).limit(limit)
    gone = await session.scalars(
        delete(WebhookDelivery).where(WebhookDelivery.id.in_(oldest)).returning(WebhookDelivery.id)
    )
    return len(gone.all())


def _conditions(*, status: str | None, platform: str | None) -> list[ColumnElement[bool]]:
    wanted = ((WebhookDelivery.status, status), (WebhookDelivery.platform, platform))
    return [column == value for column, value in wanted if value is not None]
