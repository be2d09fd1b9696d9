"""What is measured over a period: every query reads a range of an index on time, never a whole table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from storage.accounts import bare_account
from storage.counts import Count
from storage.enums import EventType, NotificationPurpose, NotificationStatus, TicketStatus
from storage.models import AiCall, Notification, Reporter, ReporterIdentity, Ticket, TicketEvent

TOLD = (NotificationStatus.SENT, NotificationStatus.DELIVERED, NotificationStatus.READ)
ANSWERS = (EventType.SUGGESTION_ACCEPTED, EventType.SUGGESTION_MODIFIED, EventType.SUGGESTION_REJECTED)
OK = "ok"
_AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since`, up to but without `until`."""

    since: datetime
    until: datetime

    def holds(self, moment: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        return (moment >= self.since) & (moment < self.until)


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took, in whole seconds; None where nothing was measured."""

    number: int
    median: int | None
    slowest_tenth: int | None
    """Nine in ten took no longer: the 90th percentile."""


@dataclass(frozen=True, slots=True)
class Answered:
    """So many suggestions about which an agent said the same."""

    outcome: str
    suggested: tuple[str | None, int | None]
    """Type and priority."""
    confirmed: tuple[str | None, int | None]
    is_renamed: bool
    """They gave the ticket another title with it."""
    number: int


@dataclass(frozen=True, slots=True)
class Spend:
    model: str
    calls: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal | None
    """US dollars, of the calls whose price was known; None where none was."""
    median_milliseconds: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the messages of one channel; each is counted once."""

    channel: str
    sent: int
    delivered: int
    read: int
    failed: int
    """For good; one that is to be tried again is waiting."""
    restricted: int
    unsure: int
    """Nobody knows whether they arrived."""
    waiting: int

    @property
    def told(self) -> int:
        return self.sent + self.delivered + self.read

    @property
    def given_up(self) -> int:
        return self.failed + self.restricted


async def tickets(session: AsyncSession, span: Span) -> Sequence[Count]:
    """How many of each kind came in; one row a kind."""
    by = (Ticket.status, Ticket.original_channel, Ticket.priority, Ticket.ticket_type)
    found = await session.execute(select(*by, func.count()).where(span.holds(Ticket.created_at)).group_by(*by))
    return [Count(*row) for row in found]


async def reporters(session: AsyncSession, span: Span, *, most: int) -> Sequence[tuple[UUID, str, int]]:
    """Who reported most: id, the name they gave or the account they have, how many tickets."""
    number = func.count()
    counted = await session.execute(
        select(Ticket.reporter_id, number)
        .where(span.holds(Ticket.created_at), Ticket.reporter_id.is_not(None))
        .group_by(Ticket.reporter_id)
        .order_by(number.desc(), Ticket.reporter_id)
        .limit(most)
    )
    rows = [(reporter_id, tickets) for reporter_id, tickets in counted if reporter_id]
    names = await _names(session, [reporter_id for reporter_id, _ in rows])
    return [(reporter_id, names[reporter_id], tickets) for reporter_id, tickets in rows]


async def _names(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    known = aliased(ReporterIdentity)
    found = await session.execute(
        select(Reporter.id, Reporter.name, Reporter.email, known.display_name, known.platform_user_id)
        .outerjoin(known, known.reporter_id == Reporter.id)
        .where(Reporter.id.in_(ids))
        .order_by(known.created_at.desc(), known.id)
    )
    return {row[0]: row[1] or row[3] or row[2] or bare_account(row[4] or "") or "nobody named" for row in found}


async def triaged(session: AsyncSession, span: Span) -> Times:
    """From the report to the model's first suggestion, of tickets that got theirs in the span."""
    earlier = aliased(TicketEvent)
    first = (
        select(func.min(earlier.position))
        .where(earlier.ticket_id == TicketEvent.ticket_id, earlier.event_type == EventType.AI_TRIAGED)
        .scalar_subquery()
    )
    ticket = _ticket_of(TicketEvent.ticket_id)
    measured = (
        select((TicketEvent.created_at - ticket.c.created_at).label("took"))
        .join(ticket, true())
        .where(*_happened(span, EventType.AI_TRIAGED), TicketEvent.position == first)
    )
    return await _times(session, measured)


async def resolved(session: AsyncSession, span: Span) -> Times:
    """From the report to its resolution, of tickets resolved in the span that have not been opened again."""
    ticket = _ticket_of(TicketEvent.ticket_id)
    measured = (
        select(TicketEvent.ticket_id, (ticket.c.resolved_at - ticket.c.created_at).label("took"))
        .join(ticket, true())
        .where(
            *_happened(span, EventType.STATUS_CHANGED),
            TicketEvent.data["now"].astext == TicketStatus.RESOLVED,
            ticket.c.resolved_at.is_not(None),
        )
        .distinct()
    )
    return await _times(session, measured)


async def notified(session: AsyncSession, span: Span) -> Times:
    """From the report to the word that it is solved, of tickets whose reporter was owed it in the span.

    Of one whose receipt overtook our own commit only the receipt's time is known.
    """
    at = func.least(Notification.sent_at, Notification.delivered_at, Notification.read_at)
    ticket = _ticket_of(Notification.ticket_id)
    measured = (
        select(Notification.ticket_id, func.min(at - ticket.c.created_at).label("took"))
        .join(ticket, true())
        .where(
            span.holds(Notification.created_at),
            Notification.purpose == NotificationPurpose.RESOLUTION,
            Notification.status.in_(TOLD),
        )
        .group_by(Notification.ticket_id)
    )
    return await _times(session, measured)


async def answers(session: AsyncSession, span: Span) -> Sequence[Answered]:
    """What agents made of suggestions. A rejected one stands against what they kept, which the ticket says."""
    ticket = _ticket_of(TicketEvent.ticket_id)
    said = TicketEvent.data
    answered = (
        select(
            TicketEvent.event_type,
            func.coalesce(said["suggested", "type"].astext, ticket.c.ai_suggested_type).label("type"),
            func.coalesce(said["suggested", "priority"].astext.cast(Integer), ticket.c.ai_suggested_priority).label(
                "priority"
            ),
            func.coalesce(said["confirmed", "type"].astext, ticket.c.ticket_type).label("confirmed_type"),
            func.coalesce(said["confirmed", "priority"].astext.cast(Integer), ticket.c.priority).label(
                "confirmed_priority"
            ),
            _is_renamed().label("is_renamed"),
        )
        .join(ticket, true())
        .where(TicketEvent.event_type.in_(ANSWERS), span.holds(TicketEvent.created_at))
        .subquery()
    )
    found = await session.execute(select(*answered.c, func.count()).group_by(*answered.c))
    return [Answered(row[0], (row[1], row[2]), (row[3], row[4]), row[5], row[6]) for row in found]


def _is_renamed() -> ColumnElement[bool]:
    """A change of fields is recorded right after the decision it comes from, in the same transaction."""
    following = aliased(TicketEvent)
    next_changes_title = (
        select(
            and_(
                following.event_type == EventType.FIELDS_CHANGED,
                following.created_at < TicketEvent.created_at + _AT_ONCE,
                following.data["fields"].contains(["title"]),
            )
        )
        .where(following.ticket_id == TicketEvent.ticket_id, following.position > TicketEvent.position)
        .order_by(following.position)
        .limit(1)
        .scalar_subquery()
    )
    return and_(TicketEvent.event_type == EventType.SUGGESTION_MODIFIED, func.coalesce(next_changes_title, False))


async def spent(session: AsyncSession, span: Span) -> Sequence[Spend]:
    """What each model was asked for, the busiest first; a call that failed has neither tokens nor time."""
    calls = func.count()
    found = await session.execute(
        select(
            AiCall.model_asked,
            calls,
            calls.filter(AiCall.outcome != OK),
            func.coalesce(func.sum(AiCall.prompt_tokens), 0),
            func.coalesce(func.sum(AiCall.completion_tokens), 0),
            func.sum(AiCall.cost),
            func.percentile_cont(0.5).within_group(AiCall.milliseconds),
        )
        .where(span.holds(AiCall.created_at))
        .group_by(AiCall.model_asked)
        .order_by(calls.desc(), AiCall.model_asked)
    )
    return [Spend(row[0], row[1], row[2], int(row[3]), int(row[4]), row[5], _whole(row[6])) for row in found]


async def sent(session: AsyncSession, span: Span) -> Sequence[Sent]:
    """Of messages owed since, acknowledgements among them; the busiest channel first."""
    is_unsure = and_(Notification.status == NotificationStatus.SENDING, Notification.unsure_since.is_not(None))
    states = [
        Notification.status == NotificationStatus.SENT,
        Notification.status == NotificationStatus.DELIVERED,
        Notification.status == NotificationStatus.READ,
        Notification.status == NotificationStatus.PERMANENTLY_FAILED,
        Notification.status == NotificationStatus.CHANNEL_RESTRICTED,
        is_unsure,
    ]
    number = func.count()
    found: Any = await session.execute(
        select(Notification.channel, number, *(number.filter(state) for state in states))
        .where(span.holds(Notification.created_at))
        .group_by(Notification.channel)
        .order_by(number.desc(), Notification.channel)
    )
    return [Sent(channel, *[*settled, every - sum(settled)]) for channel, every, *settled in found]


def _happened(span: Span, event: EventType) -> tuple[ColumnElement[bool], ...]:
    return TicketEvent.event_type == event, span.holds(TicketEvent.created_at)


def _ticket_of(ticket_id: InstrumentedAttribute[UUID]) -> Any:
    """The ticket of a row, looked up by its key.

    The limit keeps PostgreSQL from joining in its own way, which for a busy period is to read every ticket there is.
    """
    return select(Ticket).where(Ticket.id == ticket_id).limit(1).lateral("ticket")


async def _times(session: AsyncSession, measured: Select[Any]) -> Times:
    """`measured` has an interval a row, `took`; clocks that disagree make nobody be told before they wrote."""
    took: Subquery = measured.subquery()
    seconds = func.greatest(func.extract("epoch", took.c.took), 0)
    shares = [func.percentile_cont(share).within_group(seconds) for share in (0.5, 0.9)]
    number, median, slowest = (await session.execute(select(func.count(), *shares).select_from(took))).one()
    return Times(number, _whole(median), _whole(slowest))


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
