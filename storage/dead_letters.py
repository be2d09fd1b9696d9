"""Queries about dead letters, and about webhook deliveries nobody could read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from storage.enums import DeadLetterStatus, DeliveryStatus
from storage.models import Attachment, DeadLetterJob, Notification, Ticket, TicketSource, WebhookDelivery
from storage.paging import BadCursor, Page, decode, encode

KEY = (DeadLetterJob.status, DeadLetterJob.failed_at, DeadLetterJob.id)
"""Falling, this puts the unresolved ones first, as the words happen to be spelt; a test holds them to it."""


async def page(
    session: AsyncSession,
    *,
    status: str | None = None,
    job_class: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[DeadLetterJob]:
    """The unresolved ones first, of each kind the newest first."""
    query: Select[Any] = select(DeadLetterJob)
    if status is not None:
        query = query.where(DeadLetterJob.status == status)
    if job_class is not None:
        query = query.where(DeadLetterJob.job_class == job_class)
    if cursor is not None:
        query = query.where(tuple_(*KEY) < tuple_(*_position(cursor)))
    rows = (await session.scalars(query.order_by(*(column.desc() for column in KEY)).limit(limit + 1))).all()
    return Page(rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None)


async def find(session: AsyncSession, letter_id: UUID) -> DeadLetterJob | None:
    return await session.get(DeadLetterJob, letter_id)


async def of_subject(session: AsyncSession, job_class: str, subject: UUID) -> Sequence[DeadLetterJob]:
    """Those nobody has dealt with."""
    found = await session.scalars(
        select(DeadLetterJob).where(
            DeadLetterJob.job_class == job_class,
            DeadLetterJob.status == DeadLetterStatus.UNRESOLVED,
            DeadLetterJob.job_args["subject"].astext == str(subject),
        )
    )
    return found.all()


async def unresolved(session: AsyncSession) -> Mapping[str, int]:
    """How many nobody has dealt with, by kind of work."""
    kind = DeadLetterJob.job_class
    counted = select(kind, func.count()).where(DeadLetterJob.status == DeadLetterStatus.UNRESOLVED).group_by(kind)
    return dict((await session.execute(counted)).all())


async def drop_old(session: AsyncSession, *, days: int, limit: int) -> int:
    """Those that were dealt with longer ago; how many went. What nobody has dealt with never goes by itself."""
    before = func.now() - timedelta(days=days)
    resolved = select(DeadLetterJob.id).where(
        DeadLetterJob.status == DeadLetterStatus.RESOLVED,
        DeadLetterJob.failed_at < before,  # by which the index finds them: nothing is resolved before it failed
        DeadLetterJob.resolved_at < before,
    )
    oldest = resolved.order_by(DeadLetterJob.failed_at).limit(limit)
    gone = await session.scalars(
        delete(DeadLetterJob).where(DeadLetterJob.id.in_(oldest)).returning(DeadLetterJob.id)
    )
    return len(gone.all())


async def unreadable(session: AsyncSession, *, limit: int) -> Sequence[WebhookDelivery]:
    """Deliveries kept though they could not be read, the newest first."""
    found = await session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.status == DeliveryStatus.UNREADABLE)
        .order_by(WebhookDelivery.received_at.desc())
        .limit(limit)
    )
    return found.all()


async def tickets_of(session: AsyncSession, keys: Iterable[str]) -> dict[str, Ticket]:
    """The ticket each key is about, for those that are about one."""
    subjects = dict(_subjects(keys))
    found: dict[str, Ticket] = {}
    for touches, query in _TICKET.items():
        wanted = {subject: key for key, (kind, subject) in subjects.items() if kind == touches}
        if wanted:
            rows = await session.execute(query(wanted))
            found |= {wanted[subject]: ticket for subject, ticket in rows}
    return found


def _themselves(wanted: Mapping[UUID, str]) -> Any:
    return select(Ticket.id, Ticket).where(Ticket.id.in_(wanted))


def _through(table: Any) -> Any:
    def query(wanted: Mapping[UUID, str]) -> Any:
        return select(table.id, Ticket).join(Ticket, Ticket.id == table.ticket_id).where(table.id.in_(wanted))

    return query


_TICKET = {
    **dict.fromkeys(("triage", "draft", "notion", "card"), _themselves),
    "notification": _through(Notification),
    "source": _through(TicketSource),
    "attachment": _through(Attachment),
}
"""What a key touches, and how the ticket is found from it."""


def _subjects(keys: Iterable[str]) -> Iterator[tuple[str, tuple[str, UUID]]]:
    for key in set(keys):
        touches, _, subject = key.partition(":")
        try:
            yield key, (touches, UUID(subject))
        except ValueError:
            continue


def _cursor(row: DeadLetterJob) -> str:
    return encode(f"{row.status}|{row.failed_at.isoformat()}|{row.id}")


def _position(cursor: str) -> tuple[str, datetime, UUID]:
    try:
        status, moment, row_id = decode(cursor).split("|")
        return DeadLetterStatus(status).value, datetime.fromisoformat(moment), UUID(row_id)
    except BadCursor:
        raise
    except ValueError:
        raise BadCursor("This page is from an older list; begin again.") from None
