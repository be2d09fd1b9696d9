"""WhatsApp's answers, receipts and webhooks, held against what Meta's pages say."""

import hashlib
import hmac
import json
import time

import pytest

from sandbox.whatsapp import WhatsApp
from sandbox.world import World
from tests.sandbox.conftest import make_settings

KEY = {"Authorization": "Bearer whatsapp-token"}
PHONE_ID = "106540352242922"
SEND = f"/whatsapp/v25.0/{PHONE_ID}/messages"
ANA = "16505551234"
BSUID = "US.13491208655302741918"


def text(body="Hello", **more):
    message = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": ANA, "type": "text"}
    return {**message, "text": {"body": body, "preview_url": False}, **more}


def template(*parameters, name="issue_resolved", language="en_US", **more):
    values = [{"type": "text", "text": one} for one in parameters]
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": ANA,
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": language, "policy": "deterministic"},
            "components": [{"type": "body", "parameters": values}],
        },
        **more,
    }


async def report(outside, **more):
    answer = await outside.control("POST", "/report", {"channel": "whatsapp", "from": ANA, "text": "Hi", **more})
    assert answer["status"] == 200
    return answer["external_id"]


def value(delivery):
    payload = json.loads(delivery.body)
    assert payload["object"] == "whatsapp_business_account"
    (entry,) = payload["entry"]
    (change,) = entry["changes"]
    assert change["field"] == "messages"
    assert change["value"]["messaging_product"] == "whatsapp"
    assert change["value"]["metadata"] == {"display_phone_number": "15550783881", "phone_number_id": PHONE_ID}
    return change["value"]


def statuses(deliveries):
    return [one for delivery in deliveries for one in value(delivery).get("statuses", [])]


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}])
async def test_a_wrong_token_is_error_190(outside, header):
    status, answer, _ = await outside.ask("POST", SEND, text(), **header)
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (401, 190, "OAuthException")


async def test_a_foreign_phone_number_id_does_not_exist(outside):
    status, answer, _ = await outside.ask("POST", "/whatsapp/v25.0/999/messages", text(), **KEY)
    assert (status, answer["error"]["code"], answer["error"]["type"]) == (400, 100, "GraphMethodException")


async def test_a_text_message_arrives_as_in_metas_example(outside, hub):
    wamid = await report(outside, name="Sheena Nelson", text="Does it come in another color? ñ")
    delivery = hub.received[0]
    assert delivery.path == "/webhooks/whatsapp"
    assert value(delivery)["contacts"] == [{"profile": {"name": "Sheena Nelson"}, "wa_id": ANA}]
    (message,) = value(delivery)["messages"]
    assert abs(int(message.pop("timestamp")) - time.time()) < 5
    assert message == {"from": ANA, "id": wamid, "type": "text", "text": {"body": "Does it come in another color? ñ"}}
    assert wamid.startswith("wamid.")
    assert b"\\u00f1" in delivery.body
    expected = hmac.new(b"whatsapp-secret-of-the-test", delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature-256"] == f"sha256={expected}"


async def test_a_user_id_arrives_without_any_phone(outside, hub):
    wamid = await report(outside, **{"from": BSUID, "name": "Sheena", "username": "@sheena"})
    assert value(hub.received[0])["contacts"] == [
        {"profile": {"name": "Sheena", "username": "@sheena"}, "user_id": BSUID}
    ]
    (message,) = value(hub.received[0])["messages"]
    assert "from" not in message
    assert (message["from_user_id"], message["id"]) == (BSUID, wamid)


async def test_a_phone_may_come_with_its_user_id(outside, hub):
    await report(outside, user_id=BSUID)
    (message,) = value(hub.received[0])["messages"]
    assert (message["from"], message["from_user_id"]) == (ANA, BSUID)


async def test_a_quoted_message_is_the_context(outside, hub):
    first = await report(outside)
    _, sent, _ = await outside.ask("POST", SEND, text(), **KEY)
    await hub.until(4)
    await report(outside, thread=first)
    await report(outside, thread=sent["messages"][0]["id"])
    contexts = [value(one)["messages"][0]["context"] for one in hub.received[-2:]]
    assert contexts == [
        {"from": ANA, "id": first},
        {"from": "15550783881", "id": sent["messages"][0]["id"]},
    ]


async def test_a_session_text_is_accepted_and_its_receipts_follow_in_order(outside, hub):
    await report(outside)
    status, answer, _ = await outside.ask("POST", SEND, text(biz_opaque_callback_data="n-1"), **KEY)
    wamid = answer["messages"][0]["id"]
    assert status == 200
    assert answer == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": ANA, "wa_id": ANA}],
        "messages": [{"id": wamid}],
    }
    receipts = statuses((await hub.until(4))[1:])
    assert [one["status"] for one in receipts] == ["sent", "delivered", "read"]
    for one in receipts:
        assert (one["id"], one["recipient_id"], one["biz_opaque_callback_data"]) == (wamid, ANA, "n-1")
        assert one["timestamp"].isdigit()
    assert receipts[0]["pricing"]["category"] == "service"
    signed = hub.received[-1]
    expected = hmac.new(b"whatsapp-secret-of-the-test", signed.body, hashlib.sha256).hexdigest()
    assert signed.headers["x-hub-signature-256"] == f"sha256={expected}"
    (message,) = (await outside.control("GET", f"/whatsapp/messages?to={ANA}"))["data"]
    assert (message["text"], message["status"], message["type"]) == ("Hello", "read", "text")


async def test_people_who_are_watched_take_their_time(playing, hub):
    async with playing(intake_port=hub.port, unhurried=True) as outside:
        await report(outside)
        await outside.ask("POST", SEND, text(), **KEY)
        began = time.monotonic()
        passed = []
        for count in (2, 3, 4):
            await hub.until(count)
            passed.append(time.monotonic() - began)
    assert passed[1] - passed[0] > 0.5
    assert passed[2] - passed[1] > 1.5


async def test_a_receipt_that_is_not_taken_is_sent_again(outside, hub):
    await report(outside)
    await outside.control("POST", "/whatsapp", {"receipts": "sent"})
    hub.statuses = [503]
    await outside.ask("POST", SEND, text(), **KEY)
    first, second = statuses((await hub.until(3))[1:])
    assert first == second


async def test_receipts_can_be_switched_off(outside, hub):
    await report(outside)
    assert (await outside.control("POST", "/whatsapp", {"receipts": "none"}))["receipts"] == "none"
    await outside.ask("POST", SEND, text(), **KEY)
    (message,) = (await outside.control("GET", "/whatsapp/messages"))["data"]
    assert message["status"] == "accepted"
    assert len(hub.received) == 1


async def test_a_user_id_is_addressed_as_recipient(outside, hub):
    await report(outside, **{"from": BSUID})
    body = text(recipient=BSUID)
    del body["to"]
    status, answer, _ = await outside.ask("POST", SEND, body, **KEY)
    assert (status, answer["contacts"]) == (200, [{"input": BSUID, "user_id": BSUID}])
    receipts = statuses((await hub.until(4))[1:])
    assert [one["status"] for one in receipts] == ["sent", "delivered", "read"]
    assert all(one["recipient_user_id"] == BSUID and "recipient_id" not in one for one in receipts)


async def test_a_user_id_in_to_is_accepted_and_never_arrives(outside):
    await report(outside, **{"from": BSUID})
    assert (await outside.ask("POST", SEND, text(to=BSUID), **KEY))[0] == 200
    (message,) = (await outside.control("GET", "/whatsapp/messages"))["data"]
    assert message["status"] == "dropped"


async def test_with_both_the_phone_wins(outside):
    await report(outside)
    _, answer, _ = await outside.ask("POST", SEND, text(recipient=BSUID), **KEY)
    assert answer["contacts"] == [{"input": ANA, "wa_id": ANA}]


@pytest.mark.parametrize("how", ["a day passed", "written long ago", "never wrote"])
async def test_a_text_outside_the_window_fails_later_with_131047(outside, hub, how):
    if how != "never wrote":
        await report(outside, ago_seconds=86_401 if how == "written long ago" else 0)
    if how == "a day passed":
        await outside.control("POST", "/clock", {"advance_seconds": 86_400})
    before = len(hub.received)
    status, answer, _ = await outside.ask("POST", SEND, text(biz_opaque_callback_data="n-1"), **KEY)
    assert status == 200
    (receipt,) = statuses((await hub.until(before + 1))[before:])
    assert (receipt["id"], receipt["status"]) == (answer["messages"][0]["id"], "failed")
    assert receipt["biz_opaque_callback_data"] == "n-1"
    (why,) = receipt["errors"]
    assert (why["code"], why["title"]) == (131047, "Re-engagement message")
    assert "24 hours" in why["error_data"]["details"]


async def test_a_window_error_can_be_answered_at_once(outside, hub):
    await outside.control("POST", "/whatsapp", {"window_error": "sync"})
    status, answer, _ = await outside.ask("POST", SEND, text(), **KEY)
    assert (status, answer["error"]["code"]) == (400, 131047)
    assert answer["error"]["message"].startswith("(#131047)")
    assert answer["error"]["error_data"]["messaging_product"] == "whatsapp"
    assert (await outside.control("GET", "/whatsapp/messages"))["data"] == []


async def test_the_window_opens_again_when_the_person_writes(outside, hub):
    await report(outside, ago_seconds=90_000)
    await report(outside)
    await outside.ask("POST", SEND, text(), **KEY)
    assert [one["status"] for one in statuses((await hub.until(5))[2:])] == ["sent", "delivered", "read"]


async def test_the_template_goes_out_at_any_time(outside, hub):
    status, _, _ = await outside.ask("POST", SEND, template("The export works again."), **KEY)
    assert status == 200
    receipts = statuses(await hub.until(3))
    assert [one["status"] for one in receipts] == ["sent", "delivered", "read"]
    assert receipts[0]["pricing"]["category"] == "utility"
    (message,) = (await outside.control("GET", "/whatsapp/messages"))["data"]
    assert message["text"].endswith("The export works again.")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (template("x", name="other"), 404, 132001),
        (template("x", language="es"), 404, 132001),
        (template(), 400, 132000),
        (template("x", "y"), 400, 132000),
        (template("two\nlines"), 400, 132018),
        (template("a\ttab"), 400, 132018),
        (template("five     spaces"), 400, 132018),
        (template(""), 400, 131008),
        (template("x" * 1024), 400, 132005),
        (text(""), 400, 100),
        (text("x" * 4097), 400, 100),
        (text(5), 400, 100),
        (text(to=""), 400, 131008),
        (text(to="ana"), 400, 131009),
        (text(to="", recipient="16505551234"), 400, 131009),
        (text(messaging_product="sms"), 400, 100),
        (text(type="sticker"), 400, 100),
        (text(biz_opaque_callback_data="x" * 513), 400, 100),
        (b"{", 400, 100),
        (b"[]", 400, 100),
    ],
)
async def test_a_message_that_is_wrong_is_refused_with_its_code(outside, body, status, code):
    answered, answer, _ = await outside.ask("POST", SEND, body, **KEY)
    assert (answered, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"].startswith(f"(#{code})")
    assert (await outside.control("GET", "/whatsapp/messages"))["data"] == []


async def test_four_spaces_and_4096_characters_are_allowed(outside):
    assert (await outside.ask("POST", SEND, template("four    spaces"), **KEY))[0] == 200
    assert (await outside.ask("POST", SEND, text("x" * 4096), **KEY))[0] == 200


@pytest.mark.parametrize(("state", "code"), [("missing", 132001), ("paused", 132015), ("disabled", 132016)])
async def test_a_template_can_be_taken_away(outside, state, code):
    await outside.control("POST", "/whatsapp", {"template": state})
    _, answer, _ = await outside.ask("POST", SEND, template("x"), **KEY)
    assert answer["error"]["code"] == code


@pytest.mark.parametrize(
    "body", [{"receipts": "some"}, {"window_error": True}, {"colour": "red"}, [], {"template": ["x"]}]
)
async def test_a_switch_that_does_not_exist_is_refused(outside, body):
    assert await outside.refused("POST", "/whatsapp", body)


async def test_files_become_messages_with_media_that_can_be_fetched(outside, hub):
    files = [
        {"name": "screen.png", "content_type": "image/png", "content": "png"},
        {"name": "log.txt", "content_type": "text/plain", "content": "line"},
    ]
    external_id = await report(outside, text="See here", files=files)
    image, document = value(hub.received[0])["messages"]
    assert image["id"] == external_id
    assert (image["type"], image["image"]["caption"]) == ("image", "See here")
    assert (document["type"], document["document"]["filename"]) == ("document", "log.txt")
    assert "caption" not in document["document"]
    assert image["image"]["sha256"] == hashlib.sha256(b"png").hexdigest()
    path = f"/whatsapp/v25.0/{image['image']['id']}"
    _, media, _ = await outside.ask("GET", f"{path}?phone_number_id={PHONE_ID}", **KEY)
    assert (media["mime_type"], media["file_size"], media["id"]) == ("image/png", 3, image["image"]["id"])
    async with outside.session.get(media["url"], headers=KEY) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", b"png")
    async with outside.session.get(media["url"]) as answer:
        assert answer.status == 401


async def test_media_addresses_live_five_minutes_and_media_ids_seven_days(outside, hub):
    await report(outside, files=[{"name": "a", "content": "b"}])
    path = f"/whatsapp/v25.0/{value(hub.received[0])['messages'][0]['document']['id']}"
    _, media, _ = await outside.ask("GET", path, **KEY)
    await outside.control("POST", "/clock", {"advance_seconds": 301})
    async with outside.session.get(media["url"], headers=KEY) as answer:
        assert answer.status == 404
    assert (await outside.ask("GET", path, **KEY))[0] == 200
    await outside.control("POST", "/clock", {"advance_seconds": 7 * 86_400})
    assert (await outside.ask("GET", path, **KEY))[0] == 400


async def test_media_of_another_number_is_not_shown(outside, hub):
    await report(outside, files=[{"name": "a", "content": "b"}])
    media = value(hub.received[0])["messages"][0]["document"]["id"]
    assert (await outside.ask("GET", f"/whatsapp/v25.0/{media}?phone_number_id=1", **KEY))[0] == 400


async def test_an_edit_and_a_revoke_name_the_original(outside, hub):
    wamid = await report(outside)
    assert await report(outside, edit_of=wamid, text="Hi, better") == wamid
    answer = await outside.control("POST", "/report", {"channel": "whatsapp", "from": ANA, "delete_of": wamid})
    assert answer["external_id"] == wamid
    (edit,) = value(hub.received[1])["messages"]
    (revoke,) = value(hub.received[2])["messages"]
    assert edit["type"] == "edit"
    assert edit["edit"]["original_message_id"] == wamid
    assert edit["edit"]["message"]["text"] == {"body": "Hi, better"}
    assert (revoke["type"], revoke["revoke"]) == ("revoke", {"original_message_id": wamid})
    assert len({wamid, edit["id"], revoke["id"]}) == 3


async def test_receipts_can_be_sent_in_any_order_by_hand(outside, hub):
    await outside.control("POST", "/whatsapp", {"receipts": "none"})
    await report(outside)
    _, answer, _ = await outside.ask("POST", SEND, text(), **KEY)
    for status in ("read", "sent"):
        body = {"id": answer["messages"][0]["id"], "status": status}
        assert await outside.control("POST", "/whatsapp/status", body) == {"status": 200}
    failed = {"id": answer["messages"][0]["id"], "status": "failed", "code": 131049}
    await outside.control("POST", "/whatsapp/status", failed)
    receipts = statuses(hub.received[1:])
    assert [one["status"] for one in receipts] == ["read", "sent", "failed"]
    assert receipts[-1]["errors"][0]["code"] == 131049
    assert "status" in await outside.refused("POST", "/whatsapp/status", {**failed, "status": "eaten"})
    assert "id" in await outside.refused("POST", "/whatsapp/status", {"id": "x", "status": "read"})


async def test_the_handshake_sends_the_verify_token(outside, hub):
    assert (await outside.control("POST", "/whatsapp/verify", {}))["verified"] is True
    assert hub.received[0].query["hub.mode"] == "subscribe"
    assert (await outside.control("POST", "/whatsapp/verify", {"token": "wrong"}))["verified"] is False


async def conversation(outside, who=ANA):
    return await outside.control("GET", f"/whatsapp/conversation?with={who}")


async def told(outside, **more):
    """The id of a text of ours."""
    status, answer, _ = await outside.ask("POST", SEND, text(**more), **KEY)
    assert status == 200
    return answer["messages"][0]["id"]


@pytest.fixture
def start(playing, hub, tmp_path):
    """A sandbox on the same home every time."""
    return lambda: playing(hub_home=tmp_path, intake_port=hub.port, bot_port=hub.port)


async def test_a_conversation_shows_both_directions_oldest_first(outside, hub):
    first = await report(outside, text="It crashes", ago_seconds=60)
    answer = await told(outside, body="Since when?", context={"message_id": first})
    await hub.until(4)
    second = await report(outside, text="Since noon", thread=answer)
    await outside.ask("POST", SEND, template("The export works again."), **KEY)
    await hub.until(8)
    earlier = await report(outside, text="Hello?", ago_seconds=120)
    await report(outside, **{"from": "34600111222"}, text="Somebody else")
    lines = (await conversation(outside))["data"]
    assert [one["id"] for one in lines[:4]] == [earlier, first, answer, second]
    assert [one["mine"] for one in lines] == [True, True, False, True, False]
    assert [one["kind"] for one in lines] == ["text", "text", "text", "text", "template"]
    assert [one["quoted"] for one in lines] == [None, None, first, answer, None]
    assert [one["status"] for one in lines] == [None, None, "read", None, "read"]
    assert [one["text"] for one in lines[:4]] == ["Hello?", "It crashes", "Since when?", "Since noon"]
    assert [one["at"] for one in lines] == sorted(one["at"] for one in lines)


async def test_one_person_has_one_conversation_by_phone_and_by_user_id(outside):
    await report(outside, user_id=BSUID)
    sent = [await told(outside), await told(outside, to="", recipient=BSUID), await told(outside, to=BSUID)]
    by_phone, by_id = await conversation(outside, "%2B1 650-555-1234"), await conversation(outside, BSUID)
    assert by_phone["data"] == by_id["data"]
    assert [one["id"] for one in by_phone["data"][1:]] == sent
    assert by_phone["data"][-1]["status"] == "dropped"


async def test_files_are_shown_with_the_names_they_were_sent_with(outside):
    files = [
        {"name": "screen.png", "content_type": "image/png", "content": "png"},
        {"name": "noise.ogg", "content_type": "audio/ogg", "size": 7},
        {"name": "log.txt", "content_type": "text/plain", "content": "line"},
    ]
    external_id = await report(outside, text="See here", files=files)
    lines = (await conversation(outside))["data"]
    assert lines[0]["id"] == external_id
    assert [(one["kind"], one["text"]) for one in lines] == [("image", "See here"), ("audio", ""), ("document", "")]
    assert [one["file"] for one in lines] == [
        {"name": "screen.png", "content_type": "image/png", "size": 3},
        {"name": "noise.ogg", "content_type": "audio/ogg", "size": 7},
        {"name": "log.txt", "content_type": "text/plain", "size": 4},
    ]


async def test_an_edited_message_shows_its_new_words_and_a_deleted_one_that_it_is(outside):
    first, second = await report(outside, text="Helo"), await report(outside, text="Secret")
    await report(outside, edit_of=first, text="Hello")
    await report(outside, delete_of=second, text="")
    hello, secret = (await conversation(outside))["data"]
    assert (hello["id"], hello["text"], hello["edited"], hello["deleted"]) == (first, "Hello", True, False)
    assert (secret["id"], secret["edited"], secret["deleted"]) == (second, False, True)


async def test_nobody_changes_what_somebody_else_wrote(outside):
    wamid = await report(outside, text="Mine")
    for change in ({"edit_of": wamid, "text": "Yours"}, {"delete_of": wamid}, {"edit_of": "wamid.none"}):
        await report(outside, **{"from": "34600111222", **change})
    (line,) = (await conversation(outside))["data"]
    assert (line["text"], line["edited"], line["deleted"]) == ("Mine", False, False)
    assert (await conversation(outside, "34600111222"))["data"] == []


async def test_the_window_runs_out_by_the_sandboxs_clock(outside):
    await report(outside, ago_seconds=3600)
    assert 82_700 < (await conversation(outside))["window_left_seconds"] <= 82_800
    await outside.control("POST", "/clock", {"advance_seconds": 80_000})
    assert 2_700 < (await conversation(outside))["window_left_seconds"] <= 2_800
    await outside.control("POST", "/clock", {"advance_seconds": 2_800})
    assert (await conversation(outside))["window_left_seconds"] is None
    await report(outside)
    assert (await conversation(outside))["window_left_seconds"] > 86_300


async def test_a_conversation_with_nobody_is_refused(outside):
    await told(outside)
    assert "34600111222" in await outside.refused("GET", "/whatsapp/conversation?with=34600111222")
    assert "with" in await outside.refused("GET", "/whatsapp/conversation")


async def test_a_conversation_survives_a_restart(start, hub):
    async with start() as outside:
        picture = {"name": "screen.png", "content_type": "image/png", "content": "png"}
        first = await report(outside, text="Helo", files=[picture], user_id=BSUID)
        deleted = await report(outside, text="Secret", thread=first)
        await report(outside, edit_of=first, text="Hello")
        await report(outside, delete_of=deleted, text="")
        await told(outside)
        await hub.until(7)
        before = (await conversation(outside))["data"]
    async with start() as outside:
        assert (await conversation(outside, BSUID))["data"] == before
        await report(outside, edit_of=first, text="Hello!")
        assert (await conversation(outside))["data"][0]["text"] == "Hello!"
    assert len(before) == 3


async def test_a_state_from_before_what_people_wrote_was_kept_is_still_read(start, tmp_path):
    file = tmp_path / "sandbox" / "state.json"
    async with start() as outside:
        await report(outside, text="Forgotten")
        answer = await told(outside)
    saved = json.loads(file.read_text())
    assert saved["state"]["whatsapp"].pop("incoming")
    file.write_text(json.dumps(saved))
    async with start() as outside:
        again = await report(outside, text="Kept")
        shown = await conversation(outside)
        assert [one["id"] for one in shown["data"]] == [answer, again]
    assert list(tmp_path.iterdir()) == [tmp_path / "sandbox"]


async def test_contacts_are_everybody_once_who_wrote_last_first(start, tmp_path):
    async with start() as outside:
        await report(outside, name="Ana", user_id=BSUID)
        await report(outside, **{"from": "34600111222"}, name="Wim", ago_seconds=60)
        await report(outside, **{"from": "447700900123"}, name="Zoe", edit_of="wamid.lost", text="!")
        await report(outside, **{"from": "34600333444"}, name="Lea")
        await report(outside, **{"from": BSUID})
    whatsapp = WhatsApp(World(make_settings()))
    whatsapp.restore(json.loads((tmp_path / "sandbox" / "state.json").read_text())["state"]["whatsapp"])
    contacts = whatsapp.contacts()
    assert [person.name for person in contacts] == ["Ana", "Lea", "Wim", "Zoe"]
    assert [len(whatsapp.conversation(person)) for person in contacts] == [2, 1, 1, 0]
    assert [whatsapp.window_left(person) is None for person in contacts] == [False, False, False, True]
