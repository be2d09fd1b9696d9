"""The guided tour: it follows one ticket, says what is to be done now, and points at nothing else."""

import asyncio
import re
from html import unescape
from urllib.parse import parse_qs

import pytest

from tests.sandbox.slack_played import actions, button, modal, plain

TOKEN = {"Authorization": "Bearer xoxb-test"}
RITA = {"channel": "whatsapp", "from": "15550100000", "name": "Rita Rossi", "text": "The app crashes"}
PHONE_ID = "106540352242922"
TAKE, RUN = button("t", "Take", value="ticket-1"), button("r", "Run AI triage", value="ticket-1")
ACCEPT, GENERATE = button("a", "Accept", value="ticket-1"), button("w", "Write it myself", value="ticket-1")
APPROVE = button("s", "Approve & send", value="entry-1")


async def slack(outside, method, **arguments):
    _, answer, _ = await outside.ask("POST", f"/slack/api/{method}", arguments, **TOKEN)
    assert answer["ok"], answer
    return answer


async def post(outside, *buttons, **more):
    posted = await slack(
        outside, "chat.postMessage", channel="C0TRIAGE", text="x", blocks=[actions(*buttons)], **more
    )
    return posted["ts"]


async def redraw(outside, ts, *buttons):
    await slack(outside, "chat.update", channel="C0TRIAGE", ts=ts, text="x", blocks=[actions(*buttons)])


async def click(outside, ts, action):
    place = {"user": "U0ANA", "channel": "C0TRIAGE", "ts": ts}
    return await outside.control("POST", "/slack/click", place | {"action_id": action})


async def page(outside, address="/", **headers):
    status, shown, _ = await outside.ask("GET", address, **headers)
    assert status == 200
    return shown


async def said(outside):
    """What the tour says."""
    shown = (await page(outside)).split('id="tour"')[1].partition("</section>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", shown)))


async def marked(outside):
    """The ids of the messages in which the tour points at something."""
    return re.findall(r'<article class="message[^"]*" id="([^"]+)"[^>]* data-tour>', await page(outside))


def anchor(ts):
    return f"m-C0TRIAGE-{ts}".replace(".", "-")


@pytest.fixture
async def card(outside):
    return await post(outside, TAKE, RUN)


async def test_only_the_ticket_the_tour_began_with_counts_and_is_pointed_at(outside, card):
    other = await post(outside, TAKE, RUN)
    await click(outside, other, "t")
    assert "2 of 8" in await said(outside)
    assert await marked(outside) == [anchor(card)]
    await click(outside, card, "t")
    assert "3 of 8" in await said(outside)


async def test_the_decision_is_asked_for_once_there_is_something_to_decide(outside, card):
    await click(outside, card, "t")
    await click(outside, card, "r")
    await redraw(outside, card, TAKE)
    assert "3 of 8" in await said(outside)
    await redraw(outside, card, TAKE, ACCEPT)
    assert "4 of 8 · A person decides" in await said(outside)


async def test_whoever_goes_ahead_is_not_asked_for_what_is_past(outside, card):
    await redraw(outside, card, TAKE, RUN, GENERATE)
    assert "6 of 8 · An answer is drafted" in await said(outside)


async def approve(outside, hub, *, entry="entry-1", answer=None):
    """Somebody confirms in a window that is about that draft, to which the hub says so."""
    view_id = await question(outside, hub, entry)
    hub.answers += [answer] if answer else []
    await confirm(outside, view_id)


async def question(outside, hub, entry):
    """The window that asks whether a draft is to be sent."""
    await outside.control("POST", "/slack/shortcut", {"user": "U0ANA", "callback_id": "any"})
    pressed = next(each for each in reversed(hub.received) if each.body.startswith(b"payload="))
    payload = parse_qs(pressed.body.decode())["payload"][0]
    trigger = re.search(r'"trigger_id": ?"([^"]+)"', payload)[1]
    view = modal(title=plain("Approve & send"), private_metadata=f'{{"entry_id": "{entry}"}}')
    return (await slack(outside, "views.open", trigger_id=trigger, view=view))["view"]["id"]


async def confirm(outside, view_id):
    await outside.control("POST", "/slack/submit", {"user": "U0ANA", "view_id": view_id})


async def send(outside):
    body = {"messaging_product": "whatsapp", "to": RITA["from"], "type": "text", "text": {"body": "It is fixed"}}
    path = f"/whatsapp/v25.0/{PHONE_ID}/messages"
    status, answer, _ = await outside.ask("POST", path, body, Authorization="Bearer whatsapp-token")
    assert status == 200, answer


async def test_the_tour_ends_by_pointing_at_what_the_customer_saw(outside, hub, card):
    await outside.control("POST", "/report", RITA)
    await send(outside)  # a receipt that the report has come in, say: nothing was approved yet
    await redraw(outside, card, GENERATE)
    await post(outside, APPROVE, thread_ts=card)
    assert "7 of 8" in await said(outside)
    await approve(outside, hub, entry="of another ticket")
    assert "7 of 8" in await said(outside)
    await approve(outside, hub)
    assert "8 of 8 · The customer is told. The answer is on its way" in await said(outside)
    await send(outside)
    for _ in range(2):  # it stays
        assert "That was the whole way: the answer is on the phone" in await said(outside)
    link = unescape(re.search(r'id="tour-on" href="([^"]+)"', await page(outside))[1])
    address, _, place = link.partition("#")
    assert f"phone={RITA['from']}" in address
    shown = await page(outside, address)
    (bubble,) = re.findall(r'id="([^"]+)" data-told', shown)
    assert bubble == place


async def test_what_is_approved_counts_though_its_button_is_gone_when_somebody_looks(outside, hub, card):
    await redraw(outside, card, GENERATE)
    draft = await post(outside, APPROVE, thread_ts=card)
    assert "7 of 8" in await said(outside)
    await approve(outside, hub)
    await redraw(outside, draft, TAKE)
    assert "8 of 8" in await said(outside)


async def to_be_approved(outside, card):
    await redraw(outside, card, GENERATE)
    await post(outside, APPROVE, thread_ts=card)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"response_action": "errors", "errors": {"b": "Write something."}}, "Write something."),
        (
            {
                "response_action": "update",
                "view": modal(blocks=[{"type": "section", "text": plain("Told already.")}]),
            },
            "Told already.",
        ),
        ({"response_action": "update", "view": modal(title=plain("Approve & send"))}, "has changed meanwhile"),
    ],
)
async def test_what_the_hub_refuses_to_send_is_said_and_nobody_counts_as_told(outside, hub, card, answer, why):
    await to_be_approved(outside, card)
    await approve(outside, hub, answer=answer)
    told = await said(outside)
    assert "7 of 8 · A person approves it" in told
    assert why in told
    assert "Nothing was sent. Put that right" in told
    await approve(outside, hub)
    assert "8 of 8 · The customer is told. The answer is on its way" in await said(outside)


async def test_what_the_hub_has_not_answered_yet_is_waited_for(outside, hub, card):
    await to_be_approved(outside, card)
    view_id = await question(outside, hub, "entry-1")
    hub.gate = asyncio.Event()
    confirming = asyncio.create_task(confirm(outside, view_id))
    await hub.until(len(hub.received) + 1)
    assert "7 of 8" in await said(outside)
    hub.gate.set()
    await confirming
    assert "8 of 8" in await said(outside)


async def reply(outside):
    """The answer goes into the conversation Ivy began in the messenger."""
    began = {"channel": "intercom", "from": "ivy", "name": "Ivy", "text": "I was charged twice"}
    talk = (await outside.control("POST", "/report", began))["external_id"].split(":")[1]
    said = {"message_type": "comment", "type": "admin", "admin_id": "814860", "body": "It is fixed"}
    path = f"/intercom/conversations/{talk}/reply"
    status, answer, _ = await outside.ask("POST", path, said, Authorization="Bearer intercom-token")
    assert status == 200, answer


async def write_to_rita(outside):
    opened = await slack(outside, "conversations.open", users="U0RITA")
    await slack(outside, "chat.postMessage", channel=opened["channel"]["id"], text="It is fixed")


async def write_into_the_thread(outside):
    first = await slack(outside, "chat.postMessage", channel="C0SUPPORT", text="a report")
    await slack(outside, "chat.postMessage", channel="C0SUPPORT", text="It is fixed", thread_ts=first["ts"])


@pytest.mark.parametrize(
    ("tell", "where"),
    [(reply, "in the messenger"), (write_to_rita, "in Slack"), (write_into_the_thread, "in Slack")],
)
async def test_the_answer_is_shown_on_whatever_channel_it_went(outside, hub, card, tell, where):
    await redraw(outside, card, GENERATE)
    await post(outside, APPROVE, thread_ts=card)
    await approve(outside, hub)
    await tell(outside)
    assert f"the answer is {where}" in await said(outside)
    link = unescape(re.search(r'id="tour-on" href="([^"]+)"', await page(outside))[1])
    address, _, place = link.partition("#")
    assert re.search(rf'id="{place}"[^>]* data-told', await page(outside, address))


async def test_the_screen_of_the_answer_is_pointed_at_until_somebody_was_there(outside, hub, card):
    await outside.control("POST", "/report", RITA)
    await redraw(outside, card, GENERATE)
    await post(outside, APPROVE, thread_ts=card)
    await page(outside, "/?pane=notion")
    await approve(outside, hub)
    await send(outside)
    assert 'class="pane-whatsapp ring"' in await page(outside, "/?pane=notion")
    await page(outside, "/?pane=whatsapp")
    assert 'class="pane-whatsapp ring"' not in await page(outside, "/?pane=notion")


def words(shown):
    """What stands in the box on the phone."""
    return re.search(r'<textarea id="wa-words"[^>]*>\n?([^<]*)</textarea>', shown)[1]


async def test_once_more_begins_with_other_words(outside, card):
    await outside.control("POST", "/report", RITA)
    assert words(await page(outside)) == ""
    await outside.control("POST", "/tour", {})
    again = await page(outside)
    assert "1 of 8" in again
    assert words(again) not in ("", "The app crashes when I pay")
    assert words(await page(outside, Cookie="tour=off")) == ""


async def test_when_everything_is_emptied_the_tour_begins_anew(outside, card):
    await click(outside, card, "t")
    assert "3 of 8" in await said(outside)
    await outside.control("POST", "/reset", {})
    assert "1 of 8" in await said(outside)


async def test_who_skipped_the_tour_is_pointed_at_nothing(outside, card):
    assert "data-tour" in await page(outside)
    skipped = await page(outside, Cookie="tour=off")
    assert "data-tour" not in skipped
    assert not re.search(r'class="pane-[^"]* ring"', skipped)


@pytest.mark.parametrize("label", ["Accept", "Reject"])
async def test_any_decision_leads_on(outside, card, label):
    await redraw(outside, card, TAKE, ACCEPT, button("no", "Reject", value="ticket-1"))
    await click(outside, card, {"Accept": "a", "Reject": "no"}[label])
    assert "5 of 8 · An engineer fixes it" in await said(outside)
