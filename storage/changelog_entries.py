"""Queries about changelog entries."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.enums import ChangelogStatus
from storage.models import ChangelogEntry, Ticket
from storage.paging import Page, page_by_time


async def find(session: AsyncSession, entry_id: UUID) -> ChangelogEntry | None:
    return await session.get(ChangelogEntry, entry_id)


async def find_draft(session: AsyncSession, ticket_id: UUID, *, locked: bool = False) -> ChangelogEntry | None:
    """The live draft of a ticket."""
    query = select(ChangelogEntry).where(
        ChangelogEntry.ticket_id == ticket_id, ChangelogEntry.status == ChangelogStatus.DRAFT
    )
    return await session.scalar(query.with_for_update(key_share=True) if locked else query)


async def of_ticket(session: AsyncSession, ticket_id: UUID) -> Sequence[ChangelogEntry]:
    """Newest first."""
    found = await session.scalars(
        select(ChangelogEntry).where(ChangelogEntry.ticket_id == ticket_id).order_by(ChangelogEntry.created_at.desc())
    )
    return found.all()


async def approved(session: AsyncSession, ticket_id: UUID, *, limit: int) -> Sequence[ChangelogEntry]:
    """Newest first."""
    mine = (ChangelogEntry.ticket_id == ticket_id) & (ChangelogEntry.status == ChangelogStatus.APPROVED)
    newest = ChangelogEntry.created_at.desc()
    return (await session.scalars(select(ChangelogEntry).where(mine).order_by(newest).limit(limit))).all()


async def approved_in(session: AsyncSession, group_id: UUID) -> Sequence[ChangelogEntry]:
    """Of all tickets of a group, the oldest first."""
    found = await session.scalars(
        select(ChangelogEntry)
        .join(Ticket, Ticket.id == ChangelogEntry.ticket_id)
        .where(Ticket.ticket_group_id == group_id, ChangelogEntry.status == ChangelogStatus.APPROVED)
        .order_by(ChangelogEntry.created_at)
    )
    return found.all()


async def page(
    session: AsyncSession, *, status: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[ChangelogEntry]:
    query: Select[Any] = select(ChangelogEntry)
    if status is not None:
        query = query.where(ChangelogEntry.status == status)
    return await page_by_time(session, query, ChangelogEntry, limit=limit, cursor=cursor)
