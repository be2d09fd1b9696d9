"""What a period was like: a section of App Home with text bars, and a message with Slack's charts."""

from collections.abc import Iterator

from blocks import badges, charts, figures, kit, problem
from blocks.figures import IN_WORDS
from blocks.kit import Json, Message
from hub.measurement import Metrics, Period, Volume
from storage.enums import Priority, TicketStatus, TicketType

DAY = "metrics.day"
WEEK = "metrics.week"
MONTH = "metrics.month"
SEND = "metrics.send"
NEW = "metrics.new"
OPEN_NOW = "metrics.open_now"
RESOLVED = "metrics.resolved"
TOLD = "metrics.told"
CHANNEL = "metrics.channel"
TYPE = "metrics.type"
PRIORITY = "metrics.priority"
STATUS = "metrics.status"
REPORTER = "metrics.reporter"

_SEE = "See tickets of…"


def section(found: Metrics) -> Iterator[Json]:
    yield _periods(found.period)
    yield kit.section(f"*Metrics of {IN_WORDS[found.period]}*")
    yield kit.context(f"Up to {kit.time_of(found.span.until)}, counted anew every 30 seconds while you look")
    yield kit.fields(figures.headline(found))
    yield kit.actions(
        kit.button("See new tickets", NEW, "tickets"),
        kit.button("See open tickets", OPEN_NOW, "tickets"),
        kit.button("See resolved tickets", RESOLVED, "tickets"),
        kit.button("See who was told", TOLD, "notifications"),
    )
    yield from _volumes(found) if found.volume.total else [_nothing(found)]
    yield from _reporters(found)
    yield from _rest(found)


def message(found: Metrics) -> Message:
    """For one agent's eyes: the charts, and under them every number in words."""
    volume = found.volume
    drawn = [
        *charts.pie("Tickets by channel", figures.channels(volume.by_channel)),
        *charts.columns("Tickets by type", figures.types(volume.by_type), of="Tickets"),
    ]
    groups = [*figures.groups(found), ("Top reporters", figures.people(found))]
    bars = [block for title, parts in groups if any(parts.values()) for block in _group(title, charts.bars(parts))]
    head = [kit.header(f"Metrics of {IN_WORDS[found.period]}"), kit.fields(figures.headline(found))]
    return kit.message(kit.inert(figures.spoken(found)), [*head, *(drawn or [_nothing(found)]), *bars, *_rest(found)])


def on_the_way() -> Json:
    return problem.told("Metrics", "The charts are on their way to your messages with Feedback Hub.")


def usage() -> str:
    return (
        "Shows what a period was like, to you alone: tickets, times, the model, messages. For example:\n"
        "• `/metrics` for the last 24 hours\n• `/metrics 7d`\n• `/metrics 30d`"
    )


def _periods(now: Period) -> Json:
    return kit.actions(
        _chosen(kit.button("24 hours", DAY, Period.DAY), here=now is Period.DAY),
        _chosen(kit.button("7 days", WEEK, Period.WEEK), here=now is Period.WEEK),
        _chosen(kit.button("30 days", MONTH, Period.MONTH), here=now is Period.MONTH),
        kit.button("Send me the charts", SEND, now),
    )


def _chosen(button: Json, *, here: bool) -> Json:
    """Said in words too: the style alone is not heard."""
    label = button["text"]["text"]
    said = f"The last {label}, shown now" if here else f"Show the last {label}"
    return button | {"accessibility_label": said} | ({"style": "primary"} if here else {})


def _nothing(found: Metrics) -> Json:
    return kit.sentence(f"No ticket came in during {IN_WORDS[found.period]}.")


def _volumes(found: Metrics) -> Iterator[Json]:
    """Each group of bars with a choice that opens the tickets behind one of them."""
    mark = kit.mark([found.period, found.volume.by_channel, found.volume.by_type, found.volume.by_priority])
    for (title, parts), chosen in zip(figures.groups(found), _choices(found.volume), strict=True):
        yield kit.section(f"*{title}*", accessory=chosen) | {"block_id": f"metrics:{title}:{mark}"}
        yield kit.preformatted(charts.bars(parts))


def _choices(volume: Volume) -> Iterator[Json | None]:
    channels = [kit.option(badges.channel(each), each) for each in volume.by_channel if _is_value(each)]
    yield kit.select(CHANNEL, channels, placeholder=_SEE) if channels else None
    yield kit.select(TYPE, [kit.option(badges.ticket_type(each), each) for each in TicketType], placeholder=_SEE)
    yield kit.select(
        PRIORITY, [kit.option(badges.priority(each), str(int(each))) for each in Priority], placeholder=_SEE
    )
    yield kit.select(STATUS, [kit.option(badges.status(each), each) for each in TicketStatus], placeholder=_SEE)


def _is_value(text: str) -> bool:
    return 0 < len(text) <= kit.OPTION_VALUE


def _reporters(found: Metrics) -> Iterator[Json]:
    """Tickets are found by a name, so two people of one name are found together."""
    if not found.reporters:
        return
    names = dict.fromkeys(kit.cut(each.name, kit.LABEL) for each in found.reporters if each.name.strip())
    options = [kit.option(name, name) for name in names]
    chosen = kit.select(REPORTER, options, placeholder=_SEE) if options else None
    yield kit.section("*Top reporters*", accessory=chosen) | {
        "block_id": f"metrics:reporters:{kit.mark(list(names))}"
    }
    yield kit.preformatted(charts.bars(figures.people(found)))


def _rest(found: Metrics) -> Iterator[Json]:
    yield from _group("Time from the report until …", "\n".join(figures.times(found)))
    yield from _group("AI suggestions", "\n".join(figures.accuracy(found.accuracy)))
    yield from _group("AI calls", figures.spend(found.models))
    yield from _group("Messages sent, acknowledgements too", figures.deliveries(found.sent))


def _group(title: str, text: str) -> Iterator[Json]:
    yield kit.section(f"*{title}*")
    yield kit.preformatted(text)
