"""Queries about tickets."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import NO_KEY
from storage.enums import EnrichmentStatus, TicketStatus
from storage.models import (
    Attachment,
    Reporter,
    ReporterIdentity,
    Ticket,
    TicketComment,
    TicketEvent,
    TicketSource,
)
from storage.paging import Page, before, page_of
from storage.sealed import known_by
from storage.text import beginning

NAMESAKES = 100
RECENT = 2_000
"""Tickets a search looks through one by one before it asks the index: what is common is among them."""


async def find(session: AsyncSession, ticket_id: UUID) -> Ticket | None:
    return await session.get(Ticket, ticket_id)


@dataclass(frozen=True, slots=True)
class Reported:
    """A ticket with whoever reported it and where; these are None where nobody knows."""

    ticket: Ticket
    identity: ReporterIdentity | None
    reporter: Reporter | None
    source_url: str | None


async def find_reported(session: AsyncSession, ticket_id: UUID) -> Reported | None:
    found = await session.execute(
        select(
            Ticket, ReporterIdentity, Reporter, _first_source(Ticket.id, TicketSource.external_url).scalar_subquery()
        )
        .outerjoin(ReporterIdentity, ReporterIdentity.id == Ticket.identity_id)
        .outerjoin(Reporter, Reporter.id == Ticket.reporter_id)
        .where(Ticket.id == ticket_id)
    )
    row = found.one_or_none()
    return Reported(*row) if row else None


async def find_locked(session: AsyncSession, ticket_id: UUID) -> Ticket | None:
    """The ticket as it is now, held until the transaction ends."""
    return await session.get(Ticket, ticket_id, with_for_update=NO_KEY, populate_existing=True)


async def of_ids(session: AsyncSession, ticket_ids: Collection[UUID]) -> Sequence[Ticket]:
    """Those that exist, by number."""
    found = await session.scalars(select(Ticket).where(Ticket.id.in_(ticket_ids)).order_by(Ticket.number))
    return found.all()


async def find_by_page(session: AsyncSession, page_id: str) -> Ticket | None:
    """The ticket of a Notion page, held."""
    return await session.scalar(
        select(Ticket).where(Ticket.notion_page_id == page_id).with_for_update(key_share=True)
    )


async def newest_of(session: AsyncSession, accounts: Sequence[UUID], *, limit: int) -> Sequence[UUID]:
    """Of these accounts, by number."""
    newest = select(Ticket.id).where(Ticket.identity_id.in_(accounts)).order_by(Ticket.number.desc()).limit(limit)
    return (await session.scalars(newest)).all()


async def untriaged(session: AsyncSession, *, limit: int) -> Sequence[UUID]:
    """Tickets that are not resolved, no model has looked at and none is to, the oldest first."""
    found = await session.scalars(
        select(Ticket.id)
        .where(
            Ticket.enrichment_status == EnrichmentStatus.PENDING,
            Ticket.triage_requested_at.is_(None),
            Ticket.status != TicketStatus.RESOLVED,
        )
        .order_by(Ticket.number)
        .limit(limit)
    )
    return found.all()


async def report_source(session: AsyncSession, ticket_id: UUID) -> TicketSource | None:
    """Where the report itself came from; None for a ticket made by hand."""
    source: TicketSource | None = await session.scalar(_first_source(ticket_id, TicketSource))
    return source


def _first_source(ticket_id: Any, wanted: Any) -> Select[Any]:
    """`wanted` of the source that is the report itself."""
    return (
        select(wanted)
        .where(TicketSource.ticket_id == ticket_id, TicketSource.kind == "report")
        .order_by(TicketSource.created_at)
        .limit(1)
    )


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
    found = await session.scalars(
        select(TicketComment).where(mine).order_by(TicketComment.sent_at.desc()).limit(limit)
    )
    newest = list(reversed(found.all()))
    if len(newest) < limit:
        return newest, len(newest)
    count = await session.scalar(select(func.count()).select_from(TicketComment).where(mine))
    return newest, int(count or 0)


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


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look for; None for anything.

    `assignee` "" is nobody; `reporter` is how their name begins, or their e-mail. While somebody `is_typing`, the
    last of the `words` may be the beginning of one.
    """

    status: str | None = None
    channel: str | None = None
    priority: int | None = None
    ticket_type: str | None = None
    assignee: str | None = None
    tag: str | None = None
    reporter: str | None = None
    number: int | None = None
    words: str | None = None
    is_typing: bool = False


EVERYTHING = Filters()


async def page(
    session: AsyncSession, filters: Filters = EVERYTHING, *, limit: int = 50, cursor: str | None = None
) -> Page[Ticket]:
    """Newest first, by number."""
    wanted = list(_conditions(filters))
    if filters.words is None:
        return await page_of(session, select(Ticket).where(*wanted), Ticket.number, limit=limit, cursor=cursor)
    newest = before(cursor) - 1 if cursor else await _newest(session)
    recent = select(Ticket).where(*wanted, Ticket.number >= newest - RECENT)
    page = await page_of(session, recent, Ticket.number, limit=limit, cursor=cursor)
    if page.next_cursor is not None:
        return page
    numbers = await _found(session, wanted, below=newest, limit=limit)
    rare = select(Ticket).where(Ticket.number.in_(numbers))
    return await page_of(session, rare, Ticket.number, limit=limit, cursor=cursor)


async def _found(
    session: AsyncSession, wanted: Sequence[ColumnElement[bool]], *, below: int, limit: int
) -> Sequence[int]:
    """The newest of what is rare: so few that the index names all of them before they are put in order.

    Materialized, or PostgreSQL would walk the tickets from the newest on, hoping to meet enough of them soon.
    """
    found = select(Ticket.number).where(*wanted).cte("found").prefix_with("MATERIALIZED")
    newest = select(found.c.number).where(found.c.number <= below).order_by(found.c.number.desc()).limit(limit + 1)
    return (await session.scalars(newest)).all()


async def _newest(session: AsyncSession) -> int:
    return int(await session.scalar(select(func.max(Ticket.number))) or 0)


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    for column, wanted in (
        (Ticket.status, filters.status),
        (Ticket.original_channel, filters.channel),
        (Ticket.priority, filters.priority),
        (Ticket.ticket_type, filters.ticket_type),
        (Ticket.number, filters.number),
    ):
        if wanted is not None:
            yield column == wanted
    if filters.assignee is not None:
        yield Ticket.assignee_id == filters.assignee if filters.assignee else Ticket.assignee_id.is_(None)
    if filters.tag is not None:
        yield Ticket.tags.contains([filters.tag])
    if filters.reporter is not None:
        yield Ticket.reporter_id.in_(_named(filters.reporter))
    if filters.words is not None:
        yield Ticket.words.op("@@")(_begun(filters.words) if filters.is_typing else _whole(filters.words))


def _whole(words: str) -> ColumnElement[Any]:
    return func.plainto_tsquery(text("'simple'::regconfig"), words)


def _begun(words: str) -> ColumnElement[Any]:
    """`'export' & 'cras'` looks for cras… too; of signs alone nothing is left to look for."""
    return cast(func.nullif(cast(_whole(words), Text), "").concat(":*"), TSQUERY)


def _named(reporter: str) -> Select[Any]:
    """People whose name begins so, or whose e-mail it is; some at most, since a letter would be everybody."""
    begins = func.lower(Reporter.name).like(beginning(reporter.lower()))
    person = func.coalesce(Reporter.merged_into, Reporter.id)
    return select(person).where(or_(begins, known_by(Reporter.email_digest, reporter.lower()))).limit(NAMESAKES)
