"""Points in time as Slack writes them (docs.slack.dev, "Formatting message text", date formatting)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

TOKEN = re.compile(r"\{(\w+)\}")
NEAR = timedelta(days=182)  # "the year will be omitted if the date is less than six months in the past or future"
NEIGHBOURS = {-1: "yesterday", 0: "today", 1: "tomorrow"}
PERIODS = (("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3_600), ("minute", 60))


def moment_to_text(timestamp: int, format: str, *, now: datetime | None = None) -> str:  # noqa: A002 - Slack's name
    """Slack's date tokens filled in, in this machine's time zone; what is no token stays as it is.

    ValueError for a moment that no calendar holds.
    """
    at, today = _local(timestamp), (now or datetime.now(UTC)).astimezone()
    return TOKEN.sub(lambda token: _filled(token, at, today), format)


def _local(timestamp: int) -> datetime:
    try:
        return datetime.fromtimestamp(timestamp, UTC).astimezone()
    except (OverflowError, OSError) as error:
        raise ValueError(f"{timestamp} is no moment") from error


def _filled(token: re.Match[str], at: datetime, now: datetime) -> str:
    name = token[1]
    if name.removesuffix("_pretty") not in WRITTEN or name in NEVER_PRETTY:
        return token[0]
    day = NEIGHBOURS.get((at.date() - now.date()).days) if name.endswith("_pretty") else None
    if day is None:
        return WRITTEN[name.removesuffix("_pretty")](at, now)
    return day.capitalize() if token.start() == 0 else day


def _date(at: datetime, now: datetime) -> str:
    return f"{at:%B} {_ordinal(at.day)}{_year(at, now)}"


def _date_short(at: datetime, now: datetime) -> str:
    return f"{at:%b} {at.day}{_year(at, now)}"


def _date_long(at: datetime, now: datetime) -> str:
    return f"{at:%A}, {_date(at, now)}"


def _year(at: datetime, now: datetime) -> str:
    return "" if abs(at - now) < NEAR else f", {at.year}"


def _ordinal(day: int) -> str:
    return f"{day}{'th' if day in {11, 12, 13} else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _time(at: datetime, now: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M} {_half(at)}"


def _time_secs(at: datetime, now: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at:%M:%S} {_half(at)}"


def _half(at: datetime) -> str:
    return "AM" if at.hour < 12 else "PM"


def _ago(at: datetime, now: datetime) -> str:
    away = int(abs(now - at).total_seconds())
    period = next((_counted(away // seconds, unit) for unit, seconds in PERIODS if away >= seconds), None)
    period = period or "less than a minute"
    return f"in {period}" if at > now else f"{period} ago"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


WRITTEN: dict[str, Callable[[datetime, datetime], str]] = {
    "date_num": lambda at, now: f"{at:%Y-%m-%d}",
    "date": _date,
    "date_short": _date_short,
    "date_long": _date_long,
    "time": _time,
    "time_secs": _time_secs,
    "ago": _ago,
}
NEVER_PRETTY = frozenset({"date_num_pretty", "time_pretty", "time_secs_pretty", "ago_pretty"})
