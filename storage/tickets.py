"""Queries about tickets."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import NO_KEY
from storage.models import (
    Attachment,
    Reporter,
    ReporterIdentity,
    Ticket,
    TicketComment,
    TicketEvent,
    TicketSource,
)
from storage.paging import Page, page_of


async def find(session: AsyncSession, ticket_id: UUID) -> Ticket | None:
    return await session.get(Ticket, ticket_id)


async def find_locked(session: AsyncSession, ticket_id: UUID) -> Ticket | None:
    """The ticket as it is now, held until the transaction ends."""
    return await session.get(Ticket, ticket_id, with_for_update=NO_KEY, populate_existing=True)


async def find_by_page(session: AsyncSession, page_id: str) -> Ticket | None:
    """The ticket of a Notion page, held."""
    return await session.scalar(
        select(Ticket).where(Ticket.notion_page_id == page_id).with_for_update(key_share=True)
    )


async def report_source(session: AsyncSession, ticket_id: UUID) -> TicketSource | None:
    """Where the report itself came from; None for a ticket made by hand."""
    return (
        await session.execute(
            select(TicketSource)
            .where(TicketSource.ticket_id == ticket_id, TicketSource.kind == "report")
            .order_by(TicketSource.created_at)
            .limit(1)
        )
    ).scalar_one_or_none()


async def identity(session: AsyncSession, ticket: Ticket) -> ReporterIdentity | None:
    return await session.get(ReporterIdentity, ticket.identity_id) if ticket.identity_id else None


async def reporter(session: AsyncSession, ticket: Ticket) -> Reporter | None:
    return await session.get(Reporter, ticket.reporter_id) if ticket.reporter_id else None


async def sources(session: AsyncSession, ticket_id: UUID) -> Sequence[TicketSource]:
    found = await session.scalars(
        select(TicketSource).where(TicketSource.ticket_id == ticket_id).order_by(TicketSource.sent_at)
    )
    return found.all()


async def events(session: AsyncSession, ticket_id: UUID) -> Sequence[TicketEvent]:
    """The history in the order it happened."""
    found = await session.scalars(
        select(TicketEvent).where(TicketEvent.ticket_id == ticket_id).order_by(TicketEvent.position)
    )
    return found.all()


async def newest_comments(session: AsyncSession, ticket_id: UUID, *, limit: int) -> tuple[list[TicketComment], int]:
    """The newest few, oldest first, and how many there are."""
    mine = TicketComment.ticket_id == ticket_id
    newest = await session.scalars(
        select(TicketComment).where(mine).order_by(TicketComment.sent_at.desc()).limit(limit)
    )
    count = await session.scalar(select(func.count()).select_from(TicketComment).where(mine))
    return list(reversed(newest.all())), int(count or 0)


async def comments(session: AsyncSession, ticket_id: UUID) -> Sequence[TicketComment]:
    found = await session.scalars(
        select(TicketComment).where(TicketComment.ticket_id == ticket_id).order_by(TicketComment.sent_at)
    )
    return found.all()


async def attachments(session: AsyncSession, ticket_id: UUID) -> Sequence[Attachment]:
    found = await session.scalars(
        select(Attachment).where(Attachment.ticket_id == ticket_id).order_by(Attachment.created_at)
    )
    return found.all()


async def page(
    session: AsyncSession,
    *,
    status: str | None = None,
    channel: str | None = None,
    priority: int | None = None,
    ticket_type: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Ticket]:
    """Newest first, by number."""
    query: Select[Any] = select(Ticket)
    for column, wanted in (
        (Ticket.status, status),
        (Ticket.original_channel, channel),
        (Ticket.priority, priority),
        (Ticket.ticket_type, ticket_type),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await page_of(session, query, Ticket.number, limit=limit, cursor=cursor)
