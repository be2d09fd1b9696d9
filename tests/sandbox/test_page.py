"""The page as the server draws it: who sees what, what is escaped, and what is said of trouble."""

import asyncio
import json
import re
from html.parser import HTMLParser

import aiohttp
import pytest

from sandbox.pages.look import PANES, Look
from sandbox.slack.blocks import SURFACES, block_faults
from sandbox.slack.elements import ALLOWED_IN
from tests.sandbox.slack_played import actions, button, entry, modal, options, plain

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'too'"
REPORTS = (
    {"channel": "slack", "from": "U0RITA", "text": HOSTILE},
    {"channel": "intercom", "from": "ivy", "name": HOSTILE, "text": HOSTILE},
    {"channel": "whatsapp", "from": "34600111222", "name": HOSTILE, "text": HOSTILE},
)
TOKEN = {"Authorization": "Bearer xoxb-test"}
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


class Reading(HTMLParser):
    """The tags in their order, which have to be closed in it; and the words people see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self.scripts = 0
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.ids += [value or "" for name, value in attrs if name == "id"]
        assert not {"style", "onclick", "onload"} & {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


async def look(outside, address: str = "/") -> Reading:
    status, page, headers = await outside.ask("GET", address)
    assert status == 200
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    reading = Reading(page)
    assert reading.scripts == 1
    assert len(set(reading.ids)) == len(reading.ids)
    return reading


def said(reading: Reading) -> str:
    return re.sub(r"\s+", " ", " ".join(reading.words))


async def slack(outside, method: str, **arguments) -> dict:
    _, answer, _ = await outside.ask("POST", f"/slack/api/{method}", arguments, **TOKEN)
    return answer


@pytest.mark.parametrize("pane", list(PANES))
async def test_what_people_write_is_shown_as_they_wrote_it_on_every_pane(outside, pane):
    for report in REPORTS:
        await outside.control("POST", "/report", report)
    reading = await look(outside, f"/?pane={pane}&as=U0RITA")
    assert HOSTILE in said(reading)


async def test_half_a_character_spoils_no_pane(outside):
    for report in REPORTS:
        await outside.control("POST", "/report", {**report, "name": "\ud800", "text": "\ud800 alone"})
    for pane in PANES:
        assert "? alone" in said(await look(outside, f"/?pane={pane}&as=U0RITA"))


@pytest.mark.parametrize(
    "query", ["as=nobody", "in=C0NOTHING", "thread=1.2", "pane=x", "phone=1", "talk=9", "many=-3"]
)
async def test_an_address_that_leads_nowhere_leads_to_the_usual_place(outside, query):
    assert "#feedback-triage" in said(await look(outside, f"/?{query}"))


async def test_reporters_see_neither_the_triage_channel_nor_what_is_for_others_only(outside):
    await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="a card for agents")
    await slack(outside, "chat.postEphemeral", channel="C0SUPPORT", user="U0REX", text="only for Rex")
    assert "a card for agents" in said(await look(outside, "/?as=U0ANA"))
    rita = said(await look(outside, "/?as=U0RITA&in=C0TRIAGE"))
    assert "a card for agents" not in rita
    assert "# feedback-triage" not in rita
    assert "only for Rex" in said(await look(outside, "/?as=U0REX&in=C0SUPPORT"))
    assert "only for Rex" not in said(await look(outside, "/?as=U0RITA&in=C0SUPPORT"))


async def test_a_thread_stands_beside_its_channel(outside):
    first = await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="a card")
    await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="a draft", thread_ts=first["ts"])
    closed = said(await look(outside))
    assert "1 reply" in closed
    assert "a draft" not in closed
    assert "a draft" in said(await look(outside, f"/?thread={first['ts']}"))


async def test_a_permalink_leads_to_its_message(outside):
    posted = await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="a card")
    link = await slack(outside, "chat.getPermalink", channel="C0TRIAGE", message_ts=posted["ts"])
    async with outside.session.get(link["permalink"], allow_redirects=False) as answer:
        address, _, place = answer.headers["Location"].partition("#")
    assert place in (await look(outside, address)).ids


async def test_a_drawing_slack_refuses_is_shown_with_its_reason_until_it_was_read(outside):
    refused = await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="x", blocks=[{"type": "nonsense"}])
    assert refused["error"] == "invalid_blocks"
    shown = said(await look(outside))
    assert "Slack refused chat.postMessage: invalid_blocks" in shown
    assert "unsupported type: nonsense" in shown
    await outside.control("POST", "/slack/refused", {})
    assert "invalid_blocks" not in said(await look(outside))


async def test_the_log_is_newest_first_and_leaves_the_polls_out(outside):
    await outside.control("POST", "/report", REPORTS[1])
    await slack(outside, "chat.postMessage", channel="C0NOTHING", text="lost")
    await slack(outside, "users.info", user="U0ANA")
    shown = said(await look(outside, "/?pane=log"))
    assert shown.index("Hub → Slack") < shown.index("Intercom → Hub")
    assert "200 channel_not_found" in shown
    assert "X-Hub-Signature: sha1=" in shown
    assert "users.info" not in shown
    assert "users.info" in said(await look(outside, "/?pane=log&polls=1"))
    assert "Intercom → Hub" not in said(await look(outside, "/?pane=log&only=slack"))


async def test_the_same_request_again_and_again_is_one_line_in_the_log(outside):
    posted = await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="a card")
    for number in range(3):
        await slack(outside, "chat.update", channel="C0TRIAGE", ts=posted["ts"], text=f"a card {number}")
    await slack(outside, "chat.update", channel="C0TRIAGE", ts="1.2", text="another")
    _, page, _ = await outside.ask("GET", "/?pane=log")
    assert re.findall(r'aria-label="(\d) times the same"', page) == ["3"]
    shown = said(await look(outside, "/?pane=log"))
    assert shown.count("chat.update") == 4
    assert "message_not_found" in shown


@pytest.mark.parametrize(
    ("fault", "todo"),
    [
        ({"platform": "slack", "mode": "429"}, "Now report something on the phone, and look at What happened :"),
        ({"platform": "whatsapp", "mode": "duplicate"}, "Now write on the phone, and look at What happened :"),
        ({"platform": "openai", "mode": "drop"}, "OpenAI sends nothing by itself"),
    ],
)
async def test_a_fault_that_is_on_says_what_to_do_now(outside, fault, todo):
    await outside.control("POST", "/faults", fault)
    assert todo in said(await look(outside, "/?pane=controls"))


async def test_a_window_shows_what_was_typed_and_what_is_wrong_with_it(hub, outside):
    await outside.control("POST", "/slack/shortcut", {"user": "U0ANA", "callback_id": "any"})
    trigger = _payload(hub.received[-1].body)["trigger_id"]
    await slack(outside, "views.open", trigger_id=trigger, view=modal(entry("words")))
    assert "Save" in said(await look(outside, "/?as=U0ANA"))
    assert "Save" not in said(await look(outside, "/?as=U0BEN"))


def _payload(body: bytes) -> dict:
    from urllib.parse import parse_qs

    return json.loads(parse_qs(body.decode())["payload"][0])


async def test_news_is_told_as_it_happens(outside):
    async with aiohttp.ClientSession() as session, session.get(f"{outside.url}/events") as events:
        assert events.content_type == "text/event-stream"
        await events.content.readuntil(b"\n\n")
        await outside.control("POST", "/report", REPORTS[0])
        async with asyncio.timeout(10):
            assert b"event: news" in await events.content.readuntil(b"\n\n")


def test_a_link_keeps_the_look_and_changes_one_thing():
    look = Look({"as": "U0BEN", "in": "C1", "thread": "1.2", "unknown": "x"})
    assert look.link(thread=None) == "/?as=U0BEN&in=C1"
    assert look.link(as_="U0ANA", in_=None, thread=None) == "/?as=U0ANA"
    assert Look({}).link() == "/"


def test_the_screen_beside_slack_stays_while_one_works_in_slack():
    look = Look({"pane": "log"})
    assert look.link(in_="C1", pane="slack") == "/?in=C1&pane=slack&beside=log"
    assert Look({"in": "C1", "pane": "slack", "beside": "log"}).beside == "log"
    assert Look({"pane": "slack", "beside": "log"}).link(pane="notion") == "/?pane=notion"


ELEMENTS = {
    "button": button(
        "a", confirm={"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
    ),
    "overflow": {"options": options("one")},
    "static_select": {"options": options("one", "two"), "initial_option": options("one")[0]},
    "multi_static_select": {"option_groups": [{"label": plain("g"), "options": options("one")}]},
    "external_select": {"min_query_length": 0},
    "multi_external_select": {},
    "checkboxes": {"options": options("one", "two")},
    "radio_buttons": {"options": options("one", "two")},
    "number_input": {"is_decimal_allowed": False},
}
NOT_DRAWN = {
    *("workflow_button", "feedback_buttons", "icon_button", "image"),
    *(f"multi_{what}_select" for what in ("users", "conversations", "channels")),
}
"""What the hub does not use and the page therefore only names."""


@pytest.mark.parametrize("kind", sorted(set().union(*ALLOWED_IN.values()) - NOT_DRAWN))
async def test_every_element_is_drawn(outside, kind):
    element = {"type": kind, "action_id": "a"} | ELEMENTS.get(kind, {})
    block = actions(element) if kind in ALLOWED_IN["actions"] else entry("a", kind, element=element)
    view = modal(block) if kind != "datetimepicker" else modal(entry("a", kind))
    _, answer, _ = await outside.ask("POST", "/_control/drawing", {"view": view})
    assert answer == {"faults": []}
    assert "does not draw" not in said(await look(outside, "/drawing"))


DRAWN = {
    "actions": actions(button("a")),
    "context": {"type": "context", "elements": [plain("x"), {"type": "mrkdwn", "text": "*x*"}]},
    "divider": {"type": "divider"},
    "header": {"type": "header", "text": plain("x")},
    "image": {"type": "image", "image_url": "https://x.example/y.png", "alt_text": "a chart"},
    "input": entry("a"),
    "section": {"type": "section", "text": plain("x"), "fields": [plain("y")], "accessory": button("b")},
    "markdown": {"type": "markdown", "text": "# x"},
    "alert": {"type": "alert", "text": plain("x"), "level": "error"},
    "table": {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]},
    "data_table": {
        "type": "data_table",
        "caption": "x",
        "rows": [[{"type": "raw_text", "text": "x"}], [{"type": "raw_number", "value": 1, "text": "1"}]],
    },
    "container": {"type": "container", "title": plain("x"), "child_blocks": [{"type": "divider"}]},
    "data_visualization": {
        "type": "data_visualization",
        "title": "x",
        "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
    },
    "rich_text": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "user", "user_id": "U0ANA"}, {"type": "emoji", "name": "ticket"}],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [{"type": "rich_text_section", "elements": []}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "channel", "channel_id": "C0SUPPORT"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": HOSTILE}]},
        ],
    },
}


@pytest.mark.parametrize("kind", sorted(DRAWN))
async def test_every_block_the_hub_may_use_is_drawn(outside, kind):
    surface = next(name for name in ("message", "modal", "home") if kind in SURFACES[name])
    surface = "modal" if kind == "input" else surface
    assert block_faults([DRAWN[kind]], surface) == []
    body = {"view": modal(DRAWN[kind])} if surface == "modal" else {"surface": surface, "blocks": [DRAWN[kind]]}
    _, answer, _ = await outside.ask("POST", "/_control/drawing", body)
    assert answer == {"faults": []}
    assert "does not draw" not in said(await look(outside, "/drawing"))


async def test_blocks_that_are_alike_have_ids_of_their_own_also_inside_of_others(outside):
    blocks = [DRAWN[kind] for kind in ("divider", "container", "actions", "container", "actions", "divider")]
    _, answer, _ = await outside.ask("POST", "/_control/drawing", {"surface": "message", "blocks": blocks})
    assert answer == {"faults": []}
    drawn = await look(outside, "/drawing")
    assert len([each for each in drawn.ids if "divider" in each]) == 4


async def test_a_drawing_that_would_be_refused_is_told_so_instead(outside):
    drawing = {"surface": "home", "blocks": [DRAWN["data_visualization"]]}
    _, answer, _ = await outside.ask("POST", "/_control/drawing", drawing)
    assert answer["faults"]
    assert "Slack would refuse this" in said(await look(outside, "/drawing"))


async def test_a_home_is_drawn_over_its_whole_width_and_a_message_beside_its_authors_face(outside):
    for surface, beside_a_face in (("home", False), ("message", True)):
        await outside.ask("POST", "/_control/drawing", {"surface": surface, "blocks": [DRAWN["header"]]})
        _, page, _ = await outside.ask("GET", "/drawing")
        assert ('class="message"' in page) == beside_a_face


async def test_no_drawing_is_a_sentence(outside):
    status, answer, _ = await outside.ask("POST", "/_control/drawing", {"blocks": "no"})
    assert status == 400
    assert answer["error"].startswith('Give "blocks"')


async def test_a_tour_that_was_dismissed_stays_away(outside):
    _, page, _ = await outside.ask("GET", "/", Cookie="tour=off")
    assert "Take the tour" in page
    assert "1 of 8" not in page


async def test_a_theme_that_was_chosen_stays(outside):
    _, page, _ = await outside.ask("GET", "/", Cookie="theme=dark")
    assert '<html lang="en" data-theme="dark">' in page
    _, page, _ = await outside.ask("GET", "/", Cookie="theme=%22onload")
    assert '<html lang="en">' in page
