"""Tickets that are one problem: a section of App Home, the window of one group, and the forms that make it."""

import json
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from blocks import ai, badges, kit, pages, passages, search
from blocks.kit import Json
from hub.grouping import NAME_LENGTH
from hub.listing import TicketLine
from hub.membership import Answer, GroupLine, GroupList, GroupWindow, Member
from hub.resolution import NOTE_LENGTH
from hub.viewing import Choice
from storage.enums import GroupStatus

STATUS = "groups.status"
WORDS = "groups.words"
NEW = "group.new"
OPEN = "group.open"
EARLIER = "group.earlier"
LATER = "group.later"
REMOVE = "group.remove"
ADD = "group.add"
RESOLVE = "group.resolve"
CONTINUE = "group.continue"
SECOND = "group.second"
DECLINE = "group.decline"
PICK = "group.pick"
PICKED = "group.picked"
FIND = "group.find"
INTO = "group.into"
CREATE = "group.create"
NAME = "group.name"
PRIMARY = "group.primary"

_TITLE = 90
_PAGES, _WEIGHT = 10, 60_000
_STATUS = {GroupStatus.OPEN: "🔵 Open", GroupStatus.RESOLVED: "✅ Resolved"}


def section(found: GroupList, choice: Choice) -> Iterator[Json]:
    yield _filters(choice)
    yield _search(choice)
    if not found.lines:
        yield kit.sentence(
            "No group fits this search."
            if choice.filters
            else "No tickets are grouped yet: group those that are one problem."
        )
    for line in found.lines:
        yield kit.sentence(_line(line), accessory=_open(line))
    yield from pages.turn(choice, found.next_cursor)


def window(shown: GroupWindow, *, viewer: str) -> Json:
    """`viewer` is the account of who looks: who proposed a resolution cannot be the one who agrees to it."""
    return kit.modal(
        "Group",
        [
            kit.header(shown.line.name),
            kit.sentence("\n".join(_facts(shown.line))),
            *_resolution(shown),
            *_drafting(shown),
            *_proposal(shown, viewer),
            *_acts(shown),
            *_draft(shown),
            kit.divider(),
            *(block for member in shown.members for block in _member(shown.line, member)),
            *_turn(shown),
        ],
        close="Close",
        private_metadata=json.dumps({"group_of": str(shown.line.id), "page": shown.page}),
    )


def choose(
    offered: Sequence[TicketLine],
    *,
    chosen: Collection[UUID],
    group: tuple[UUID, str] | None,
    behind: Json,
    turn: int = 0,
) -> Json:
    """Which tickets: for `group` (id and name), or None for a new one, or one that is chosen here.

    The metadata is JSON: `group_id`, the `chosen` so far, the `turn`, and the window `behind`.
    """
    group_id = str(group[0]) if group else None
    metadata = {"group_id": group_id, "chosen": [str(each) for each in chosen], "turn": turn}
    return kit.modal(
        "Add tickets" if group else "Group tickets",
        [
            kit.sentence(_what_for(group)),
            _find(turn),
            _offered(offered, chosen, turn),
            *_hidden(offered, chosen),
            *([] if group else [_into()]),
        ],
        callback_id=PICK,
        submit="Add" if group else "Next",
        close="Cancel",
        private_metadata=json.dumps(behind | metadata),
    )


def found(lines: Sequence[TicketLine]) -> list[Json]:
    """What the picker of tickets offers."""
    return [_ticket(line) for line in lines]


def name_it(chosen: Sequence[TicketLine], *, suggested: str, behind: Json) -> Json:
    """The last step of a new group. The metadata is JSON: the `chosen`, and the window `behind`."""
    options = [
        kit.option(
            f"#{line.number} {kit.cut(line.title, 60)}",
            str(line.id),
            description=f"told by {badges.word(badges.channel(line.channel))}",
        )
        for line in chosen
    ]
    return kit.modal(
        "Group tickets",
        [
            kit.entry("Name of the group", kit.text_input(NAME, initial=suggested, longest=NAME_LENGTH)),
            kit.entry(
                "Primary ticket",
                kit.radio(PRIMARY, options),
                hint="It stands for the group: its reporter is told when the group is resolved, unless you then "
                "choose everybody.",
            ),
        ],
        callback_id=CREATE,
        submit="Create group",
        close="Cancel",
        private_metadata=json.dumps(behind | {"chosen": [str(line.id) for line in chosen]}),
    )


def open_groups(found: Sequence[tuple[UUID, str]]) -> list[Json]:
    """What the picker of groups offers: id and name of each."""
    return [kit.option(name, str(group_id)) for group_id, name in found]


def new_button(*, label: str = "Group tickets…") -> Json:
    return kit.button(label, NEW, "home", accessibility_label="Group tickets that are the same problem")


def _filters(choice: Choice) -> Json:
    """A new id whenever something else is chosen: under an id it knows Slack keeps what was chosen last."""
    states = [kit.option(label, status) for status, label in _STATUS.items()]
    clear = [kit.button("Clear filters", search.CLEAR, "all")] if choice.filters else []
    return kit.actions(
        kit.select(STATUS, states, chosen=choice.filters.get("status"), anything="Any status"),
        *clear,
        new_button(),
        block_id=f"groups.filters:{kit.mark(choice.filters)}",
    )


def _search(choice: Choice) -> Json:
    initial = str(choice.filters.get("words") or "")
    element = kit.text_input(WORDS, initial=initial, longest=200, placeholder="Words of a name, or an id", acts=True)
    return kit.entry("Search", element, optional=True, acts=True, block_id=f"{WORDS}:{kit.mark(choice.filters)}")


def _line(line: GroupLine) -> str:
    members = [f"  #{each.number} {kit.cut(each.title, _TITLE)} · {_badges(each)}" for each in line.members]
    rest = [f"  and {line.size - len(line.members)} more"] if line.size > len(line.members) else []
    return "\n".join([f"🧩 {kit.cut(line.name, NAME_LENGTH)}", *_facts(line), *members, *rest])


def _facts(line: GroupLine) -> list[str]:
    count = f"{line.size} {'ticket' if line.size == 1 else 'tickets'}"
    primary = [f"primary #{line.primary}"] if line.primary else []
    states = ["⏳ the AI is writing"] if line.is_drafting else ["📝 a text is written"] if line.has_draft else []
    if line.is_proposed:
        states.append("✋ waits for a second agent")
    if line.status == GroupStatus.RESOLVED:
        states = []
    when = (
        f"resolved {kit.time_of(line.resolved_at)}" if line.resolved_at else f"since {kit.time_of(line.created_at)}"
    )
    return [" · ".join([_STATUS[GroupStatus(line.status)], count, *primary, when, *states])]


def _badges(line: TicketLine) -> str:
    return f"{badges.channel(line.channel)} · {badges.priority(line.priority)} · {badges.status(line.status)}"


def _open(line: GroupLine) -> Json:
    label = f"Open the group {kit.cut(line.name, 50)}"
    return kit.button("Open", OPEN, str(line.id), accessibility_label=label)


def _member(group: GroupLine, member: Member) -> Iterator[Json]:
    line = member.line
    mark = " · ⭐ primary" if line.number == group.primary else ""
    rows = [
        f"#{line.number} {kit.cut(line.title, _TITLE)}",
        f"{_badges(line)} · from {kit.cut(line.reporter, 60)}{mark}",
    ]
    if member.personal:
        rows.append(f"🔒 PII: {', '.join(ai.kind_of(kind) for kind in sorted(member.personal))}")
    yield kit.sentence("\n".join(rows))
    out = [_remove(group, line)] if group.status == GroupStatus.OPEN else []
    yield kit.actions(search.open_button(line.id, line.number), *out)


def _remove(group: GroupLine, line: TicketLine) -> Json:
    last = group.size <= 2
    said = "The group then has one ticket, so it is dissolved." if last else "The ticket stays as it is."
    asked = kit.confirmation(f"Take out #{line.number}?", said, confirm="Take out", style="danger" if last else None)
    label = f"Take ticket #{line.number} out of the group"
    return kit.button("Take out", REMOVE, str(line.id), confirm=asked, accessibility_label=label)


def _resolution(shown: GroupWindow) -> Iterator[Json]:
    if shown.answer:
        yield kit.sentence(f"✅ {_told(shown.answer)}")
    elif shown.line.status == GroupStatus.RESOLVED:
        yield kit.context("✅ Nobody was told anew.")
    if shown.resolution_note:
        yield kit.rich(kit.line(kit.words("Note: ", bold=True), kit.words(shown.resolution_note, limit=NOTE_LENGTH)))
    if shown.answer:
        yield passages.label("What they were sent")
        yield from passages.whole(shown.answer.content, most=_PAGES, weight=_WEIGHT, shape=passages.written)


def _told(answer: Answer) -> str:
    people = sum(answer.told.values())
    ways = [f"{number} by {badges.word(badges.channel(channel))}" for channel, number in answer.told.items()]
    said = f"{people} {'person was' if people == 1 else 'people were'} told{': ' if ways else ''}{', '.join(ways)}."
    return f"{said} {answer.lost} could not be: their tickets' deliveries say why." if answer.lost else said


def _drafting(shown: GroupWindow) -> Iterator[Json]:
    """Above everything else: it is what somebody waits for."""
    if _is_awaited(shown):
        said = "⏳ The AI is writing a text for the reporters. It takes some seconds; Refresh shows it here."
        yield kit.sentence(said, accessory=_refresh(shown))
    if shown.draft_error and shown.line.status == GroupStatus.OPEN:
        yield kit.sentence(f"⚠️ {kit.cut(shown.draft_error, 300)}")


def _draft(shown: GroupWindow) -> Iterator[Json]:
    if shown.draft and not shown.line.is_drafting and shown.line.status != GroupStatus.RESOLVED:
        yield passages.label("A text is written; nothing has been sent")
        yield from passages.whole(shown.draft, most=_PAGES, weight=_WEIGHT, shape=passages.written)
        yield kit.context(f"🤖 Written by {kit.cut(shown.draft_model or 'a model', kit.LABEL)}")


def _is_awaited(shown: GroupWindow) -> bool:
    return shown.line.is_drafting and shown.line.status == GroupStatus.OPEN


def _refresh(shown: GroupWindow) -> Json:
    return kit.button("Refresh", OPEN, str(shown.line.id))


def _proposal(shown: GroupWindow, viewer: str) -> Iterator[Json]:
    if shown.proposal is None:
        return
    value = str(shown.line.id)
    who = kit.cut(shown.proposed_by or "Somebody", 60)
    yield kit.sentence(
        f"✋ {who} wants to resolve this group. So many people are told only when a second agent agrees."
    )
    decline = kit.confirmation(
        "Decline?", "Nothing is sent; the group stays open.", confirm="Decline", style="danger"
    )
    read = kit.button("Read what is sent…", SECOND, value, style="primary")
    yield kit.actions(
        *([] if shown.proposed_by_id == viewer else [read]),
        kit.button("Take it back" if shown.proposed_by_id == viewer else "Decline", DECLINE, value, confirm=decline),
    )


def _turn(shown: GroupWindow) -> Iterator[Json]:
    ways = [kit.button("Earlier tickets", EARLIER, str(shown.line.id))] if shown.page else []
    if shown.has_more:
        ways.append(kit.button("More tickets", LATER, str(shown.line.id)))
    if ways:
        yield kit.actions(*ways)


def _acts(shown: GroupWindow) -> Iterator[Json]:
    value = str(shown.line.id)
    acts = []
    if shown.line.status == GroupStatus.OPEN:
        if shown.draft and not shown.line.is_drafting and not shown.line.is_proposed:
            acts.append(kit.button("Send this text…", CONTINUE, value, style="primary"))
        if not shown.line.is_proposed:
            acts.append(kit.button("Resolve…", RESOLVE, value, style=None if shown.draft else "primary"))
        acts.append(kit.button("Add tickets…", ADD, value))
    if not _is_awaited(shown):
        acts.append(_refresh(shown))
    yield kit.actions(*acts)


def _what_for(group: tuple[UUID, str] | None) -> str:
    if group:
        return f"Choose the tickets that belong to “{kit.cut(group[1], NAME_LENGTH)}”."
    return "Choose the tickets that are one problem: their reporters are then told once, together."


def _find(turn: int) -> Json:
    """Empty again after each choice: under an id it knows Slack keeps what was chosen last."""
    return kit.entry(
        "Find a ticket",
        kit.picker(FIND, placeholder="Words, or a number such as 142"),
        optional=True,
        acts=True,
        hint="What you choose is ticked below.",
        block_id=f"{FIND}:{turn}",
    )


def _offered(offered: Sequence[TicketLine], chosen: Collection[UUID], turn: int) -> Json:
    if not offered:
        return kit.sentence("None of the tickets you looked at is without a group.")
    ticked = [str(each) for each in chosen]
    boxes = kit.checkboxes(PICKED, [_ticket(line) for line in offered], chosen=ticked)
    return kit.entry("Tickets", boxes, optional=True, block_id=f"{PICKED}:{turn}")


def _hidden(offered: Sequence[TicketLine], chosen: Collection[UUID]) -> Iterator[Json]:
    number = len(set(chosen) - {line.id for line in offered})
    if number:
        yield kit.context(f"And {number} more {'is' if number == 1 else 'are'} chosen.")


def _ticket(line: TicketLine) -> Json:
    return kit.option(f"#{line.number} {kit.cut(line.title, 60)}", str(line.id), description=_described(line))


def _described(line: TicketLine) -> str:
    said = (badges.channel(line.channel), badges.priority(line.priority), badges.status(line.status))
    return f"{', '.join(badges.word(each) for each in said)}, from {line.reporter}"


def _into() -> Json:
    return kit.entry(
        "Or add them to a group there is",
        kit.picker(INTO, placeholder="A new group"),
        optional=True,
    )
