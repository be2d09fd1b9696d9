"""What comes to the doors: the same delivery five times, forged ones, broken ones, ones nobody understands."""

import asyncio
import hashlib
import hmac
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest

from tests.stories.processes import SECRETS, Story, call

pytestmark = pytest.mark.story
NUMBER = "106540352242922"


def sha256(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def slack(
    payload: Any, *, at: float | None = None, secret: str = SECRETS["SLACK_SIGNING_SECRET"]
) -> tuple[bytes, dict]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    stamp = str(int(at or time.time()))
    signature = "v0=" + sha256(b"v0:" + stamp.encode() + b":" + body, secret)
    return body, {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": stamp}


def intercom(payload: Any, *, secret: str = SECRETS["INTERCOM_WEBHOOK_SECRET"]) -> tuple[bytes, dict]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return body, {"X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}


def whatsapp(payload: Any, *, secret: str = SECRETS["WHATSAPP_WEBHOOK_SECRET"]) -> tuple[bytes, dict]:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return body, {"X-Hub-Signature-256": "sha256=" + sha256(body, secret)}


def slack_message(ts: str) -> dict[str, Any]:
    event = {"type": "message", "channel_type": "im", "channel": "D1", "user": "U9", "text": "It hangs", "ts": ts}
    return {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{ts}", "event": event}


def intercom_conversation(number: str, app: str = "sandboxapp") -> dict[str, Any]:
    author = {"type": "user", "id": "c1", "name": "Ivy", "email": "ivy@example.com"}
    item = {
        "type": "conversation",
        "id": number,
        "created_at": int(time.time()),
        "source": {"type": "conversation", "id": "1", "body": "<p>It hangs</p>", "author": author, "attachments": []},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "c1"}]},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": []},
    }
    return {
        "type": "notification_event",
        "app_id": app,
        "id": f"notif_{number}",
        "topic": "conversation.user.created",
        "data": {"type": "notification_event_data", "item": item},
    }


def whatsapp_messages(*wamids: str, number: str = NUMBER) -> dict[str, Any]:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Wim"}, "wa_id": "34600111222"}],
        "messages": [
            {
                "from": "34600111222",
                "id": wamid,
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": wamid},
            }
            for wamid in wamids
        ],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
    }


def post(story: Story, channel: str, signed: tuple[bytes, dict[str, str]], **headers: str) -> tuple[int, Any]:
    body, given = signed
    address = f"{story.bot}/slack/events" if channel == "bot" else f"{story.intake}/webhooks/{channel}"
    return call("POST", address, body, given | headers)


def deliveries(story: Story) -> int:
    return int(story.ask("SELECT count(*) FROM webhook_deliveries")[0][0])


def test_each_delivery_sent_five_times_at_once_makes_one_ticket(story: Story):
    kinds: list[tuple[str, Any]] = [("bot", slack(slack_message(f"17000000{n}.000100"))) for n in range(4)]
    kinds += [("intercom", intercom(intercom_conversation(str(n)))) for n in range(4)]
    kinds += [("whatsapp", whatsapp(whatsapp_messages(f"wamid.{n}-a", f"wamid.{n}-b"))) for n in range(4)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda kind: post(story, *kind)[0], kinds * 5))
    assert answers == [200] * 60
    rows = story.tickets()
    assert sorted(row["channel"] for row in rows) == ["intercom"] * 4 + ["slack"] * 4 + ["whatsapp"]
    burst = next(row for row in rows if row["channel"] == "whatsapp")
    sources = story.api("GET", f"tickets/{burst['id']}")[1]["data"]["sources"]
    assert len({source["external_id"] for source in sources}) == 8, "one person's burst is one ticket, none lost"


def test_what_is_no_delivery_is_refused_and_leaves_nothing(story: Story):
    good = whatsapp_messages("wamid.refused")
    body, given = whatsapp(good)
    bad = {
        "forged": (post(story, "whatsapp", whatsapp(good, secret="not the secret")), 401),
        "unsigned": (post(story, "whatsapp", (body, {})), 401),
        "upper case": (post(story, "whatsapp", (body, {k: v.upper() for k, v in given.items()})), 401),
        "signed for another body": (post(story, "whatsapp", (body + b" ", given)), 401),
        "sha1 for sha256": (post(story, "whatsapp", (body, {"X-Hub-Signature-256": "sha1=" + "0" * 40})), 401),
        "stale": (post(story, "slack", slack(slack_message("1.1"), at=time.time() - 301)), 401),
        "from the future": (post(story, "slack", slack(slack_message("1.1"), at=time.time() + 301)), 401),
        "stale event": (post(story, "bot", slack(slack_message("1.1"), at=time.time() - 301)), 401),
        "forged event": (post(story, "bot", slack(slack_message("1.1"), secret="no")), 401),
        "sha256 for intercom": (post(story, "intercom", (b"{}", {"X-Hub-Signature": "sha256=" + "0" * 64})), 401),
        "broken": (post(story, "whatsapp", whatsapp(b'{"object": ')), 400),
        "broken event": (post(story, "bot", slack(b"\xff\xfe not json")), 400),
        "deep": (post(story, "intercom", intercom(b"[" * 100_000)), 400),
        "not a number": (post(story, "intercom", intercom(b'{"a": NaN}')), 400),
        "wrong type": (post(story, "intercom", intercom(b"a=b"), **{"Content-Type": "text/xml"}), 400),
        "oversized": (post(story, "intercom", intercom(b" " * (1024 * 1024 + 1))), 413),
        "oversized for WhatsApp": (post(story, "whatsapp", whatsapp(b" " * (3 * 1024 * 1024 + 1))), 413),
        "compressed": (post(story, "whatsapp", (body, given), **{"Content-Encoding": "gzip"}), 415),
        "unknown channel": (post(story, "telegram", (body, given)), 404),
    }
    for name, ((status, answer), expected) in bad.items():
        assert status == expected, (name, answer)
        assert answer["error"]["code"], name
    assert story.tickets() == []
    assert deliveries(story) == 0


def test_a_signature_sent_twice_is_refused(story: Story):
    body, given = whatsapp(whatsapp_messages("wamid.twice"))
    lines = [
        f"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    ]
    lines += [f"X-Hub-Signature-256: {given['X-Hub-Signature-256']}"] * 2
    with socket.create_connection(("127.0.0.1", story.ports["INTAKE_PORT"])) as raw:
        raw.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        assert b" 401 " in raw.recv(4096).split(b"\r\n")[0]
    assert deliveries(story) == 0


def test_a_channel_without_its_secret_is_off(start):
    story = start(WHATSAPP_WEBHOOK_SECRET="   ", INTERCOM_WEBHOOK_SECRET="")
    for channel, signed in (
        ("whatsapp", whatsapp(whatsapp_messages("w"), secret="")),
        ("intercom", intercom({}, secret="")),
    ):
        status, answer = post(story, channel, signed)
        assert (status, answer["error"]["code"]) == (503, "channel_off")
    checks = call("GET", f"{story.intake}/ready")[1]["checks"]["channels"]
    assert checks["slack"] == "on"
    assert "WHATSAPP_WEBHOOK_SECRET" in checks["whatsapp"]
    story.until(lambda: "WhatsApp is off: set WHATSAPP_WEBHOOK_SECRET" in story.last_words("worker"))
    assert deliveries(story) == 0


def test_what_nobody_understands_is_kept_listed_and_read_again_later(start):
    story = start(INTERCOM_APP_ID="another")
    status, _ = post(story, "intercom", intercom(intercom_conversation("77")))
    assert status == 200
    assert story.tickets() == []
    listing = story.run("intake", "dead-letters")
    assert "Unreadable" in listing
    assert "delivery:" in listing
    story.environment["INTERCOM_APP_ID"] = "sandboxapp"
    story.kill("worker")
    story.start("worker")
    assert "1 delivery is read again" in story.run("intake", "replay")
    assert story.until(story.tickets)[0]["channel"] == "intercom"
    story.until(lambda: not unresolved(story))
    assert "no dead letters" in story.run("intake", "dead-letters")
    story.run("intake", "replay")
    assert len(story.tickets()) == 1


def test_a_delivery_that_stays_unreadable_stays_listed(story: Story):
    post(story, "intercom", intercom(intercom_conversation("78", app="another")))
    letter = story.run("intake", "dead-letters").split()[0]
    story.run("intake", "dead-letters", "--retry", letter)
    story.until(lambda: (now := unresolved(story)) and letter not in now)
    assert "Unreadable" in story.run("intake", "dead-letters")


def unresolved(story: Story) -> list[str]:
    return [row["id"] for row in story.api("GET", "dead_letter_jobs?status=unresolved")[1]["data"]]


def test_without_a_model_everything_else_works_and_the_card_says_why(start):
    story = start(OPENAI_API_KEY="")
    story.report("whatsapp", "34600000010", "The app is grey", name="Ada")
    card = story.until(lambda: story.card(1))
    assert "OPENAI_API_KEY" in str(card["blocks"])
    assert "Run AI triage" not in str(card["blocks"])
    ticket = story.tickets()[0]
    status, answer = story.api("POST", f"tickets/{ticket['id']}/triage")
    assert (status, "OPENAI_API_KEY" in answer["error"]["message"]) == (503, True)
    story.click(card, "Take")
    story.click(story.card(1), "ticket.status", value="resolved")
    writing = story.modal(story.click(story.card_with(1, "Write it myself"), "Write it myself"))
    text = "**What happened:**\nGrey.\n\n**How we fixed it:**\nPainted.\n\n**Going forward:**\nColour."
    story.submit(writing, {"changelog.content": text})
    story.submit(story.modal(story.click(story.draft_of(1), "Approve & send")))
    story.until(lambda: "notification_sent" in story.events(ticket["id"]))
    assert ticket["enrichment_status"] == "pending"
    assert story.sent("openai") == []


def test_a_model_that_says_429_is_left_alone_while_it_cools_down(own_story: Story):
    story = own_story  # its worker leaves the model alone for a minute
    for number in (1, 2):
        story.report("whatsapp", f"3460000002{number}", f"The app is red {number}", name="Bo")
        story.until(lambda number=number: story.card(number))
    story.faults("openai", "429", retry_after=60, times=1)
    story.click(story.card_with(1, "Run AI triage"), "Run AI triage")
    story.until(lambda: len(story.sent("openai", "chat")) == 1)
    story.click(story.card_with(2, "Run AI triage"), "Run AI triage")
    story.until(lambda: all("OpenAI" in str(story.card(number)["blocks"]) for number in (1, 2)))
    time.sleep(2)
    assert len(story.sent("openai", "chat")) == 1
    assert {row["enrichment_status"] for row in story.tickets()} == {"pending"}


def test_what_slack_tells_us_of_our_own_messages_is_not_kept(story: Story):
    posted = slack_message("17000009.000100")
    posted["api_app_id"] = posted["event"]["app_id"] = "A0HUB"
    posted["event"] |= {"channel": "C0TRIAGE", "channel_type": "channel", "bot_id": "B0HUB"}
    changed = slack_message("17000009.000200")
    changed["api_app_id"] = "A0HUB"
    changed["event"] |= {
        "subtype": "message_changed",
        "message": posted["event"],
        "previous_message": posted["event"],
    }
    answers = [post(story, "bot", slack(each)) for each in (posted, changed)]
    assert [status for status, _ in answers] == [200, 200]
    assert deliveries(story) == 0
    assert post(story, "bot", slack(slack_message("17000009.000300")))[0] == 200
    assert deliveries(story) == 1


def test_what_was_pressed_is_done_before_the_bot_ends(own_story: Story):
    story = own_story
    story.report("whatsapp", "34600000031", "The app is green", name="Dee")
    card = story.card_with(1, "Take")
    (ticket,) = story.tickets()

    async def press_while_nobody_can_write() -> int:
        connection = await asyncpg.connect(story.database_url)
        async with connection.transaction():
            await connection.execute("SELECT FROM tickets FOR UPDATE")
            answer = await asyncio.to_thread(story.click, card, "Take")
            story.running["bot"].terminate()
            await asyncio.sleep(1)
        await connection.close()
        return int(answer["status"])

    assert asyncio.run(press_while_nobody_can_write()) == 200
    assert story.running["bot"].wait(timeout=60) == 0
    story.start("bot")
    assert story.api("GET", f"tickets/{ticket['id']}")[1]["data"]["assignee_id"]


def test_nobody_but_an_agent_presses_a_button(story: Story):
    story.report("whatsapp", "34600000030", "The app is blue", name="Cy")
    story.until(lambda: story.card(1))
    ticket = story.tickets()[0]
    press = {
        "type": "block_actions",
        "team": {"id": "T0SANDBOX"},
        "user": {"id": "U0RITA"},
        "trigger_id": "made.up",
        "channel": {"id": "C0TRIAGE"},
        "actions": [{"type": "button", "action_id": "ticket.take", "block_id": "b", "value": ticket["id"]}],
    }
    body, given = slack(urlencode({"payload": json.dumps(press)}).encode())
    given["Content-Type"] = "application/x-www-form-urlencoded"
    assert call("POST", f"{story.bot}/slack/events", body, given)[0] == 200
    refusal = story.until(lambda: story.sent("slack", "views.open"))[0]
    assert "Only support agents" in str(refusal["body"])
    assert story.tickets()[0]["assignee_id"] is None


def test_the_api_lets_nobody_in_without_the_key(story: Story):
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic x"},
        {"Authorization": "Bearer "},
    ):
        assert call("GET", f"{story.intake}/api/tickets", None, headers)[0] == 401


def test_the_handshake_of_whatsapp(story: Story):
    def ask(token: str) -> tuple[int, Any]:
        query = f"hub.mode=subscribe&hub.challenge=123456&hub.verify_token={token}"
        return call("GET", f"{story.intake}/webhooks/whatsapp?{query}")

    assert ask(SECRETS["WHATSAPP_VERIFY_TOKEN"]) == (200, 123456)
    assert ask("wrong")[0] == 403
    assert call("HEAD", f"{story.intake}/webhooks/intercom")[0] == 200
