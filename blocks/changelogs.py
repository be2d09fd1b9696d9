"""The texts reporters are told: a section of App Home, and one text in a window."""

from collections.abc import Iterator, Sequence

from blocks import kit, pages, passages, search
from blocks.kit import Json
from hub.reviewing import ChangelogLine, ChangelogList, ChangelogWindow
from hub.viewing import Choice
from storage.enums import ChangelogStatus

STATUS = "changelogs.status"
SHOW = "changelog.show"

_TITLE, _NAME, _BEGINNING = 100, 60, 240
_PAGES, _WEIGHT = 60, 150_000
_STATUS = {ChangelogStatus.DRAFT: "📝 Draft", ChangelogStatus.APPROVED: "✅ Approved"}


def section(found: ChangelogList, choice: Choice) -> Iterator[Json]:
    yield _filter(choice)
    if not found.lines:
        yield kit.sentence("No text has this status." if choice.filters else "Nothing has been drafted yet.")
    for line in found.lines:
        yield kit.sentence(_line(line))
        yield kit.actions(_show(line), _open(line))
    yield from pages.turn(choice, found.next_cursor)


def approved(lines: Sequence[ChangelogLine]) -> Iterator[Json]:
    """Of one ticket, in its window."""
    for line in lines:
        yield kit.sentence(f"✅ {_approval(line)}: “{_beginning(line.content)}”", accessory=_show(line))


def window(shown: ChangelogWindow) -> Json:
    """The text whole, over as many blocks as it takes."""
    line = shown.line
    return kit.modal(
        "Text for a reporter",
        [
            kit.header(f"#{line.ticket.number} {kit.cut(line.ticket.title, _TITLE)}"),
            kit.sentence("\n".join(_facts(line))),
            *passages.whole(line.content, most=_PAGES, weight=_WEIGHT, shape=passages.written),
            kit.actions(_open(line)),
            *search.related(shown.related),
        ],
        close="Close",
    )


def _filter(choice: Choice) -> Json:
    """A new id whenever something else is chosen: under an id it knows Slack keeps what was chosen last."""
    states = [kit.option(label, status) for status, label in _STATUS.items()]
    return kit.actions(
        kit.select(STATUS, states, chosen=choice.filters.get("status"), anything="All texts"),
        block_id=f"changelogs.filters:{kit.mark(choice.filters)}",
    )


def _line(line: ChangelogLine) -> str:
    head = f"#{line.ticket.number} {kit.cut(line.ticket.title, _TITLE)}"
    return "\n".join([head, *_facts(line), f"“{_beginning(line.content)}”"])


def _facts(line: ChangelogLine) -> list[str]:
    approved = [_approval(line)] if line.is_approved else []
    made = f"{_origin(line)}, {kit.time_of(line.created_at)}"
    return [f"{_STATUS[_status(line)]} · {made}", *approved]


def _status(line: ChangelogLine) -> ChangelogStatus:
    return ChangelogStatus.APPROVED if line.is_approved else ChangelogStatus.DRAFT


def _origin(line: ChangelogLine) -> str:
    if line.model is None:
        return "✍️ by hand"
    asked, answered = (_tokens(number) for number in (line.prompt_tokens, line.completion_tokens))
    return f"🤖 {kit.cut(line.model, kit.LABEL)}, {asked} tokens read and {answered} written"


def _tokens(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _approval(line: ChangelogLine) -> str:
    when = f", {kit.time_of(line.approved_at)}" if line.approved_at else ""
    return f"Approved by {kit.cut(line.approved_by or 'somebody', _NAME)}{when}"


def _beginning(content: str) -> str:
    """In one row; the asterisks around headings say nothing here."""
    return kit.cut(" ".join(content.replace("**", "").split()), _BEGINNING)


def _show(line: ChangelogLine) -> Json:
    label = f"Show the text for ticket #{line.ticket.number}"
    return kit.button("Show", SHOW, str(line.id), accessibility_label=label)


def _open(line: ChangelogLine) -> Json:
    return search.open_button(line.ticket.id, line.ticket.number, label="Open ticket")
