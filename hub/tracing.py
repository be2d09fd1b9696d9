"""What arrived for a ticket: its report and its comments, where they came from and what they said before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from hub import showing
from hub.showing import Attached
from storage import tickets
from storage.accounts import bare_account
from storage.models import MessageVersion, ReporterIdentity, Ticket, TicketComment, TicketSource
from storage.paging import page_by_time

MESSAGES_ON_PAGE = 5
VERSIONS = 2
"""Earlier versions shown of one message."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said until its author changed it."""

    text: str
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message as it came in. `has_more_versions`: there are earlier ones than `versions`, newest first."""

    platform: str
    url: str | None
    author: str
    text: str
    sent_at: datetime
    is_deleted: bool
    versions: tuple[Version, ...]
    has_more_versions: bool


@dataclass(frozen=True, slots=True)
class Original:
    """What arrived, and what was made of it. `report` has no place of its own for a ticket made by hand."""

    title: str
    ticket_type: str
    priority: int
    language: str | None
    report: Arrived
    is_by_hand: bool
    comments: tuple[Arrived, ...]
    """Newest first."""
    attachments: tuple[Attached, ...]
    next_cursor: str | None


async def original(session: AsyncSession, ticket: Ticket, cursor: str | None) -> Original:
    source = await tickets.report_source(session, ticket.id)
    query: Select[Any] = select(TicketComment).where(TicketComment.ticket_id == ticket.id)
    page = await page_by_time(session, query, TicketComment, limit=MESSAGES_ON_PAGE, cursor=cursor)
    sources = await _sources(session, [row.source_id for row in page.rows])
    names = await _accounts_named(session, [ticket.identity_id, *(row.identity_id for row in page.rows)])
    versions = await _versions(session, [*sources, *([source.id] if source else [])])
    return Original(
        title=ticket.title,
        ticket_type=ticket.ticket_type,
        priority=ticket.priority,
        language=ticket.language,
        report=_report(ticket, source, names, versions),
        is_by_hand=source is None,
        comments=tuple(_comment(row, sources[row.source_id], names, versions) for row in page.rows),
        attachments=tuple(showing.attached(row) for row in await tickets.attachments(session, ticket.id)),
        next_cursor=page.next_cursor,
    )


def _report(
    ticket: Ticket,
    source: TicketSource | None,
    names: Mapping[UUID | None, str],
    versions: Mapping[UUID, Sequence[Version]],
) -> Arrived:
    earlier = versions.get(source.id, ()) if source else ()
    return Arrived(
        platform=source.platform if source else ticket.original_channel,
        url=source.external_url if source else None,
        author=names.get(ticket.identity_id, "nobody named"),
        text=ticket.description,
        sent_at=ticket.reported_at,
        is_deleted=bool(ticket.attributes.get("deleted_by_author")),
        versions=tuple(earlier[:VERSIONS]),
        has_more_versions=len(earlier) > VERSIONS,
    )


def _comment(
    row: TicketComment,
    source: TicketSource,
    names: Mapping[UUID | None, str],
    versions: Mapping[UUID, Sequence[Version]],
) -> Arrived:
    earlier = versions.get(source.id, ())
    return Arrived(
        platform=source.platform,
        url=source.external_url,
        author=names.get(row.identity_id, "somebody"),
        text=row.text,
        sent_at=row.sent_at,
        is_deleted=row.is_deleted,
        versions=tuple(earlier[:VERSIONS]),
        has_more_versions=len(earlier) > VERSIONS,
    )


async def _sources(session: AsyncSession, source_ids: Sequence[UUID]) -> dict[UUID, TicketSource]:
    found = await session.scalars(select(TicketSource).where(TicketSource.id.in_(source_ids)))
    return {row.id: row for row in found}


async def _accounts_named(session: AsyncSession, identity_ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = {identity_id for identity_id in identity_ids if identity_id}
    found = await session.scalars(select(ReporterIdentity).where(ReporterIdentity.id.in_(wanted)))
    return {row.id: row.display_name or bare_account(row.platform_user_id) for row in found}


async def _versions(session: AsyncSession, source_ids: Sequence[UUID]) -> dict[UUID, list[Version]]:
    """Newest first; one more of each message than is shown."""
    newest = (
        select(MessageVersion)
        .where(MessageVersion.source_id == TicketSource.id)
        .order_by(MessageVersion.replaced_at.desc(), MessageVersion.id)
        .limit(VERSIONS + 1)
        .lateral("newest")
    )
    rows = await session.execute(
        select(TicketSource.id, newest.c.text, newest.c.replaced_at)
        .join(newest, true())
        .where(TicketSource.id.in_(source_ids))
        .order_by(newest.c.replaced_at.desc(), newest.c.id)
    )
    found: dict[UUID, list[Version]] = {}
    for source_id, text, replaced_at in rows:
        found.setdefault(source_id, []).append(Version(text, replaced_at))
    return found
