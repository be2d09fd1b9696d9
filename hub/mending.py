"""What agents see of work that came to nothing: dead letters, and deliveries nobody could read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Invalid, NotFound
from hub.work import KINDS
from storage import agents, dead_letters, forced_failures
from storage.enums import DeadLetterStatus
from storage.models import DeadLetterJob, ForcedFailure, Ticket, WebhookDelivery

LETTERS_ON_PAGE = 10
DELIVERIES_SHOWN = 5
EXAMPLES = ("", "dispatch", "resolved", "draw_card resolved")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which letters to show; None for all."""

    status: str | None = None
    job_class: str | None = None


@dataclass(frozen=True, slots=True)
class AboutTicket:
    id: UUID
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class LetterLine:
    """`error` is a sentence of ours, `error_class` the name of what was raised."""

    id: UUID
    job_class: str
    ticket: AboutTicket | None
    error_class: str
    error: str
    queue: str
    attempts: int
    failed_at: datetime
    is_resolved: bool


@dataclass(frozen=True, slots=True)
class LetterDetails:
    """The whole letter; `arguments` are ids and numbers only."""

    line: LetterLine
    job_key: str
    arguments: str
    backtrace: str
    resolved_by: str | None
    """A name."""
    resolved_at: datetime | None
    resolution: str | None


@dataclass(frozen=True, slots=True)
class UnreadDelivery:
    id: UUID
    platform: str
    error: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Forced:
    """A kind of work whose next run is to fail."""

    kind: str
    by: str
    """A name."""
    at: datetime


@dataclass(frozen=True, slots=True)
class LetterList:
    """`unread` are the newest few deliveries nobody could read; `more_unread` says there are others."""

    lines: tuple[LetterLine, ...]
    next_cursor: str | None
    unread: tuple[UnreadDelivery, ...] = ()
    more_unread: bool = False
    forced: tuple[Forced, ...] = ()


def parse(typed: str) -> Asked:
    """What stands behind the command: the name of a kind of work, `resolved`, or nothing; Invalid else."""
    asked = {"status": DeadLetterStatus.UNRESOLVED.value, "job_class": None}
    for word in typed.lower().split():
        if word in set(DeadLetterStatus):
            asked["status"] = word
        elif word in KINDS:
            asked["job_class"] = word
        else:
            raise Invalid(
                f"“{word[:40]}” is no kind of work. For example: /dead-letters {EXAMPLES[1]}. "
                "/dead-letters help names them all."
            )
    return Asked(**asked)


async def letters(
    session: AsyncSession, asked: Asked, *, cursor: str | None = None, limit: int = LETTERS_ON_PAGE
) -> LetterList:
    """One page of dead letters, the unresolved ones first."""
    page = await dead_letters.page(
        session, status=asked.status, job_class=asked.job_class, limit=limit, cursor=cursor
    )
    return LetterList(tuple(await _lines(session, page.rows)), page.next_cursor)


async def overview(session: AsyncSession, *, cursor: str | None = None) -> LetterList:
    """All that is on the screen."""
    shown = await letters(session, Asked(), cursor=cursor)
    unread = await dead_letters.unreadable(session, limit=DELIVERIES_SHOWN + 1)
    return LetterList(
        lines=shown.lines,
        next_cursor=shown.next_cursor,
        unread=tuple(_unread(row) for row in unread[:DELIVERIES_SHOWN]),
        more_unread=len(unread) > DELIVERIES_SHOWN,
        forced=tuple(await _forced(session, await forced_failures.every(session))),
    )


async def details(session: AsyncSession, letter_id: UUID) -> LetterDetails:
    """NotFound."""
    row = await dead_letters.find(session, letter_id)
    if row is None:
        raise NotFound(f"There is no dead letter with the id {letter_id}.", id=str(letter_id))
    (line,) = await _lines(session, [row])
    names = await agents.names(session, [row.resolved_by])
    return LetterDetails(
        line=line,
        job_key=row.job_key,
        arguments=json.dumps(row.job_args, indent=2, sort_keys=True),
        backtrace="\n".join(str(frame) for frame in row.backtrace),
        resolved_by=names.get(row.resolved_by or "", row.resolved_by),
        resolved_at=row.resolved_at,
        resolution=row.resolution,
    )


async def _lines(session: AsyncSession, rows: Sequence[DeadLetterJob]) -> list[LetterLine]:
    about = await dead_letters.tickets_of(session, (row.job_key for row in rows))
    return [_line(row, about.get(row.job_key)) for row in rows]


def _line(row: DeadLetterJob, ticket: Ticket | None) -> LetterLine:
    return LetterLine(
        id=row.id,
        job_class=row.job_class,
        ticket=AboutTicket(ticket.id, ticket.number, ticket.title) if ticket else None,
        error_class=row.error_class,
        error=row.error_message,
        queue=row.queue,
        attempts=row.attempts,
        failed_at=row.failed_at,
        is_resolved=row.status == DeadLetterStatus.RESOLVED,
    )


def _unread(row: WebhookDelivery) -> UnreadDelivery:
    return UnreadDelivery(row.id, row.platform, row.error or "It could not be read.", row.received_at)


async def _forced(session: AsyncSession, rows: Sequence[ForcedFailure]) -> list[Forced]:
    names = await agents.names(session, [row.forced_by for row in rows])
    return [Forced(row.kind, names.get(row.forced_by, row.forced_by), row.created_at) for row in rows]
