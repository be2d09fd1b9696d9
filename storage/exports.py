"""Everything that is kept of one person, as plain values, and who was offered it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.erasures import Belongings
from storage.models import (
    AiCall,
    Attachment,
    Base,
    ChangelogEntry,
    Export,
    MessageVersion,
    Notification,
    Reporter,
    ReporterIdentity,
    Ticket,
    TicketComment,
    TicketEvent,
    TicketSource,
)

NOT_THEIRS = {"words", "email_digest", "account_digest", "past_provider_ids", "approved_hash"}
"""Columns that say nothing of a person."""


async def everything(session: AsyncSession, theirs: Belongings) -> dict[str, Any]:
    """By kind, each row with its columns by name."""
    of_tickets = theirs.tickets
    wanted: Mapping[str, tuple[type[Base], ColumnElement[bool]]] = {
        "profiles": (Reporter, Reporter.id.in_(theirs.reporters)),
        "accounts": (ReporterIdentity, ReporterIdentity.id.in_(theirs.identities)),
        "tickets": (Ticket, Ticket.id.in_(of_tickets)),
        "messages": (TicketSource, TicketSource.id.in_(theirs.sources)),
        "comments": (TicketComment, TicketComment.source_id.in_(theirs.sources)),
        "earlier_versions": (MessageVersion, MessageVersion.source_id.in_(theirs.sources)),
        "attachments": (Attachment, Attachment.ticket_id.in_(of_tickets) | Attachment.source_id.in_(theirs.sources)),
        "changelog_entries": (ChangelogEntry, ChangelogEntry.ticket_id.in_(of_tickets)),
        "notifications": (
            Notification,
            Notification.ticket_id.in_(of_tickets) | Notification.identity_id.in_(theirs.identities),
        ),
        "ai_calls": (AiCall, AiCall.ticket_id.in_(of_tickets)),
        "events": (TicketEvent, TicketEvent.ticket_id.in_(of_tickets)),
    }
    return {kind: await _rows(session, table, which) for kind, (table, which) in wanted.items()}


async def take(session: AsyncSession, digest: bytes, *, since: datetime) -> Export | None:
    """The offer with this digest, taken from now on; None when it was taken before, or is older than `since`."""
    still_there = (Export.digest == digest) & Export.taken_at.is_(None) & (Export.created_at > since)
    taken = update(Export).where(still_there).values(taken_at=func.clock_timestamp()).returning(Export)
    return await session.scalar(taken)


async def _rows(session: AsyncSession, table: type[Base], which: ColumnElement[bool]) -> Sequence[dict[str, Any]]:
    columns = [column for column in table.__table__.columns if column.name not in NOT_THEIRS]
    order = table.__table__.c.get("created_at")
    found = await session.execute(select(*columns).where(which).order_by(order))
    return [dict(row) for row in found.mappings()]
