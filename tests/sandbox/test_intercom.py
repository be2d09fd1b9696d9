"""Intercom's answers and webhooks, held against what its reference and recorded webhooks say."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from runtime.settings import Settings
from sandbox.control import read_report
from sandbox.intercom import Intercom
from sandbox.world import World

KEY = {"Authorization": "Bearer intercom-token"}
REPORT = {
    "channel": "intercom",
    "from": "Ana Díaz",
    "text": "The <b>export</b> fails\nsince Monday",
    "email": "ana@example.com",
}


async def report(outside, **more):
    answer = await outside.control("POST", "/report", {**REPORT, **more})
    assert answer["status"] == 200
    return answer["external_id"]


def error(code, message):
    return {"type": "error.list", "errors": [{"code": code, "message": message}]}


def without_request_id(answer):
    assert answer.pop("request_id")
    return answer


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "intercom-token"}])
async def test_a_wrong_token_is_unauthorized_without_rate_limit_headers(outside, header):
    status, answer, headers = await outside.ask("GET", "/intercom/contacts/1", **header)
    assert status == 401
    assert answer["type"] == "error.list"
    assert answer["errors"][0]["code"] in ("unauthorized", "token_unauthorized")
    assert not [name for name in headers if name.startswith("X-RateLimit")]


async def test_without_a_token_in_the_settings_nobody_is_let_in(playing):
    async with playing(intercom_api_token="") as outside:
        assert (await outside.ask("GET", "/intercom/contacts/1", Authorization="Bearer "))[0] == 401


async def test_an_unknown_version_is_refused(outside):
    status, answer, _ = await outside.ask("GET", "/intercom/contacts/1", **KEY, Intercom_Version="9.99")
    assert (status, answer["errors"][0]["code"]) == (400, "intercom_version_invalid")


async def test_rate_limit_headers_say_what_is_left(outside):
    _, _, first = await outside.ask("GET", "/intercom/contacts/1", **KEY)
    _, _, second = await outside.ask("GET", "/intercom/contacts/1", **KEY)
    assert int(first["X-RateLimit-Limit"]) > 0
    assert time.time() < int(first["X-RateLimit-Reset"]) <= time.time() + 11
    same_window = first["X-RateLimit-Reset"] == second["X-RateLimit-Reset"]
    assert not same_window or int(second["X-RateLimit-Remaining"]) == int(first["X-RateLimit-Remaining"]) - 1


async def test_a_new_conversation_is_announced_as_intercom_does(outside, hub):
    external_id = await report(outside)
    app, conversation = external_id.split(":")
    delivery = hub.received[0]
    payload = json.loads(delivery.body)
    item = payload["data"]["item"]
    assert delivery.path == "/webhooks/intercom"
    assert delivery.headers["content-type"] == "application/json"
    assert app == payload["app_id"] == "abc123def"
    assert payload["type"] == "notification_event"
    assert payload["topic"] == "conversation.user.created"
    assert payload["id"].startswith("notif_")
    assert payload["data"]["type"] == "notification_event_data"
    assert item["type"] == "conversation"
    assert item["id"] == conversation
    assert item["source"]["body"] == REPORT["text"]
    assert item["source"]["author"] == {
        "type": "user",
        "id": item["contacts"]["contacts"][0]["id"],
        "name": "Ana Díaz",
        "email": "ana@example.com",
    }
    assert item["conversation_parts"]["conversation_parts"] == []


async def test_webhooks_are_signed_with_sha1_over_the_raw_bytes(outside, hub):
    await report(outside, text="ñandú 😀")
    delivery = hub.received[0]
    expected = hmac.new(b"intercom-secret-of-the-test", delivery.body, hashlib.sha1).hexdigest()
    assert delivery.headers["x-hub-signature"] == f"sha1={expected}"
    assert "ñandú 😀".encode() in delivery.body


async def test_an_app_older_than_2_15_gets_html(playing, hub):
    async with playing(intake_port=hub.port, intercom_version="2.14") as outside:
        await report(outside)
    body = json.loads(hub.received[0].body)["data"]["item"]["source"]["body"]
    assert body == "<p>The &lt;b&gt;export&lt;/b&gt; fails</p>\n<p>since Monday</p>"


async def test_a_reply_carries_the_new_part_and_the_first_message(outside, hub):
    opening = await report(outside)
    external_id = await report(outside, thread=opening.split(":")[1], text="Still broken")
    payload = json.loads(hub.received[1].body)
    parts = payload["data"]["item"]["conversation_parts"]["conversation_parts"]
    assert payload["topic"] == "conversation.user.replied"
    assert payload["data"]["item"]["source"]["body"] == REPORT["text"]
    assert [part["body"] for part in parts] == ["Still broken"]
    assert parts[0]["author"]["type"] == "user"
    assert parts[0]["app_package_code"] is None
    assert external_id == f"{opening}:{parts[0]['id']}"


async def test_the_thread_may_be_the_external_id_of_the_report(outside):
    opening = await report(outside)
    assert (await report(outside, thread=opening)).startswith(f"{opening}:")


async def test_a_person_without_email_is_a_lead_with_an_empty_one(outside, hub):
    await report(outside, email=None)
    author = json.loads(hub.received[0].body)["data"]["item"]["source"]["author"]
    assert (author["type"], author["email"]) == ("lead", "")


async def test_the_same_name_is_the_same_contact(outside, hub):
    await report(outside)
    await report(outside, text="again", email=None)
    authors = [json.loads(one.body)["data"]["item"]["source"]["author"] for one in hub.received]
    assert authors[0] == authors[1]


async def test_a_contact_tells_its_email(outside, hub):
    await report(outside)
    contact = json.loads(hub.received[0].body)["data"]["item"]["contacts"]["contacts"][0]["id"]
    status, answer, _ = await outside.ask("GET", f"/intercom/contacts/{contact}", **KEY)
    assert status == 200
    assert {key: answer[key] for key in ("type", "id", "role", "email", "name", "workspace_id")} == {
        "type": "contact",
        "id": contact,
        "role": "user",
        "email": "ana@example.com",
        "name": "Ana Díaz",
        "workspace_id": "abc123def",
    }


async def test_ago_seconds_shifts_the_platforms_time(outside, hub):
    await report(outside, ago_seconds=3600)
    created = json.loads(hub.received[0].body)["data"]["item"]["created_at"]
    assert abs(created - (time.time() - 3600)) < 5


async def test_a_reply_of_an_admin_becomes_a_part(outside):
    conversation = (await report(outside)).split(":")[1]
    body = {"message_type": "comment", "type": "admin", "admin_id": "814860", "body": "<p>It is <i>fixed</i></p>"}
    status, answer, _ = await outside.ask("POST", f"/intercom/conversations/{conversation}/reply", body, **KEY)
    part = answer["conversation_parts"]["conversation_parts"][-1]
    assert status == 200
    assert (answer["type"], answer["id"]) == ("conversation", conversation)
    assert (part["part_type"], part["body"]) == ("comment", body["body"])
    assert (part["author"]["type"], part["author"]["id"]) == ("admin", "814860")
    assert part["app_package_code"]


async def test_a_conversation_reads_as_html_and_as_plain_text(outside):
    conversation = (await report(outside)).split(":")[1]
    body = {
        "message_type": "comment",
        "type": "admin",
        "admin_id": 814860,
        "body": '<p>See <a href="https://x.example">here</a></p>',
    }
    await outside.ask("POST", f"/intercom/conversations/{conversation}/reply", body, **KEY)
    path = f"/intercom/conversations/{conversation}"
    _, as_html, _ = await outside.ask("GET", path, **KEY)
    _, as_text, _ = await outside.ask("GET", f"{path}?display_as=plaintext", **KEY)
    assert as_html["source"]["body"].startswith("<p>The &lt;b&gt;export")
    assert as_html["conversation_parts"]["conversation_parts"][0]["body"] == body["body"]
    assert as_text["source"]["body"] == REPORT["text"]
    assert as_text["conversation_parts"]["conversation_parts"][0]["body"] == "See here (https://x.example)"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"message_type": "shout"}, 400, "parameter_invalid"),
        ({"body": " "}, 400, "parameter_invalid"),
        ({"body": None}, 400, "parameter_invalid"),
        ({"type": "robot"}, 400, "parameter_invalid"),
        ({"admin_id": "ana"}, 400, "parameter_invalid"),
        ({"admin_id": "1"}, 404, "not_found"),
    ],
)
async def test_a_reply_that_is_wrong_is_refused_and_not_kept(outside, change, status, code):
    conversation = (await report(outside)).split(":")[1]
    body = {"message_type": "comment", "type": "admin", "admin_id": "814860", "body": "hello", **change}
    answered, answer, _ = await outside.ask("POST", f"/intercom/conversations/{conversation}/reply", body, **KEY)
    assert (answered, answer["errors"][0]["code"]) == (status, code)
    assert len((await outside.control("GET", "/intercom/conversations"))["data"][0]["messages"]) == 1


async def test_broken_json_is_refused(outside):
    status, answer, _ = await outside.ask("POST", "/intercom/messages", b"{", **KEY)
    assert (status, answer["type"]) == (400, "error.list")


@pytest.mark.parametrize("path", ["/intercom/conversations/1", "/intercom/conversations/1?display_as=plaintext"])
async def test_an_unknown_conversation_is_not_found(outside, path):
    status, answer, _ = await outside.ask("GET", path, **KEY)
    assert (status, without_request_id(answer)) == (404, error("not_found", "Resource Not Found"))


async def test_a_message_opens_no_conversation_unless_asked(outside, hub):
    await report(outside)
    contact = json.loads(hub.received[0].body)["data"]["item"]["contacts"]["contacts"][0]["id"]
    body = {
        "message_type": "in_app",
        "body": "Hello",
        "from": {"type": "admin", "id": "814860"},
        "to": {"type": "user", "id": contact},
    }
    status, answer, _ = await outside.ask("POST", "/intercom/messages", body, **KEY)
    assert status == 200
    assert (answer["type"], answer["message_type"], answer["body"]) == ("admin_message", "inapp", "<p>Hello</p>")
    assert "conversation_id" not in answer
    body["create_conversation_without_contact_reply"] = True
    _, answer, _ = await outside.ask("POST", "/intercom/messages", body, **KEY)
    assert (await outside.ask("GET", f"/intercom/conversations/{answer['conversation_id']}", **KEY))[0] == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"body": ""}, 400, "parameter_invalid"),
        ({"message_type": "email"}, 422, "parameter_not_found"),
        ({"to": {"type": "user", "id": "nobody"}}, 404, "not_found"),
        ({"to": "nobody"}, 404, "not_found"),
    ],
)
async def test_a_message_that_is_wrong_is_refused(outside, change, status, code):
    body = {"message_type": "in_app", "body": "Hello", "from": {"type": "admin", "id": "814860"}, **change}
    answered, answer, _ = await outside.ask("POST", "/intercom/messages", body, **KEY)
    assert (answered, answer["errors"][0]["code"]) == (status, code)


async def test_conversations_are_searched_by_time_and_contact(outside):
    old = (await report(outside, ago_seconds=7200)).split(":")[1]
    new = (await report(outside, **{"from": "Ben", "name": "Ben", "email": "ben@example.com"})).split(":")[1]

    async def found(query):
        _, answer, _ = await outside.ask("POST", "/intercom/conversations/search", {"query": query}, **KEY)
        assert answer["type"] == "conversation.list"
        return [one["id"] for one in answer["conversations"]]

    recent = {"field": "updated_at", "operator": ">", "value": int(time.time()) - 3600}
    hers = {"field": "source.author.email", "operator": "=", "value": "ana@example.com"}
    assert await found(recent) == [new]
    assert await found({"operator": "AND", "value": [recent, hers]}) == []
    assert await found({"operator": "OR", "value": [recent, hers]}) == [new, old]
    assert await found({"field": "id", "operator": "IN", "value": [old]}) == [old]


async def test_a_search_is_paged(outside):
    ids = {(await report(outside, text=str(number))).split(":")[1] for number in range(3)}
    body = {"query": {"field": "open", "operator": "=", "value": True}, "pagination": {"per_page": 2}}
    _, first, _ = await outside.ask("POST", "/intercom/conversations/search", body, **KEY)
    body["pagination"]["starting_after"] = first["pages"]["next"]["starting_after"]
    _, second, _ = await outside.ask("POST", "/intercom/conversations/search", body, **KEY)
    assert (first["total_count"], first["pages"]["total_pages"]) == (3, 2)
    assert "next" not in second["pages"]
    assert {one["id"] for page in (first, second) for one in page["conversations"]} == ids


@pytest.mark.parametrize(
    "query",
    [
        None,
        {"field": "shoe size", "operator": "=", "value": 1},
        {"operator": "AND", "value": 1},
        {"field": "id", "operator": "≈", "value": 1},
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(outside, query):
    await report(outside)
    status, answer, _ = await outside.ask("POST", "/intercom/conversations/search", {"query": query}, **KEY)
    assert (status, answer["errors"][0]["code"]) == (400, "parameter_invalid")


async def test_files_are_attachments_that_can_be_fetched(outside, hub):
    files = [{"name": "a b/ü.txt", "content_type": "text/plain", "content": "hello"}, {"name": "x.bin", "size": 10}]
    await report(outside, text="", files=files)
    first, second = json.loads(hub.received[0].body)["data"]["item"]["source"]["attachments"]
    assert (first["type"], first["name"], first["content_type"], first["filesize"]) == (
        "upload",
        "a b/ü.txt",
        "text/plain",
        5,
    )
    assert first["url"].startswith(f"{outside.url}/intercom/uploads/")
    async with outside.session.get(first["url"]) as answer:
        assert (answer.status, await answer.read()) == (200, b"hello")
    async with outside.session.get(second["url"]) as answer:
        assert len(await answer.read()) == 10
    async with outside.session.get(second["url"] + "x") as answer:
        assert answer.status == 404


async def test_a_deleted_part_is_redacted_and_a_deleted_conversation_is_gone(outside, hub):
    opening = await report(outside)
    part = await report(outside, thread=opening, text="secret words")
    await outside.control("POST", "/report", {"channel": "intercom", "from": "Ana Díaz", "delete_of": part})
    redacted = json.loads(hub.received[2].body)
    assert redacted["topic"] == "conversation_part.redacted"
    assert redacted["data"]["item"]["conversation_parts"]["conversation_parts"][0]["redacted"] is True
    assert b"secret words" not in hub.received[2].body
    await outside.control("POST", "/report", {"channel": "intercom", "from": "Ana Díaz", "delete_of": opening})
    deleted = json.loads(hub.received[3].body)
    assert deleted["topic"] == "conversation.deleted"
    assert deleted["data"]["item"] == {"type": "conversation", "id": opening.split(":")[1]}
    assert (await outside.ask("GET", f"/intercom/conversations/{opening.split(':')[1]}", **KEY))[0] == 404


async def test_a_ping_has_no_id(outside, hub):
    assert await outside.control("POST", "/intercom/ping", {}) == {"status": 200}
    payload = json.loads(hub.received[0].body)
    assert (payload["topic"], payload["id"], payload["data"]["item"]["type"]) == ("ping", None, "ping")


async def test_ids_are_not_given_twice_by_a_sandbox_started_again(playing, hub):
    ids = []
    for _ in range(2):
        async with playing(intake_port=hub.port) as outside:
            ids.append(await report(outside))
    assert len(set(ids)) == 2


@dataclass
class Desk:
    """Intercom as a page of the sandbox holds it, and the socket on which the hub answers."""

    intercom: Intercom
    client: TestClient

    async def write(self, **more):
        """The id of the conversation, and of the part where it is a reply."""
        status, external_id = await self.intercom.report(read_report({**REPORT, **more}))
        assert status == 200
        return external_id.split(":")[1:]

    async def answer(self, conversation, body, message_type="comment"):
        reply = {"message_type": message_type, "type": "admin", "admin_id": "814860", "body": body}
        path = f"/intercom/conversations/{conversation}/reply"
        async with self.client.post(path, json=reply, headers=KEY) as answer:
            assert answer.status == 200

    def lines(self):
        (talk,) = self.intercom.talks()
        return talk.lines()


@pytest.fixture
async def desk(hub):
    needed = {"database_url": "none", "redis_url": "none"}
    world = World(Settings(_env_file=None, **needed, intake_port=hub.port, intercom_api_token="intercom-token"))
    intercom, app = Intercom(world), web.Application()
    app.add_routes(intercom.routes())
    await world.open()
    async with TestClient(TestServer(app)) as client:
        yield Desk(intercom, client)
    await world.close()


async def test_the_talk_that_moved_last_comes_first(desk):
    assert desk.intercom.talks() == []
    first, second, third = [(await desk.write(text=str(number)))[0] for number in range(3)]
    (old,) = await desk.write(ago_seconds=3600)
    assert [talk.id for talk in desk.intercom.talks()] == [third, second, first, old]
    await desk.answer(second, "Fixed")
    await desk.write(thread=first)
    assert [talk.id for talk in desk.intercom.talks()] == [first, second, third, old]


async def test_lines_say_whose_they_are_and_which_are_notes(desk):
    (talk,) = await desk.write(text="It fails")
    await desk.answer(talk, "Is it her proxy?", "note")
    await desk.answer(talk, "We look into it")
    await desk.write(thread=talk, text="Thanks")
    assert [(line.mine, line.author, line.text, line.note) for line in desk.lines()] == [
        (True, "Ana Díaz", "It fails", False),
        (False, "Support", "Is it her proxy?", True),
        (False, "Support", "We look into it", False),
        (True, "Ana Díaz", "Thanks", False),
    ]


async def test_a_line_has_its_id_its_time_and_its_files(desk, hub):
    files = [{"name": "a b/ü.txt", "content_type": "text/plain", "content": "hello"}, {"name": "x.bin", "size": 10}]
    (talk,) = await desk.write(text="", files=files, ago_seconds=3600)
    _, part = await desk.write(thread=talk)
    opening, reply = desk.lines()
    created = json.loads(hub.received[0].body)["data"]["item"]["created_at"]
    assert (opening.at, opening.at.tzinfo) == (datetime.fromtimestamp(created, UTC), UTC)
    assert opening.files == [("a b/ü.txt", "text/plain", 5), ("x.bin", "application/octet-stream", 10)]
    assert (reply.id, reply.files) == (part, [])


async def test_lines_are_text_whoever_wrote_markup(desk):
    (talk,) = await desk.write(text="<b>bold</b> & <script>")
    await desk.answer(
        talk, '<p>One<br>two</p><p><img src=x onerror=alert(1)>1 &lt; 2 <a href="https://x.example">a</a></p>'
    )
    assert [line.text for line in desk.lines()] == [
        "<b>bold</b> & <script>",
        "One\ntwo\n1 < 2 a (https://x.example)",
    ]


async def test_a_redacted_line_keeps_neither_words_nor_files(desk):
    (talk,) = await desk.write()
    _, part = await desk.write(thread=talk, text="secret", files=[{"name": "secret.png", "size": 1}])
    await desk.write(delete_of=f"{talk}:{part}")
    assert [(line.redacted, line.text, line.files) for line in desk.lines()] == [
        (False, REPORT["text"], []),
        (True, "", []),
    ]


async def test_a_reply_dated_back_stands_where_its_time_puts_it(desk):
    (talk,) = await desk.write(text="1", ago_seconds=300)
    for text, ago in (("3", 100), ("2", 200), ("4", 100)):
        await desk.write(thread=talk, text=text, ago_seconds=ago)
    assert [line.text for line in desk.lines()] == ["1", "2", "3", "4"]


async def test_what_somebody_else_writes_in_a_talk_is_not_mine(desk):
    (talk,) = await desk.write()
    await desk.write(thread=talk, **{"from": "Ben", "email": "ben@example.com"})
    assert [(line.mine, line.author) for line in desk.lines()] == [(True, "Ana Díaz"), (False, "Ben")]


@pytest.mark.parametrize(("email", "author"), [("ana@example.com", "ana@example.com"), (None, "")])
async def test_who_has_no_name_is_called_by_email_if_there_is_one(desk, email, author):
    await desk.write(**{"from": "a" * 24, "email": email})
    assert [(line.mine, line.author) for line in desk.lines()] == [(True, author)]
