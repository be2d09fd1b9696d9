"""Small builders of Block Kit. Slack's limits are built in, and text from outside can do nothing.

Three kinds of text, and who may speak in them:
- our own words are mrkdwn (`section`, `fields`), always escaped, so that nothing but `*bold*` has a meaning;
- what people wrote goes into rich_text (`words`, `quote`, `preformatted`) or plain_text (`header`, `context`,
  `sentence`, labels): Slack parses neither, so that mentions, links and asterisks stay what was typed;
- a message's top-level text is mrkdwn: what is put there has gone through `inert`.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

MESSAGE_TEXT = 3500
"""Characters of a message's `text`: chat.update refuses more than 4,000 (docs.slack.dev, "chat.update")."""
BLOCKS_IN_MESSAGE = 50
BLOCKS_IN_VIEW = 100
SECTION = 3000
FIELDS, FIELD = 10, 2000
CONTEXT_ELEMENTS = 10
HEADER = 150
ELEMENTS = 25
LABEL = 75
VALUE = 2000
ID = 255
OPTIONS, OPTION_VALUE = 100, 150
OVERFLOW_OPTIONS = 5
PLACEHOLDER = 150
INPUT_LABEL = 2000
INPUT_TEXT = 3000
FILES = 10
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_LABEL = 100, 300, 30
VIEW_LABEL = 24
CHOICES = 10
"""Checkboxes or radio buttons in a row (docs.slack.dev, "Checkboxes element")."""
PRIVATE_METADATA = 3000
URL = 3000

ANY, NOBODY = "any", "nobody"
"""What a select carries for no filter, and a picker of agents for nobody."""

BLANK = "—"
"""Stands where there would be no text: Slack refuses empty ones."""
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_LONGEST_ENTITY = len("&amp;")
_ADDRESS = re.compile(r"https?://[^\s<>|\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: `text` for notifications and screen readers (they read nothing else), `blocks` to see."""

    text: str
    blocks: list[Json]


def message(text: str, blocks: Iterable[Json]) -> Message:
    """`text` has to be inert already; it is cut to what an edit takes."""
    return Message(cut(_filled(text), MESSAGE_TEXT), _at_most(list(blocks), BLOCKS_IN_MESSAGE))


def modal(
    title: str,
    blocks: Iterable[Json],
    *,
    callback_id: str | None = None,
    submit: str | None = None,
    close: str | None = None,
    private_metadata: str = "",
) -> Json:
    """A modal; one with inputs needs `submit` (docs.slack.dev, "Views")."""
    shown = _at_most(list(blocks), BLOCKS_IN_VIEW)
    if submit is None and any(block["type"] == "input" for block in shown):
        raise ValueError("a modal with inputs needs a submit button")
    view: Json = {"type": "modal", "title": _plain(title, VIEW_LABEL), "blocks": shown}
    if callback_id is not None:
        view["callback_id"] = _whole(callback_id, ID)
    if submit is not None:
        view["submit"] = _plain(submit, VIEW_LABEL)
    if close is not None:
        view["close"] = _plain(close, VIEW_LABEL)
    if private_metadata:
        view["private_metadata"] = _whole(private_metadata, PRIVATE_METADATA)
    return view


def home(blocks: Iterable[Json]) -> Json:
    return {"type": "home", "blocks": _at_most(list(blocks), BLOCKS_IN_VIEW)}


def header(text: str) -> Json:
    return {"type": "header", "text": _plain(" ".join(text.split()), HEADER)}


def divider() -> Json:
    return {"type": "divider"}


def section(text: str, *, accessory: Json | None = None) -> Json:
    """Our own words, with `*bold*`."""
    block: Json = {"type": "section", "text": _mrkdwn(text, SECTION)}
    return block if accessory is None else block | {"accessory": accessory}


def sentence(text: str, *, accessory: Json | None = None) -> Json:
    """Words of ours that may hold somebody else's: shown as they are."""
    block: Json = {"type": "section", "text": _plain(text, SECTION)}
    return block if accessory is None else block | {"accessory": accessory}


def fields(pairs: Sequence[tuple[str, str]]) -> Json:
    """Labels and badges in two columns; our own words only."""
    shown = [_mrkdwn(f"*{label}*\n{value}", FIELD) for label, value in pairs[:FIELDS]]
    return {"type": "section", "fields": shown}


def context(*texts: str) -> Json:
    return {"type": "context", "elements": [_plain(text, FIELD) for text in texts[:CONTEXT_ELEMENTS]]}


def rich(*parts: Json) -> Json:
    """A rich_text block of `line`, `quoted`, `listed` and `fixed` parts."""
    return {"type": "rich_text", "elements": list(parts)}


def line(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def quoted(*elements: Json) -> Json:
    return {"type": "rich_text_quote", "elements": list(elements)}


def fixed(*elements: Json) -> Json:
    return {"type": "rich_text_preformatted", "elements": list(elements)}


def listed(lines: Iterable[Json]) -> Json:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(lines)}


def words(text: str, *, bold: bool = False, limit: int = SECTION) -> Json:
    """Text that is never parsed, whatever it says."""
    element: Json = {"type": "text", "text": cut(text or BLANK, limit)}
    return element | {"style": {"bold": True}} if bold else element


def link(url: str, text: str) -> Json:
    """A link where `url` is an address Slack takes, else only the words."""
    if not is_address(url):
        return words(text)
    return {"type": "link", "url": url, "text": cut(_filled(text), LABEL)}


def is_address(url: str) -> bool:
    return len(url) <= URL and _ADDRESS.fullmatch(url) is not None


def moment(at: datetime) -> Json:
    """A point in time, in each reader's own time zone (docs.slack.dev, "Rich text block", date element)."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty}, {time}",
        "fallback": time_of(at),
    }


def time_of(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def quote(text: str, limit: int) -> Json:
    """What a person wrote, inert.

    A rich_text_quote rather than mrkdwn with `>` before each line: its text elements are never parsed, so bold,
    links, mentions and code in somebody's words need no escaping that could be forgotten or cut in two.
    """
    return rich(quoted(words(_filled(text), limit=limit)))


def emphasized(text: str, bold: re.Pattern[str]) -> Iterator[Json]:
    """Text whose parts that match are bold, without what marks them: the pattern's first group is what is shown."""
    at = 0
    for found in bold.finditer(text):
        if found.start() > at:
            yield words(text[at : found.start()])
        yield words(found[1], bold=True)
        at = found.end()
    if at < len(text):
        yield words(text[at:])


def preformatted(text: str) -> Json:
    """Text to be read to the letter."""
    return rich(fixed(words(text)))


def pages(text: str, *, most: int, weight: int) -> tuple[list[str], int]:
    """`text` in pieces of a section's length, broken after a line or a word, and how many characters are left.

    Joined, the pieces are the text to the letter. At most `most` pieces that take `weight` bytes as JSON: a view
    may have 250 kB (docs.slack.dev, "views.open", error `view_too_large`).
    """
    shown: list[str] = []
    at = 0
    while at < len(text) and len(shown) < most:
        end = at + _page_end(text[at : at + SECTION + 1])
        weight -= len(json.dumps(text[at:end]))
        if weight < 0:
            break
        shown.append(text[at:end])
        at = end
    return shown, len(text) - at


def _page_end(ahead: str) -> int:
    if len(ahead) <= SECTION:
        return len(ahead)
    for mark in ("\n", " "):
        if (at := ahead.rfind(mark, SECTION // 2, SECTION)) != -1:
            return at + 1
    return SECTION


def actions(*elements: Json, block_id: str | None = None) -> Json:
    """Buttons and selects in a row; no action id may appear twice in one."""
    block: Json = {"type": "actions", "elements": list(elements[:ELEMENTS])}
    return block if block_id is None else block | {"block_id": _whole(block_id, ID)}


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    style: str | None = None,
    confirm: Json | None = None,
    accessibility_label: str | None = None,
) -> Json:
    element: Json = {
        "type": "button",
        "text": _plain(label, LABEL),
        "action_id": _whole(action_id, ID),
        "value": _whole(value, VALUE),
    }
    if style is not None:
        element["style"] = style
    if confirm is not None:
        element["confirm"] = confirm
    if accessibility_label is not None:
        element["accessibility_label"] = cut(_filled(accessibility_label), LABEL)
    return element


def confirmation(title: str, text: str, *, confirm: str, deny: str = "Cancel", style: str | None = None) -> Json:
    """The question before something that cannot be taken back."""
    dialog: Json = {
        "title": _plain(title, CONFIRM_TITLE),
        "text": _plain(text, CONFIRM_TEXT),
        "confirm": _plain(confirm, CONFIRM_LABEL),
        "deny": _plain(deny, CONFIRM_LABEL),
    }
    return dialog if style is None else dialog | {"style": style}


def option(text: str, value: str, *, description: str | None = None) -> Json:
    made: Json = {"text": _plain(text, LABEL), "value": _whole(value, OPTION_VALUE)}
    return made if description is None else made | {"description": _plain(description, LABEL)}


def select(
    action_id: str,
    options: Sequence[Json],
    *,
    chosen: str | None = None,
    anything: str | None = None,
    placeholder: str | None = None,
    confirm: Json | None = None,
) -> Json:
    """One of `options`; `chosen` is the value of the one shown first, if there is such a one.

    A filter also offers `anything` (ANY), which is shown while nothing is chosen.
    """
    if anything is not None:
        options, chosen = [option(anything, ANY), *options], ANY if chosen is None else chosen
    shown = list(options[:OPTIONS])
    element: Json = {"type": "static_select", "action_id": _whole(action_id, ID), "options": shown}
    initial = next((each for each in shown if each["value"] == chosen), None)
    if initial is not None:
        element["initial_option"] = initial
    if placeholder is not None:
        element["placeholder"] = _plain(placeholder, PLACEHOLDER)
    if confirm is not None:
        element["confirm"] = confirm
    return element


def checkboxes(action_id: str, options: Sequence[Json], *, chosen: Sequence[str] = ()) -> Json:
    """Any of ten at most; `chosen` are the values ticked at first."""
    shown = list(options[:CHOICES])
    element: Json = {"type": "checkboxes", "action_id": _whole(action_id, ID), "options": shown}
    ticked = [each for each in shown if each["value"] in chosen]
    return element | {"initial_options": ticked} if ticked else element


def radio(action_id: str, options: Sequence[Json], *, chosen: str | None = None) -> Json:
    """One of ten at most; the first where none is `chosen`."""
    shown = list(options[:CHOICES])
    initial = next((each for each in shown if each["value"] == chosen), shown[0])
    return {
        "type": "radio_buttons",
        "action_id": _whole(action_id, ID),
        "options": shown,
        "initial_option": initial,
    }


def picker(action_id: str, *, placeholder: str, chosen: Json | None = None) -> Json:
    """A select whose options are asked of us as soon as it is opened, and while somebody types."""
    element: Json = {
        "type": "external_select",
        "action_id": _whole(action_id, ID),
        "min_query_length": 0,
        "placeholder": _plain(placeholder, PLACEHOLDER),
    }
    if chosen is not None:
        element["initial_option"] = chosen
    return element


def mark(value: object) -> str:
    """A short sign for what is chosen, for block ids that are to be new when it changes."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=dict).encode()).hexdigest()[:8]


def overflow(action_id: str, options: Sequence[Json], *, confirm: Json | None = None) -> Json:
    element: Json = {
        "type": "overflow",
        "action_id": _whole(action_id, ID),
        "options": list(options[:OVERFLOW_OPTIONS]),
    }
    return element if confirm is None else element | {"confirm": confirm}


def text_input(
    action_id: str,
    *,
    initial: str = "",
    multiline: bool = False,
    longest: int = INPUT_TEXT,
    placeholder: str | None = None,
    acts: bool = False,
) -> Json:
    """`acts`: Enter sends what is written at once, without a form."""
    element: Json = {
        "type": "plain_text_input",
        "action_id": _whole(action_id, ID),
        "multiline": multiline,
        "max_length": min(longest, INPUT_TEXT),
    }
    if acts:
        element["dispatch_action_config"] = {"trigger_actions_on": ["on_enter_pressed"]}
    if initial:
        element["initial_value"] = cut(initial, element["max_length"])
    if placeholder is not None:
        element["placeholder"] = _plain(placeholder, PLACEHOLDER)
    return element


def moment_input(action_id: str) -> Json:
    """A date and a time, in the reader's own time zone; what is entered are seconds since 1970."""
    return {"type": "datetimepicker", "action_id": _whole(action_id, ID)}


def file_input(action_id: str, *, most: int = FILES) -> Json:
    return {"type": "file_input", "action_id": _whole(action_id, ID), "max_files": min(most, FILES)}


def entry(
    label: str,
    element: Json,
    *,
    optional: bool = False,
    hint: str | None = None,
    acts: bool = False,
    block_id: str | None = None,
) -> Json:
    """An input block. Its block id is its action id, so that what was entered is `values[id][id]`."""
    block: Json = {
        "type": "input",
        "block_id": _whole(block_id or element["action_id"], ID),
        "label": _plain(label, INPUT_LABEL),
        "element": element,
        "optional": optional,
    }
    if acts:
        block["dispatch_action"] = True
    return block if hint is None else block | {"hint": _plain(hint, INPUT_LABEL)}


def inert(text: str, limit: int = MESSAGE_TEXT) -> str:
    """Text that mrkdwn shows and never reads as a mention, a link or a command, at most `limit` long escaped.

    `& < >` are the only characters Slack asks to be escaped (docs.slack.dev, "Formatting message text").
    """
    return cut(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ended with … after a word where one ends in the second half; no entity in two."""
    if len(text) <= limit:
        return text
    end = limit - 1
    word = max(text.rfind(mark, limit // 2, end + 1) for mark in (" ", "\n"))
    kept = text[: word if word != -1 else _before_entity(text, end)]
    return kept.rstrip() + "…"


def _before_entity(text: str, end: int) -> int:
    start = text.rfind("&", max(0, end - _LONGEST_ENTITY + 1), end)
    found = _ENTITY.match(text, start) if start != -1 else None
    return start if found and found.end() > end else end


def _plain(text: str, limit: int) -> Json:
    return {"type": "plain_text", "text": cut(_filled(text), limit), "emoji": False}


def _mrkdwn(text: str, limit: int) -> Json:
    return {"type": "mrkdwn", "text": inert(_filled(text), limit), "verbatim": True}


def _filled(text: str) -> str:
    return text if text.strip() else BLANK


def _whole(text: str, limit: int) -> str:
    """Ids and values mean something to us: too long or empty is our mistake, and cutting would hide it."""
    if not 0 < len(text) <= limit:
        raise ValueError(f"an id or value of {len(text)} characters; 1 to {limit} fit")
    return text


def _at_most(blocks: list[Json], most: int) -> list[Json]:
    if len(blocks) <= most:
        return blocks
    return [*blocks[: most - 1], context(f"{len(blocks) - most + 1} more parts do not fit here.")]
