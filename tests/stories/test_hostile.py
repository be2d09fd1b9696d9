"""Hostile input at every door: it is refused in the right words, leaves nothing, and everybody else is served."""

import json
import math
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.blocks.limits import message_faults
from tests.stories import hostile
from tests.stories.doors import (
    BOT,
    CLOSE,
    DOORS,
    MEGABYTE,
    STAMP,
    WHATSAPP,
    Answer,
    Door,
    deliver,
    deliver_json,
    exchange,
    numbers,
    parsed,
    received,
    request,
    rows,
    slack_report,
    whatsapp_report,
    written,
)
from tests.stories.hostile import EMOJI, FORM_TYPE, JSON_TYPE, Lines
from tests.stories.processes import ANA, KEY, LAST_SECRETS, ROOT, SECRETS, TRIAGE, Story

pytestmark = pytest.mark.story
LEAK = re.compile(
    rb"Traceback|File \"|\.py\b|[Pp]ython|aiohttp|asyncpg|sqlalchemy|pydantic|slack_bolt|uvloop|Exception|psycopg|"
    rb"llhttp|postgres|redis|site-packages|Error\(|SELECT |INSERT "
)
"""A stack trace, or what the hub is made of."""
every_door = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)


@every_door
def test_a_wrong_signature_opens_no_door(story: Story, door: Door):
    body = json.dumps(door.good()).encode()
    stamp = str(int(time.time())).encode()
    stamped: Lines = [(STAMP, stamp)] if door.is_slack else []
    name, digest = door.header.decode(), door.digest(body, stamp)
    forms = hostile.signature_forms(name, door.prefix, digest, body, SECRETS[door.secret])
    wrong = {form: (deliver(story, door, body, [*lines, *stamped]), {401}) for form, lines in forms}
    good = f"{door.prefix}{digest}".encode()
    for form, lines in hostile.broken_signature_lines(name, good).items():
        wrong[form] = (deliver(story, door, body, [*lines, *stamped]), {0, 400, 401, 431})
    wrong["another body"] = (deliver(story, door, body + b" ", [(name, good), *stamped]), {401})
    written_anew = json.dumps(json.loads(body), indent=1).encode()
    wrong["the same, written anew"] = (deliver(story, door, written_anew, [(name, good), *stamped]), {401})
    for other in DOORS:
        if other.secret != door.secret:
            theirs = json.dumps(other.good()).encode()
            wrong[f"of {other.name}"] = (deliver(story, door, theirs, other.signed(theirs)), {401})
            renamed = [(name, other.signed(theirs)[0][1]), *stamped]
            wrong[f"of {other.name}, under our header"] = (deliver(story, door, theirs, renamed), {401})
    assert_answered(wrong)
    assert rows(story) == {"webhook_deliveries": 0, "tickets": 0, "dead_letter_jobs": 0}
    assert deliver(story, door, body, [(name, good + b" \t"), *stamped]).status == 200, (
        "HTTP strips what stands around"
    )
    assert_serves(story, tickets=0 if door.name == "notion" else 1)


@every_door
def test_while_a_secret_is_changed_both_open_the_door_and_no_mixture_does(story: Story, door: Door):
    new, last = SECRETS[door.secret], LAST_SECRETS[door.secret]
    for secret in (last, new, last):
        body = json.dumps(door.good()).encode()
        assert deliver(story, door, body, door.signed(body, secret=secret)).status == 200
    wrong = {}
    for mixture in (f"{new}, {last}", f"{new},{last}", f" {last}", f"{last},", ","):
        body = json.dumps(door.good()).encode()
        wrong[mixture] = (deliver(story, door, body, door.signed(body, secret=mixture)), {401})
    assert_answered(wrong)
    assert rows(story)["webhook_deliveries"] == (0 if door.name == "notion" else 3)
    assert_serves(story)


@pytest.mark.parametrize("door", [door for door in DOORS if door.is_slack], ids=lambda door: door.name)
def test_a_time_that_is_not_now_opens_no_door(story: Story, door: Door):
    body = json.dumps(door.good()).encode()
    wrong = {
        form: (deliver(story, door, body, door.signed(body, stamp)), {401})
        for form, stamp in hostile.timestamps(time.time()).items()
    }
    (signature, _), now = door.signed(body), (STAMP, str(int(time.time())).encode())
    wrong["missing"] = (deliver(story, door, body, [signature]), {401})
    wrong["twice"] = (deliver(story, door, body, [signature, now, now]), {401})
    wrong["another"] = (deliver(story, door, body, [signature, (STAMP, b"%d" % (time.time() - 9))]), {401})
    wrong["NUL"] = (deliver(story, door, body, door.signed(body, now[1] + b"\x00")), {0, 400, 401})
    assert_answered(wrong)
    assert rows(story)["webhook_deliveries"] == 0
    for seconds in (-299, 299):
        one = json.dumps(door.good()).encode()
        stamp = b"%d" % (math.ceil if seconds < 0 else math.floor)(time.time() + seconds)
        assert deliver(story, door, one, door.signed(one, stamp)).status == 200, seconds
    assert_serves(story, tickets=2)


@every_door
def test_a_signed_body_of_any_form_is_answered_and_makes_no_ticket(story: Story, door: Door):
    body = json.dumps(door.good()).encode()
    wrong = {
        form: (deliver(story, door, each, door.signed(each)), {400}) for form, each in hostile.malformed().items()
    }
    for form, (head, each, status) in hostile.misdeclared(body).items():
        answer = deliver(story, door, each, door.signed(each), head)
        wrong[form] = (answer, {status})
    if "slack" in door.path:
        for form, each in hostile.forms().items():
            wrong[f"form, {form}"] = (deliver(story, door, each, door.signed(each), FORM_TYPE), {400})
    else:
        wrong["form"] = (deliver(story, door, b"a=b", door.signed(b"a=b"), FORM_TYPE), {400})
    for size in (door.largest + 1, 10 * MEGABYTE):
        each = b'"' + b"a" * (size - 2) + b'"'
        wrong[f"{size} bytes"] = (deliver(story, door, each, door.signed(each)), {0, 413})
    assert_answered(wrong)
    assert rows(story) == {"webhook_deliveries": 0, "tickets": 0, "dead_letter_jobs": 0}, (
        "what is refused is not kept"
    )

    strange = {
        form: (deliver(story, door, each, door.signed(each)), {200, 400, 404}) for form, each in hostile.odd().items()
    }
    if "slack" in door.path:
        for form, each in hostile.odd_forms().items():
            strange[f"form, {form}"] = (deliver(story, door, each, door.signed(each), FORM_TYPE), {200, 400, 404})
    assert_answered(strange)
    assert rows(story)["tickets"] == 0

    for head in hostile.declared_oddly().values():
        each = json.dumps(door.good()).encode()
        answer = deliver(story, door, each, door.signed(each), [("Content-Type", head)])
        assert answer.status in {200, 400}, (head, answer)
    doubled = hostile.with_duplicate_keys(door.good())
    assert deliver(story, door, doubled, door.signed(doubled)).status == 200
    assert_serves(story)


@every_door
def test_a_good_payload_with_any_part_of_another_kind_is_answered(story: Story, door: Door):
    payloads = list(hostile.mutations(door.good(), every=3))
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda one: deliver_json(story, door, renumbered(one[1], door)), payloads)
        known = {200, 400, 404} if door is BOT else {200, 400}  # of an unknown type, so that nobody listens to it
        wrong = {form: (answer, known) for (form, _), answer in zip(payloads, answers, strict=True)}
    assert len(wrong) > 60
    assert_answered(wrong)
    assert_listed(story)
    assert_serves(story)


def test_long_ids_long_words_and_many_files_are_taken_or_kept(story: Story):
    words = {"emoji": EMOJI, "40,000": "w" * 40_000, "wide": "👩" * 40_000, "lines": "\n" * 40_000 + "It hangs"}
    odd: dict[str, Any] = {}
    for form, text in words.items():
        for door in DOORS[:4]:
            odd[f"{door.name}, {form}"] = (deliver_json(story, door, saying(door, text)), {200})
    for door in DOORS[:4]:
        files = 500 if door is DOORS[0] else 50  # each is fetched, and the cards wait their turn meanwhile
        odd[f"{door.name}, many files"] = (deliver_json(story, door, with_files(door, files)), {200})
        odd[f"{door.name}, a long id"] = (deliver_json(story, door, with_id(door, "i" * 10_240)), {200})
        odd[f"{door.name}, a wide id"] = (deliver_json(story, door, with_id(door, "é" * 3_000)), {200})
    assert_answered(odd)
    assert_listed(story)
    story.until(lambda: all(story.card(ticket["number"]) for ticket in story.tickets()) or None)
    for ticket in story.tickets():
        card = story.card(ticket["number"]) or {}
        assert message_faults(card["text"], card["blocks"]) == [], ticket["number"]
    assert_serves(story)


def test_the_rest_api_names_what_is_wrong_and_changes_nothing(story: Story):
    _, made = story.api("POST", "tickets", {"title": "It hangs"})
    ticket = made["data"]["id"]
    before = story.api("GET", f"tickets/{ticket}")[1]["data"]
    wrong: dict[str, tuple[Answer, set[int]]] = {}
    for method, path in (("POST", "tickets"), ("PATCH", f"tickets/{ticket}"), ("POST", "webhook_deliveries/replay")):
        for form, body in hostile.malformed().items():
            answer = ask_api(story, method, path, body)
            blank = {200} if not body.strip() and method == "PATCH" else set()  # nothing is to be changed
            wrong[f"{method} {path[:8]}, {form}"] = (answer, {400, 422} | blank)
        for form, body in hostile.odd().items():
            answer = ask_api(story, method, path, body)
            wrong[f"{method} {path[:8]}, {form}"] = (answer, {400, 422} if body != b"{}" else {200, 400, 422})
        for form, (head, body, status) in hostile.misdeclared(b'{"titel": "x"}').items():
            expected = {400, 415, 422} if status == 400 else {status}
            wrong[f"{method} {path[:8]}, {form}"] = (ask_api(story, method, path, body, head), expected)
        wrong[f"{method} {path[:8]}, large"] = (ask_api(story, method, path, b" " * 10 * MEGABYTE), {0, 413})
    for form, value in keys().items():
        answer = ask_api(story, "POST", "tickets", b'{"title": "x"}', key=value)
        wrong[f"key {form}"] = (answer, {0, 400, 401, 431})
    assert_answered(wrong)
    assert story.api("GET", f"tickets/{ticket}")[1]["data"] == before
    assert rows(story)["tickets"] == 1
    assert_serves(story)


def test_the_rest_api_takes_no_field_of_another_kind(story: Story):
    ticket = story.api("POST", "tickets", {"title": "It hangs"})[1]["data"]["id"]
    asked: dict[tuple[str, str], Any] = {
        ("POST", "tickets"): {
            "title": "It hangs",
            "description": "Since Monday",
            "channel": "email",
            "reporter": {"name": "Bo", "email": "bo@example.com"},
        },
        ("PATCH", f"tickets/{ticket}"): {
            "title": "It hangs",
            "priority": 2,
            "type": "bug",
            "tags": ["a", "b"],
            "assignee_id": "",
            "status": "open",
        },
        ("POST", f"tickets/{ticket}/triage"): {"model": "gpt-5.1"},
        ("POST", f"tickets/{ticket}/accept_suggestion"): {"type": "bug", "priority": 1, "title": "x"},
        ("POST", f"tickets/{ticket}/manual_changelog"): {"content": "**What happened:**\nIt broke."},
        ("POST", "webhook_deliveries/replay"): {"received_from": "2026-01-01T00:00Z"},
        ("POST", "ticket_groups/suggest"): {"start_time": "2026-01-01T00:00Z", "end_time": "2026-01-02T00:00Z"},
        ("POST", "dead_letter_jobs/retry"): {"ids": [ticket]},
    }
    wrong: dict[str, tuple[Answer, set[int]]] = {}
    for (method, path), good in asked.items():
        for form, body in hostile.mutations(good):
            raw = json.dumps(body).encode()
            wrong[f"{method} {path}, {form}"] = (ask_api(story, method, path, raw), TOLD)
    for parameter in (
        "status",
        "channel",
        "priority",
        "type",
        "number",
        "assignee",
        "tag",
        "words",
        "cursor",
        "limit",
    ):
        for number, value in enumerate(
            ["", "%00", "-1", "9" * 6_000, "%ff%fe", "%F0%9F%92%A9", "a" * 7_000, "%", "'--"]
        ):
            answer = ask_api(story, "GET", f"tickets?{parameter}={value}", b"")
            wrong[f"{parameter} {number}"] = (answer, {200, 400, 422})
    assert_answered(wrong)
    assert_listed(story)
    assert_serves(story)


TOLD = {200, 201, 202, 400, 404, 409, 422}


def test_whatever_an_interaction_says_slack_is_answered(story: Story):
    story.report("whatsapp", "34600000077", "It hangs")
    story.until(lambda: story.card(1))
    ticket = story.tickets()[0]
    payloads = [
        (f"{kind}: {form}", payload)
        for kind, good in interactions(ticket["id"]).items()
        for form, payload in hostile.mutations(good, every=9)
    ]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda one: interact(story, *one), payloads)
        wrong = {form: (answer, {200, 400, 404}) for (form, _), answer in zip(payloads, answers, strict=True)}
    assert len(wrong) > 200
    assert_answered(wrong)
    assert_listed(story)
    assert_serves(story)


@pytest.mark.parametrize("door", [BOT, WHATSAPP], ids=["bot", "intake"])
def test_bytes_that_are_no_request_are_refused_and_others_are_served(story: Story, door: Door):
    port = story.ports[door.port]
    wrong = {
        form: (exchange(port, raw, seconds=2 if 0 in expected else 30), expected)
        for form, (raw, expected) in hostile.requests(door.path).items()
    }
    for line in hostile.spoofed():
        raw = b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + line + b"\r\n\r\n"
        wrong[f"spoofed {line[:40]!r}"] = (exchange(port, raw), {0, 400, 404, 417})
        raw = f"POST {door.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n".encode()
        raw += b"Content-Type: application/json\r\n" + line + b"\r\n\r\n{}"
        wrong[f"spoofed, unsigned {line[:40]!r}"] = (exchange(port, raw), {0, 400, 401, 417, 431})
    wrong["endless chunks"] = (endless(port, door), {0, 413})
    assert_answered(wrong)
    assert rows(story) == {"webhook_deliveries": 0, "tickets": 0, "dead_letter_jobs": 0}
    assert_serves(story)


@pytest.mark.parametrize("door", [BOT, WHATSAPP], ids=["bot", "intake"])
def test_requests_one_after_the_other_on_one_connection_are_each_checked(story: Story, door: Door):
    good, forged = json.dumps(door.good()).encode(), json.dumps(door.good()).encode()
    lines = door.signed(good)
    raw = request(door, good, lines, close=False) + request(door, forged, lines, close=False)
    raw += request(door, good, lines, close=True)
    answer = exchange(story.ports[door.port], raw)
    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer.raw)]
    assert statuses == [200, 401, 200]
    assert_serves(story, tickets=1)


@pytest.mark.parametrize("door", DOORS[:4], ids=lambda door: door.name)
def test_a_head_that_no_body_could_make_right_is_refused_without_one(story: Story, door: Door):
    body = b" " * door.largest
    name, now = door.header.decode(), str(int(time.time())).encode()
    heads: dict[str, Lines] = {"missing": [], "misshapen": [(name, b"x"), (STAMP, now)]}
    if door.is_slack:
        heads["old"] = door.signed(body, b"%d" % (time.time() - 600))
    wrong = {}
    for form, lines in heads.items():
        head, _, _ = request(door, body, lines, close=True).partition(b"\r\n\r\n")
        wrong[form] = (exchange(story.ports[door.port], head + b"\r\n\r\n", seconds=30), {401})
    assert_answered(wrong)
    assert rows(story)["webhook_deliveries"] == 0
    assert_serves(story)


@pytest.mark.parametrize("door", [BOT, WHATSAPP], ids=["bot", "intake"])
def test_who_sends_slowly_or_nothing_keeps_nobody_waiting(story: Story, door: Door):
    address = ("127.0.0.1", story.ports[door.port])
    body = json.dumps(door.good()).encode()
    whole = request(door, body, door.signed(body), close=True)
    with ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(300)]
        for number, each in enumerate(opened[100:]):
            each.sendall(whole[: 20 + number] if number < 100 else whole[: whole.index(b"\r\n\r\n") + 4 + number % 9])
        assert_serves(story)
        slow = [parsed(received(each)) for each in opened[-5:]]
        assert [answer.status for answer in slow] == [408] * 5
        assert not any(LEAK.search(answer.raw) for answer in slow)
        drip(opened[100], whole[20:60])
        assert_serves(story)
    assert rows(story)["dead_letter_jobs"] == 0


def test_good_reports_are_taken_while_garbage_comes(story: Story):
    quiet = timed(story, 30)
    with attacked(story) as answered:
        loud = timed(story, 30)
    print(f"good reports: {told(quiet)}; under attack: {told(loud)}; thrown meanwhile: {answered}")
    assert set(answered) <= {"0", "400", "401", "404", "413"}, answered
    assert sum(answered.values()) > 30
    kept = {"webhook_deliveries": 60, "tickets": 60, "dead_letter_jobs": 0}
    assert rows(story) == kept, "each of the good ones, and none of the others"
    assert all(process.poll() is None for process in story.running.values()), "every process is still there"


def interactions(ticket: str) -> dict[str, Any]:
    """What people do in Slack, as it arrives."""
    who = {"team": {"id": "T0SANDBOX"}, "user": {"id": ANA, "username": "ana"}, "trigger_id": "1.2.hostile"}
    button = {"type": "button", "action_id": "ticket.take", "block_id": "b", "value": ticket, "action_ts": "1.1"}
    select = {
        "type": "static_select",
        "action_id": "ticket.status",
        "block_id": ticket,
        "selected_option": {"value": "open", "text": {"type": "plain_text", "text": "Open"}},
    }
    place = {
        "channel": {"id": TRIAGE},
        "container": {"type": "message", "channel_id": TRIAGE, "message_ts": "1.1"},
        "message": {"ts": "1.1", "text": "x"},
    }
    typed = {"b1": {"report.description": {"type": "plain_text_input", "value": "It hangs"}}}
    typed |= {"b2": {"report.urgency": {"type": "static_select", "selected_option": {"value": "1"}}}}
    view = {"id": "VHOSTILE", "type": "modal", "callback_id": "report.submit", "private_metadata": "", "hash": "1.a"}
    view |= {"blocks": [], "state": {"values": typed}}
    content = {"b1": {"changelog.content": {"type": "plain_text_input", "value": "**What happened:**\nx"}}}
    writing = view | {"callback_id": "changelog.write", "private_metadata": json.dumps({"ticket_id": ticket})}
    writing |= {"blocks": [{"type": "input", "block_id": "b1", "element": {"action_id": "changelog.content"}}]}
    return {
        "press": {"type": "block_actions", **who, **place, "actions": [button]},
        "choice": {"type": "block_actions", **who, **place, "actions": [select]},
        "form": {"type": "view_submission", **who, "view": view},
        "writing": {"type": "view_submission", **who, "view": writing | {"state": {"values": content}}},
        "closing": {"type": "view_closed", **who, "view": view, "is_cleared": False},
        "picker": {"type": "block_suggestion", **who, "action_id": "ticket.assignee", "block_id": "b", "value": "a"},
        "global shortcut": {"type": "shortcut", **who, "callback_id": "ticket.new", "action_ts": "1.1"},
        "shortcut": {
            "type": "message_action",
            **who,
            "channel": {"id": "C0SUPPORT"},
            "callback_id": "report.message",
            "message_ts": "1700000000.000900",
            "message": {"type": "message", "user": "U0RITA", "ts": "1700000000.000900", "text": "It hangs"},
        },
        "command": {
            "team_id": "T0SANDBOX",
            "user_id": ANA,
            "user_name": "ana",
            "channel_id": "C0SUPPORT",
            "command": "/feedback",
            "text": "It hangs",
            "trigger_id": "1.2.hostile",
        },
    }


def interact(story: Story, form: str, payload: Any) -> Answer:
    body = form_of(payload) if form.startswith("command") else urlencode({"payload": json.dumps(payload)}).encode()
    return deliver(story, BOT, body, BOT.signed(body), FORM_TYPE)


def form_of(payload: Any) -> bytes:
    pairs = payload.items() if isinstance(payload, dict) else ()
    return urlencode({key: value if isinstance(value, str) else json.dumps(value) for key, value in pairs}).encode()


def saying(door: Door, text: str) -> Any:
    payload = door.good()
    if door.name == "whatsapp":
        payload["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] = text
    elif door.name == "intercom":
        payload["data"]["item"]["source"]["body"] = text
    else:
        payload["event"]["text"] = text
    return payload


def with_files(door: Door, many: int) -> Any:
    payload = door.good()
    names = [f"{number} {EMOJI}.png" for number in range(many)]
    if door.name == "whatsapp":
        change = payload["entry"][0]["changes"][0]["value"]
        sent = change["messages"][0]
        change["messages"] = [
            sent
            | {"id": f"{sent['id']}-{number}", "type": "document", "document": {"id": str(number), "filename": name}}
            for number, name in enumerate(names)
        ]
    elif door.name == "intercom":
        files = [
            {"type": "upload", "name": name, "url": "http://127.0.0.1:9/x", "filesize": 10**30} for name in names
        ]
        payload["data"]["item"]["source"]["attachments"] = files
    else:
        payload["event"] |= {"subtype": "file_share"}
        payload["event"]["files"] = [{"id": f"F{n}", "name": name, "size": -1} for n, name in enumerate(names)]
    return payload


def with_id(door: Door, found: str) -> Any:
    payload = door.good()
    if door.name == "whatsapp":
        payload["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = found
    elif door.name == "intercom":
        payload["data"]["item"]["id"] = found
    else:
        payload["event"]["ts"] = found
    return payload


def renumbered(payload: Any, door: Door) -> Any:
    """The same as something never seen: what is known already is not read to its end."""
    raw = json.dumps(payload)
    fresh = json.dumps(door.good())
    ids = r"wamid\.hostile-\d+|1700000000\.\d{6}"
    old, new = re.search(ids, raw), re.search(ids, fresh)
    return json.loads(raw.replace(old[0], new[0])) if old and new else payload


def keys() -> dict[str, bytes]:
    good = KEY.encode()
    return {
        "missing": b"",
        "empty": b"Bearer ",
        "wrong": b"Bearer wrong",
        "NUL": b"Bearer \x00" + good,
        "cut": b"Bearer " + good[:-1],
        "more": b"Bearer " + good + b"x",
        "upper-case": b"Bearer " + good.upper(),
        "another scheme": b"Basic " + good,
        "not ASCII": b"Bearer " + "é".encode() * 40,
        "not UTF-8": b"Bearer \xff\xfe",
        "long": b"Bearer " + b"a" * 7_000,
        "very long": b"Bearer " + b"a" * 1_000_000,
        "two": b"Bearer wrong, Bearer " + good,
    }


def ask_api(
    story: Story, method: str, path: str, body: bytes, head: Lines = JSON_TYPE, key: bytes | None = None
) -> Answer:
    lines = [("Authorization", f"Bearer {KEY}".encode() if key is None else key), *head]
    return exchange(story.ports["INTAKE_PORT"], written(f"{method} /api/{path}", [*lines, CLOSE], body))


def endless(port: int, door: Door) -> Answer:
    """Chunks under a signature of the right shape, until somebody says that it is enough."""
    head = f"POST {door.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += "".join(f"{name}: {value.decode()}\r\n" for name, value in door.signed(b""))
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        with suppress(ConnectionError):
            connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
            for _ in range(1024 * 1024 * 1024 // 65_536):
                connection.sendall(chunk)
        return parsed(received(connection))


def drip(connection: socket.socket, raw: bytes) -> None:
    """Byte by byte."""
    with suppress(ConnectionError):
        for byte in raw:
            connection.sendall(bytes([byte]))
            time.sleep(0.01)


@contextmanager
def attacked(story: Story) -> Iterator[dict[str, int]]:
    """Garbage of every kind keeps coming meanwhile; afterwards it says how often each status was answered."""
    command = [sys.executable, "-m", "tests.stories.attackers", str(story.ports[WHATSAPP.port])]
    answered: dict[str, int] = {}
    attackers = subprocess.Popen(command, cwd=ROOT, env=story.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert attackers.stdout
        assert attackers.stdout.readline()
        yield answered
    finally:
        attackers.terminate()
        said, _ = attackers.communicate(timeout=30)
    answered |= json.loads(said)["answered"]


def timed(story: Story, many: int) -> list[float]:
    """Seconds until each of so many good reports, each of somebody else, was taken."""
    took = []
    for _ in range(many):
        body = json.dumps(whatsapp_report()).replace("34600111222", f"346{next(numbers):08}").encode()
        lines, began = WHATSAPP.signed(body), time.perf_counter()
        assert deliver(story, WHATSAPP, body, lines).status == 200
        took.append(time.perf_counter() - began)
    return took


def told(seconds: list[float]) -> str:
    p99 = sorted(seconds)[len(seconds) * 99 // 100]
    figures = {"median": statistics.median(seconds), "mean": statistics.mean(seconds), "p99": p99}
    return ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in figures.items())


def assert_answered(answers: dict[str, tuple[Answer, set[int]]]) -> None:
    """With one of the statuses expected, and without a word about what the hub is made of."""
    wrong = [
        f"{form}: {answer.status}, not one of {sorted(expected)}: {answer.raw[-200:]!r}"
        for form, (answer, expected) in answers.items()
        if answer.status not in expected
    ]
    leaking = [(form, found) for form, (answer, _) in answers.items() if (found := LEAK.search(answer.raw))]
    wrong += [f"{form}: says {found[0]!r} in {found.string[:300]!r}" for form, found in leaking]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(answers)}:", *wrong])


def assert_serves(story: Story, tickets: int | None = None) -> None:
    """A good report still becomes one ticket; `tickets` is how many there were, where that is sure."""
    before = rows(story)["tickets"]
    assert tickets in {None, before}
    body = json.dumps(whatsapp_report()).replace("34600111222", f"346{next(numbers):08}").encode()
    for _ in range(2):
        assert deliver(story, WHATSAPP, body, WHATSAPP.signed(body)).status == 200
    body = json.dumps(slack_report()).encode()
    assert deliver(story, BOT, body, BOT.signed(body)).status == 200
    assert rows(story)["tickets"] == before + 2
    assert all(process.poll() is None for process in story.running.values()), "every process is still there"


def assert_listed(story: Story) -> None:
    """Whatever was kept can be read by those who look: tickets one by one, deliveries, dead letters."""
    for path in ("webhook_deliveries?limit=100", "dead_letter_jobs?limit=100", "reporters?limit=100"):
        assert story.api("GET", path)[0] in {200, 404}, path
    for ticket in story.tickets():
        assert story.api("GET", f"tickets/{ticket['id']}")[0] == 200
