"""The figures of a period in words and columns: what stands under the charts, and all that is read aloud."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from blocks import badges, charts, kit
from hub.measurement import Accuracy, FieldAccuracy, Metrics, Period, percent
from storage.enums import Priority, TicketType
from storage.measurements import Sent, Spend, Times

IN_WORDS = {Period.DAY: "the last 24 hours", Period.WEEK: "the last 7 days", Period.MONTH: "the last 30 days"}
_NOT_MEASURED = "not measured"
_PAIRS = 5
_MODELS, _CHANNELS = 8, 12
_FATES = ("sent", "delivered", "read", "failed", "restricted", "unsure", "waiting")


def spoken(found: Metrics) -> str:
    """Everything, for screen readers and for a Slack that takes no charts."""
    figures = ", ".join(f"{label} {value}" for label, value in headline(found))
    volumes = [f"{title}: {_enumerated(parts)}." for title, parts in groups(found)]
    return "\n".join(
        [
            f"Metrics of {IN_WORDS[found.period]}. {figures}.",
            *(volumes if found.volume.total else []),
            f"Top reporters: {_enumerated(people(found))}.",
            *(f"{line}." for line in times(found)),
            *(f"{line.strip()}." for line in accuracy(found.accuracy)),
            *(f"{_called(each)}." for each in found.models[:_MODELS]),
            *(f"{_delivered(each)}." for each in found.sent[:_CHANNELS]),
        ]
    )


def headline(found: Metrics) -> list[tuple[str, str]]:
    right = found.accuracy.percent
    return [
        ("New tickets", f"{found.volume.total:,}"),
        ("Open now", f"{found.open_now:,}"),
        ("Resolved", f"{found.to_resolve.number:,}"),
        ("Told", f"{found.to_notify.number:,}"),
        ("AI accuracy", _NOT_MEASURED if right is None else f"{right} %"),
    ]


def groups(found: Metrics) -> list[tuple[str, dict[str, int]]]:
    by = found.volume
    return [
        ("By channel", channels(by.by_channel)),
        ("By type", types(by.by_type)),
        ("By priority", {badges.word(badges.priority(each)): number for each, number in by.by_priority.items()}),
        ("By status now", {badges.word(badges.status(each)): number for each, number in by.by_status.items()}),
    ]


def channels(by_channel: Mapping[str, int]) -> dict[str, int]:
    return {badges.word(badges.channel(each)): number for each, number in by_channel.items()}


def types(by_type: Mapping[str, int]) -> dict[str, int]:
    return {badges.word(badges.ticket_type(each)): number for each, number in by_type.items()}


def people(found: Metrics) -> dict[str, int]:
    named: dict[str, int] = {}
    for each in found.reporters:
        name = charts.one_line(each.name)
        named[name] = named.get(name, 0) + each.tickets
    return named


def times(found: Metrics) -> Iterator[str]:
    yield f"Triaged by the model: {_took(found.to_triage)}"
    yield f"Resolved: {_took(found.to_resolve)}"
    yield f"Reporter told: {_took(found.to_notify)}"


def _took(times: Times) -> str:
    if times.median is None or times.slowest_tenth is None:
        return "none"
    tickets = "1 ticket" if times.number == 1 else f"{times.number:,} tickets"
    return f"half within {duration(times.median)}, 9 in 10 within {duration(times.slowest_tenth)} ({tickets})"


def duration(seconds: int) -> str:
    """The two largest units, in words."""
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _pair(minutes // 60, "h", minutes % 60, "min")
    hours = round(seconds / 3600)
    days = hours // 24
    return _pair(days, "day" if days == 1 else "days", hours % 24, "h")


def _pair(large: int, unit: str, small: int, part: str) -> str:
    return f"{large:,} {unit} {small} {part}" if small else f"{large:,} {unit}"


def accuracy(accuracy: Accuracy) -> Iterator[str]:
    if not accuracy.answered:
        yield "No suggestion was answered"
        return
    yield f"Suggestions: {accuracy.accepted:,} accepted, {accuracy.modified:,} edited, {accuracy.rejected:,} rejected"
    yield from _field(
        "Type", accuracy.types, {word.value: badges.word(badges.ticket_type(word)) for word in TicketType}
    )
    yield from _field("Priority", accuracy.priorities, {int(p): badges.word(badges.priority(p)) for p in Priority})
    confirmed = accuracy.accepted + accuracy.modified
    if confirmed:
        yield f"Title: changed in {accuracy.renamed:,} of {confirmed:,} that were not rejected"


def _field(name: str, field: FieldAccuracy, words: Mapping[str, str] | Mapping[int, str]) -> Iterator[str]:
    share = percent(field.right, field.number)
    if share is None:
        return
    yield f"{name}: {field.right:,} of {field.number:,} right ({share} %)"
    said: dict[str | int, str] = dict(words.items())
    for each in field.confusions[:_PAIRS]:
        yield f"  {said[each.suggested]} suggested, {said[each.confirmed]} confirmed: {each.number:,}"
    if len(field.confusions) > _PAIRS:
        yield f"  and {len(field.confusions) - _PAIRS} rarer mix-ups"


def spend(models: Sequence[Spend]) -> str:
    if not models:
        return "No model was asked"
    head = ("Model", "calls", "failed", "tokens in", "tokens out", "cost", "median ms")
    rows = [
        (
            each.model,
            *(f"{number:,}" for number in (each.calls, each.failed, each.prompt_tokens, each.completion_tokens)),
            kit.BLANK if each.cost is None else _dollars(each.cost),
            kit.BLANK if each.median_milliseconds is None else f"{each.median_milliseconds:,}",
        )
        for each in models[:_MODELS]
    ]
    return charts.table([head, *rows])


def _called(asked: Spend) -> str:
    took = "" if asked.median_milliseconds is None else f", half of them within {asked.median_milliseconds:,} ms"
    cost = "" if asked.cost is None else f", {_dollars(asked.cost)}"
    return (
        f"{charts.one_line(asked.model)}: {asked.calls:,} calls, {asked.failed:,} failed, "
        f"{asked.prompt_tokens:,} tokens in, {asked.completion_tokens:,} out{cost}{took}"
    )


def _dollars(cost: Decimal) -> str:
    """To the cent, and what is less as less than a cent."""
    return "< $0.01" if 0 < cost < Decimal("0.01") else f"${cost:,.2f}"


def deliveries(channels: Sequence[Sent]) -> str:
    if not channels:
        return "No message was owed"
    shown = [fate for fate in _FATES if any(getattr(each, fate) for each in channels)]
    rows = [
        (
            badges.word(badges.channel(each.channel)),
            *(f"{getattr(each, fate):,}" for fate in shown),
            _success(each),
        )
        for each in channels[:_CHANNELS]
    ]
    return charts.table([("Channel", *shown, "success"), *rows])


def _delivered(sent: Sent) -> str:
    name = charts.one_line(badges.word(badges.channel(sent.channel)))
    return (
        f"Messages by {name}: {_enumerated({fate: getattr(sent, fate) for fate in _FATES})}, success {_success(sent)}"
    )


def _success(sent: Sent) -> str:
    """Of those about which all is known."""
    share = percent(sent.told, sent.told + sent.given_up)
    return kit.BLANK if share is None else f"{share} %"


def _enumerated(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{charts.one_line(label)} {number:,}" for label, number in parts.items() if number) or "none"
