"""The list of tickets: a section of App Home with its filters, and the answer to /tickets."""

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from blocks import badges, kit, pages
from blocks.kit import Json, Message
from hub.listing import TicketCounts, TicketLine, TicketList
from hub.searching import NAMES
from hub.triage import AT_ONCE
from hub.viewing import Choice
from storage.enums import Priority, TicketStatus, TicketType

OPEN = "ticket.open"
CHANNEL = "search.channel"
STATUS = "search.status"
PRIORITY = "search.priority"
TYPE = "search.type"
ASSIGNEE = "search.assignee"
WORDS = "search.words"
CLEAR = "search.clear"
MORE = "search.more"
FURTHER = "search.further"
BACK = "search.back"
TRIAGE_ALL = "triage.all"

_TITLE, _NAME = 120, 60
_CHANNELS = 5
_APART = "   "


def section(found: TicketList, choice: Choice) -> Iterator[Json]:
    yield _headline(found.counts)
    yield _filters(choice)
    yield _people(choice, found.assignee)
    yield _words(choice)
    yield kit.context(_summary(found, choice))
    yield from rows(found.lines)
    yield from pages.buttons(choice, found.next_cursor)


def answer(found: TicketList, asked: str) -> Message:
    """What /tickets says, to who asked alone; the rest is a click away."""
    number = len(found.lines)
    summary = f"{_asked_for(asked)}: {f'the newest {number}' if found.next_cursor else number}"
    rest = _page(asked, (found.next_cursor,)) if found.next_cursor else None
    return kit.message(
        kit.inert("\n".join([f"{summary}.", *(_spoken(line) for line in found.lines)])),
        [
            kit.context(f"🔎 {summary}"),
            *rows(found.lines),
            *([kit.actions(kit.button("Show more", MORE, rest))] if rest else []),
        ],
    )


def results(found: TicketList, asked: str, cursors: Sequence[str]) -> Json:
    """The window with the tickets after those, `cursors` being the pages turned so far."""
    before = _page(asked, cursors[:-1]) if cursors else None
    after = _page(asked, (*cursors, found.next_cursor)) if found.next_cursor else None
    ways = [kit.button("Previous page", BACK, before)] if before else []
    ways += [kit.button("Next page", FURTHER, after)] if after else []
    return kit.modal(
        "Tickets",
        [
            kit.context(f"🔎 {_asked_for(asked)}, page {len(cursors) + 1}"),
            *rows(found.lines),
            *([kit.actions(*ways)] if ways else []),
        ],
        close="Close",
    )


def page_of(value: str) -> tuple[str, tuple[str, ...]]:
    """What was asked for and the pages turned, of a button drawn here."""
    page = json.loads(value)
    return str(page["asked"]), tuple(str(cursor) for cursor in page["cursors"])


def _page(asked: str, cursors: Sequence[str]) -> str | None:
    """What a button to these pages carries; None when the question is so long that none can."""
    value = json.dumps({"asked": asked, "cursors": list(cursors)}, ensure_ascii=False)
    return value if len(value) <= kit.VALUE else None


def _asked_for(asked: str) -> str:
    return f"Tickets for “{asked}”" if asked else "The newest tickets"


def usage(examples: Sequence[str]) -> str:
    listed = "\n".join(f"• `/tickets {example}`" for example in examples)
    return (
        f"Finds tickets by words, and by filters written as name:value ({', '.join(NAMES)}). For example:\n{listed}"
    )


def rows(lines: Sequence[TicketLine]) -> Iterator[Json]:
    if not lines:
        yield kit.sentence("No ticket fits this search.")
    for line in lines:
        yield kit.sentence(_line(line), accessory=open_button(line.id, line.number))


def related(lines: Sequence[TicketLine]) -> Iterator[Json]:
    """The others of a ticket's group, each a line."""
    if lines:
        yield kit.rich(kit.line(kit.words("Others of its group", bold=True)))
    for line in lines:
        said = f"#{line.number} {kit.cut(line.title, _TITLE)} · {badges.status(line.status)}"
        yield kit.sentence(said, accessory=open_button(line.id, line.number))


def open_button(ticket_id: UUID, number: int, *, label: str = "Open") -> Json:
    return kit.button(label, OPEN, str(ticket_id), accessibility_label=f"Open ticket #{number}")


def _line(line: TicketLine) -> str:
    facts = [
        badges.status(line.status),
        badges.priority(line.priority),
        badges.ticket_type(line.ticket_type),
        badges.channel(line.channel),
    ]
    people = [f"reported by {kit.cut(line.reporter, _NAME)}, {kit.time_of(line.reported_at)}"]
    if line.assignee:
        people.append(f"taken by {kit.cut(line.assignee, _NAME)}")
    head = f"#{line.number} {kit.cut(line.title, _TITLE)}"
    return f"{head}\n{' · '.join(facts)}\n{' · '.join(people)}"


def _spoken(line: TicketLine) -> str:
    status, priority = badges.word(badges.status(line.status)), badges.word(badges.priority(line.priority))
    return f"#{line.number} {kit.cut(line.title, _TITLE)}: {status}, {priority}."


def _headline(counts: TicketCounts) -> Json:
    figures = [f"*{counts.total:,}* tickets", f"🔴 *{counts.critical:,}* critical or high, not resolved"]
    figures += [f"{badges.status(each)} *{counts.by_status.get(each, 0):,}*" for each in TicketStatus]
    busiest = sorted(counts.by_channel.items(), key=lambda each: -each[1])[:_CHANNELS]
    channels = [f"{badges.channel(channel)} *{number:,}*" for channel, number in busiest]
    return kit.section("\n".join(_APART.join(line) for line in (figures, channels) if line))


def _filters(choice: Choice) -> Json:
    """A new id whenever something else is chosen: under an id it knows Slack keeps what was chosen last."""
    chosen = choice.filters
    priority = str(chosen["priority"]) if chosen.get("priority") is not None else None
    channels = [kit.option(badges.channel(each), each) for each in badges.CHANNEL]
    states = [kit.option(badges.status(each), each) for each in TicketStatus]
    types = [kit.option(badges.ticket_type(each), each) for each in TicketType]
    priorities = [kit.option(badges.priority(each), str(int(each))) for each in Priority]
    return kit.actions(
        kit.select(CHANNEL, channels, chosen=chosen.get("channel"), anything="Any channel"),
        kit.select(STATUS, states, chosen=chosen.get("status"), anything="Any status"),
        kit.select(PRIORITY, priorities, chosen=priority, anything="Any priority"),
        kit.select(TYPE, types, chosen=chosen.get("ticket_type"), anything="Any type"),
        block_id=f"search.filters:{_mark(choice)}",
    )


def _people(choice: Choice, assignee: str | None) -> Json:
    chosen = choice.filters.get("assignee")
    nobody = kit.option("Nobody", kit.NOBODY)
    shown = nobody if chosen == "" else kit.option(assignee, str(chosen)) if assignee else None
    who = kit.picker(ASSIGNEE, placeholder="Taken by anybody", chosen=shown)
    clear = [kit.button("Clear filters", CLEAR, "all")] if choice.filters else []
    return kit.actions(who, *clear, block_id=f"search.people:{_mark(choice)}")


def _words(choice: Choice) -> Json:
    initial = str(choice.filters.get("words") or "")
    element = kit.text_input(
        WORDS, initial=initial, longest=200, placeholder="Words in the report, or #142", acts=True
    )
    return kit.entry("Search", element, optional=True, acts=True, block_id=f"{WORDS}:{_mark(choice)}")


def _mark(choice: Choice) -> str:
    return kit.mark(choice.filters)


def _summary(found: TicketList, choice: Choice) -> str:
    if found.found is not None:
        return f"{found.found:,} found · page {choice.page}"
    return f"Page {choice.page}"


def all_at_once(models_off: str | None, *others: Json) -> Iterator[Json]:
    """What is done with many: triage of every ticket no model has looked at, after a question, and `others`."""
    if models_off:
        yield kit.context(f"🤖 {models_off}")
        yield kit.actions(*others)
        return
    asked = kit.confirmation(
        "Triage what is waiting?",
        f"The model is asked about up to {AT_ONCE} tickets nobody has triaged.",
        confirm="Triage",
    )
    yield kit.actions(kit.button("Triage all pending", TRIAGE_ALL, "pending", confirm=asked), *others)


def triaging(number: int) -> str:
    if not number:
        return "Nothing is waiting: every open ticket has been triaged."
    return (
        f"{number} {'ticket is' if number == 1 else 'tickets are'} being triaged; suggestions appear on their cards."
    )
