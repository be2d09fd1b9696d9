"""What a period was like: volumes, times, how right the model was, what it cost, what arrived."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Invalid
from storage import counts, measurements
from storage.counts import Count
from storage.enums import EventType, Priority, TicketStatus, TicketType
from storage.measurements import Answered, Sent, Span, Spend, Times

REPORTERS = 5
FRESH = timedelta(seconds=30)
"""For so long Home shows what was measured last."""
Key = TypeVar("Key")


class Period(StrEnum):
    """As people write it."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        return {Period.DAY: timedelta(hours=24), Period.WEEK: timedelta(days=7)}.get(self, timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Volume:
    """Tickets that came in, by what they are now; every type, priority and status stands there, 0 or not."""

    by_channel: dict[str, int]
    """The busiest first."""
    by_type: dict[str, int]
    by_priority: dict[int, int]
    by_status: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.by_channel.values())


@dataclass(frozen=True, slots=True)
class TopReporter:
    id: UUID
    name: str
    tickets: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """The model said one thing, the agent another."""

    suggested: str | int
    confirmed: str | int
    number: int


@dataclass(frozen=True, slots=True)
class FieldAccuracy:
    """Of suggestions agents answered, how many they confirmed in this field; the commonest confusion first."""

    right: int
    confusions: tuple[Confusion, ...]

    @property
    def number(self) -> int:
        return self.right + sum(each.number for each in self.confusions)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`right` are suggestions not rejected whose type and priority were both confirmed."""

    accepted: int
    modified: int
    rejected: int
    right: int
    types: FieldAccuracy
    priorities: FieldAccuracy
    renamed: int
    """Edited ones with which the agent changed the title, too."""

    @property
    def answered(self) -> int:
        return self.accepted + self.modified + self.rejected

    @property
    def percent(self) -> int | None:
        return percent(self.right, self.answered)


@dataclass(frozen=True, slots=True)
class Metrics:
    """`open_now` is of all tickets, everything else of the period."""

    period: Period
    span: Span
    open_now: int
    volume: Volume
    reporters: tuple[TopReporter, ...]
    to_triage: Times
    to_resolve: Times
    to_notify: Times
    accuracy: Accuracy
    models: tuple[Spend, ...]
    sent: tuple[Sent, ...]


def percent(part: int, whole: int) -> int | None:
    """Rounded, but 100 only when it is all and 0 only when it is nothing; None of nothing."""
    if not whole:
        return None
    if 0 < part < whole:
        return min(99, max(1, round(100 * part / whole)))
    return 100 * part // whole


def period_of(text: str) -> Period:
    """As somebody typed it, a day when they typed nothing; Invalid with an example."""
    word = "".join(text.lower().split())
    if word not in {"", *Period}:
        raise Invalid(
            f"There are no metrics for “{text[:50]}”: the period is 24h, 7d or 30d. For example: /metrics 7d",
            field="period",
        )
    return Period(word or Period.DAY)


async def measure(session: AsyncSession, period: Period, *, now: datetime) -> Metrics:
    span = Span(now - period.length, now)
    counted = await counts.tickets(session)
    return Metrics(
        period=period,
        span=span,
        open_now=sum(each.number for each in counted if each.status == TicketStatus.OPEN),
        volume=_volume(await measurements.tickets(session, span)),
        reporters=tuple(TopReporter(*row) for row in await measurements.reporters(session, span, most=REPORTERS)),
        to_triage=await measurements.triaged(session, span),
        to_resolve=await measurements.resolved(session, span),
        to_notify=await measurements.notified(session, span),
        accuracy=_accuracy(await measurements.answers(session, span)),
        models=tuple(await measurements.spent(session, span)),
        sent=tuple(await measurements.sent(session, span)),
    )


_MEASURED: WeakKeyDictionary[Any, dict[Period, Metrics]] = WeakKeyDictionary()


async def recent(session: AsyncSession, period: Period, *, now: datetime, looked_at: datetime | None) -> Metrics:
    """What Home shows: measured when somebody opens or turns to it, and then once in half a minute.

    A Home that is looked at is drawn again with every ticket that changes, for every agent; the figures of a busy
    month are too much to count for that. They are kept in the process, by the database they are of: nothing has to be
    invalidated, and a process without them measures for itself. What is older than somebody's last look (`looked_at`)
    is not drawn, or their Home would go back to before what they have seen.
    """
    measured = _MEASURED.setdefault(session.get_bind(), {})
    kept = measured.get(period)
    if kept is None or now - kept.span.until >= FRESH or (looked_at and looked_at > kept.span.until):
        kept = measured[period] = await measure(session, period, now=now)
    return kept


def _volume(kinds: Sequence[Count]) -> Volume:
    channels = _sums((each.channel, each.number) for each in kinds)
    return Volume(
        by_channel=dict(sorted(channels.items(), key=lambda each: (-each[1], each[0]))),
        by_type={word.value: 0 for word in TicketType} | _sums((each.ticket_type, each.number) for each in kinds),
        by_priority={int(word): 0 for word in Priority} | _sums((each.priority, each.number) for each in kinds),
        by_status={word.value: 0 for word in TicketStatus} | _sums((each.status, each.number) for each in kinds),
    )


def _accuracy(answers: Sequence[Answered]) -> Accuracy:
    outcomes = _sums((each.outcome, each.number) for each in answers)
    return Accuracy(
        accepted=outcomes.get(EventType.SUGGESTION_ACCEPTED, 0),
        modified=outcomes.get(EventType.SUGGESTION_MODIFIED, 0),
        rejected=outcomes.get(EventType.SUGGESTION_REJECTED, 0),
        right=sum(each.number for each in answers if _is_right(each)),
        types=_field(answers, lambda answer: (answer.suggested[0], answer.confirmed[0])),
        priorities=_field(answers, lambda answer: (answer.suggested[1], answer.confirmed[1])),
        renamed=sum(each.number for each in answers if each.is_renamed),
    )


def _is_right(answer: Answered) -> bool:
    return answer.outcome != EventType.SUGGESTION_REJECTED and answer.suggested == answer.confirmed


def _field(
    answers: Sequence[Answered], pair: Callable[[Answered], tuple[str | int | None, str | int | None]]
) -> FieldAccuracy:
    pairs = _sums((pair(each), each.number) for each in answers)
    wrong = [
        Confusion(suggested, confirmed, number)
        for (suggested, confirmed), number in pairs.items()
        if suggested is not None and confirmed is not None and suggested != confirmed
    ]
    return FieldAccuracy(
        right=sum(number for (suggested, confirmed), number in pairs.items() if suggested == confirmed is not None),
        confusions=tuple(sorted(wrong, key=lambda each: (-each.number, str(each.suggested), str(each.confirmed)))),
    )


def _sums(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums
