"""What the templates cannot say themselves: Block Kit's pieces as safe HTML, and how things are named here."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from sandbox.faults import DELIVERING, REFUSE, Fault
from sandbox.notion import ids
from sandbox.pages import charts, mrkdwn
from sandbox.pages.look import Look
from sandbox.slack.inputs import VALUE_KEYS
from sandbox.slack.refusal import Json
from sandbox.slack.workspace import BOT_USER, MADE_UP, Message, Workspace, elements_of
from sandbox.world import World

HERE = Path(__file__).parent
INPUTS = {
    "plain_text_input": "text",
    "email_text_input": "email",
    "url_text_input": "url",
    "number_input": "number",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "datetime-local",
}
NAMES = {"slack": "Slack", "intercom": "Intercom", "whatsapp": "WhatsApp", "notion": "Notion", "openai": "OpenAI"}
FAULTS = {
    "429": "asks for a pause (429)",
    "500": "fails (500)",
    "timeout": "never answers",
    "reset_after": "does it, but the answer is lost",
    "bad_json": "answers broken JSON",
    REFUSE: "refuses it",
    "duplicate": "sends everything twice",
    "reorder": "sends in the wrong order",
    "drop": "loses what it should send",
}
ASKED = {
    "slack": "report something on the phone",
    "intercom": "approve an answer to somebody in the messenger",
    "whatsapp": "approve an answer to somebody on WhatsApp",
    "notion": "run AI triage on a card",
    "openai": "run AI triage on a card",
}
"""What makes the hub ask a platform."""
TELLING = {
    "slack": "write to Feedback Hub as Rita",
    "intercom": "write in the messenger",
    "whatsapp": "write on the phone",
    "notion": "move a page on the board",
}
"""What makes a platform tell the hub; OpenAI never does."""
OUTCOMES = {
    "429": "a request is refused, and comes again when the pause is over.",
    "500": "a request fails, and comes again a little later.",
    "timeout": "the hub stops waiting for an answer after a while, and asks again.",
    "reset_after": "a request was done though the hub cannot know; it looks, and does it once.",
    "bad_json": "the hub cannot read an answer, and finds out whether it was done.",
    REFUSE: "a request is refused with that code, and what the hub says of it stands where the work does.",
    "duplicate": "it comes twice, and counts once.",
    "reorder": "what you do next overtakes it, or it comes two seconds late.",
    "drop": "it never comes, as when a webhook gets lost.",
}
NOTION_PAGE = re.compile(r"https://www\.notion\.so/([0-9a-f]{32})")
SHOWN_BODY = 20_000
COLOURS = 6
LINE = 55
"""Characters that fit on a line of a modal's box."""
FEWEST_ROWS, MOST_ROWS = 5, 16


class Names:
    """Who and what the ids in a text are."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def user(self, user_id: str) -> str | None:
        user = self._workspace.users.get(user_id)
        return user.real_name if user else None

    def channel(self, channel_id: str) -> str | None:
        channel = self._workspace.channels.get(channel_id)
        return channel.name if channel else None


def environment(world: World, workspace: Workspace) -> jinja2.Environment:
    """The templates with everything they call; "today" is what the sandbox's clock says."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        bytecode_cache=jinja2.FileSystemBytecodeCache(),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"inputs": INPUTS, "names": NAMES, "press": ""}
    made.filters |= _filters(workspace, world.now)
    return made


def _filters(workspace: Workspace, now: Callable[[], datetime]) -> dict[str, Callable[..., Any]]:
    names = Names(workspace)
    return {
        "mrkdwn": lambda text, verbatim=False: mrkdwn.to_html(text, names=names, verbatim=verbatim, now=now()),
        "plain": mrkdwn.plain_to_html,
        "chart": charts.chart_to_svg,
        "date": lambda element: date(element, now()),
        "anchor": anchor,
        "typed": typed,
        "person": lambda user_id: names.user(user_id) or user_id,
        "channel": lambda channel_id: names.channel(channel_id) or channel_id,
        "choices": lambda element: choices(workspace, element),
        "entered": entered,
        "rows": rows,
        "placeholder": lambda element: (element.get("placeholder") or {}).get("text", ""),
        "caption": caption,
        "identified": identified,
        "slug": slug,
        "pretty": pretty,
        "initials": initials,
        "colour": colour,
        "clock": lambda at: f"{_moment(at):%H:%M}",
        "day": lambda at: f"{_moment(at):%A, %-d %B}",
        "when": lambda at: f"{datetime.fromisoformat(at).astimezone():%H:%M:%S}",
        "fault": lambda mode: FAULTS[mode],
        "trial": trial,
        "outcome": lambda fault: OUTCOMES[fault.mode],
        "breakable": breakable,
        "whatsapp": whatsapp,
        "size": size,
        "span": span,
    }


def date(element: Json, now: datetime) -> str:
    """A date element of rich text (docs.slack.dev, "Rich text block"); its fallback for what is in no calendar."""
    try:
        return mrkdwn.moment_to_text(int(element["timestamp"]), str(element["format"]), now=now)
    except ValueError:
        return str(element.get("fallback", ""))


@jinja2.pass_context
def anchor(context: jinja2.runtime.Context, element: Json) -> Markup:
    """A link element; only addresses Slack would open are links, and a page of the played Notion is on this one."""
    url, words = str(element["url"]), str(element.get("text") or element["url"])
    page = NOTION_PAGE.fullmatch(url)
    if page:
        look = context.get("look") or Look({})
        return Markup('<a href="{}#n-{}">{}</a>').format(look.link(pane="notion"), ids.dashed(page[1]), words)
    if not re.match(r"(https?|mailto|tel):", url, re.IGNORECASE):
        return escape(words)
    return Markup('<a href="{}" rel="noreferrer noopener" target="_blank">{}</a>').format(url, words)


def typed(message: Message) -> str:
    """What its author typed, as it is to be edited: the app by its name, nothing escaped."""
    return "".join(_texts(message.blocks)).replace(f"<@{BOT_USER}>", "@Feedback Hub")


def _texts(value: Any) -> Iterator[str]:
    """The words of rich text, in their order."""
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        if value.get("type") == "text":
            yield str(value.get("text", ""))
        yield from _texts(value.get("elements"))


def choices(workspace: Workspace, element: Json) -> list[tuple[str, str]]:
    """What a select that Slack fills itself offers: id and name."""
    people = [(user.id, user.real_name) for user in workspace.users.values() if not user.is_bot]
    channels = [(one.id, f"#{one.name}") for one in workspace.channels.values() if not one.im_with]
    if element["type"] == "users_select":
        return people
    return channels if element["type"] == "channels_select" else [*channels, *people]


def entered(state: Json) -> str:
    """What stands in an input or a select: as typed, or the id of what was chosen."""
    value = state.get(VALUE_KEYS[state["type"]][0]) if state else None
    if value is None:
        return ""
    if state["type"] == "datetimepicker":
        return f"{_moment(value):%Y-%m-%dT%H:%M}"
    return "".join(_texts(value)) if isinstance(value, dict | list) else str(value)


def rows(text: str) -> int:
    """Of a box in which the text is to be seen whole, within reason."""
    lines = sum(1 + len(line) // LINE for line in text.split("\n"))
    return min(max(lines + 1, FEWEST_ROWS), MOST_ROWS)


def whatsapp(text: str) -> Markup:
    """A message as the phone shows it: `*bold*` and `_italic_` (WhatsApp's help pages, formatting), nothing else."""
    shown = str(escape(text))
    for mark, tag in (("*", "b"), ("_", "i"), ("~", "s")):
        at = re.escape(mark)
        shown = re.sub(rf"(?<!\w){at}(?=\S)([^{at}\n]+?)(?<=\S){at}(?!\w)", rf"<{tag}>\1</{tag}>", shown)
    return Markup(shown.replace("\n", "<br>"))  # noqa: S704 - escaped above


def trial(fault: Fault) -> str | None:
    """What to do to meet a fault; None when it is never met."""
    return (TELLING if fault.mode in DELIVERING else ASKED).get(fault.platform)


def breakable(path: str) -> Markup:
    """A path that may go on in the next line after each of its parts."""
    return Markup("/<wbr>").join(escape(part) for part in path.split("/"))


def caption(block: Json) -> str:
    given = block.get("caption") or "Table"
    return str(given["text"] if isinstance(given, dict) else given)


def identified(blocks: Iterable[Json], where: str) -> Iterator[tuple[str, Json]]:
    """Blocks, each behind its id in the document, which is the same when the same is drawn again."""
    seen: Counter[str] = Counter()
    for block in blocks:
        known = _known_by(block)
        number, seen[known] = seen[known], seen[known] + 1
        yield f"{where}-{slug(known)}" + (f"-{number}" if number else ""), block


def _known_by(block: Json) -> str:
    """Where the app gave no id, by what is pressed there, so that no press and no focus is lost to a new drawing.

    Not what is typed: Slack forgets it where the id is another.
    """
    if block["type"] == "input" or not block["block_id"].startswith(MADE_UP):
        return str(block["block_id"])
    pressed = [f"{each['action_id']} {each.get('value', '')}" for each in elements_of(block) if "action_id" in each]
    return " ".join([block["type"], *pressed])


def slug(value: str) -> str:
    """An id for the document: what an app named freely, made of letters that need no escaping."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", value)
    return plain if plain == value else f"{plain}-{hashlib.sha256(value.encode()).hexdigest()[:6]}"


def pretty(body: object) -> str:
    """A body as people read it, cut where it gets long."""
    if body is None:
        return ""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= SHOWN_BODY else f"{text[:SHOWN_BODY]}\n… {len(text) - SHOWN_BODY:,} more characters"


def initials(name: str) -> str:
    words = [word for word in re.split(r"[\s._@-]+", name) if word]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def colour(name: str) -> int:
    """Which of the faces' colours somebody has: always the same."""
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()[0] % COLOURS


def size(number: int) -> str:
    return f"{number:,} bytes" if number < 1000 else f"{number / 1000:,.0f} kB"


def span(seconds: float) -> str:
    """How long that is, to the minute."""
    hours, minutes = divmod(int(abs(seconds)) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _moment(at: str | float | datetime) -> datetime:
    """In this machine's time zone, where the browser is too: Slack's `ts`, seconds, or a time."""
    if isinstance(at, datetime):
        return at.astimezone()
    return datetime.fromtimestamp(float(at)).astimezone()
