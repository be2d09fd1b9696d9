"""Notion's webhook: what is told, in which form, and what happens when nobody takes it."""

import asyncio
import hashlib
import hmac
import json
import re

import jsonschema
import pytest

from sandbox.notion import webhooks

DATABASE = "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7a"
KEY = {"Authorization": "Bearer notion-key", "Notion_Version": "2025-09-03"}
TOKEN = "secret_of_the_test_hub"
STATUS, PRIORITY = "sT%40s", "qP%3Br"
TEXT = {"type": "string"}


def strict(optional=None, **required):
    """An object with these keys and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def of(*values):
    return {"enum": list(values), "type": "string"}


def each(item):
    return {"type": "array", "items": item}


def contract(kind, entity, optional=None, **required):
    """An event as the types of @notionhq/client 5.26.0 have it; what `data` holds beside the parent is given."""
    people = each(strict(id=TEXT, type=of("person", "bot")))
    place = of("space", "block", "page", "database", "team", "agent")
    return strict(
        optional={"accessible_by": people},
        id=TEXT,
        timestamp=TEXT,
        workspace_id=TEXT,
        workspace_name=TEXT,
        subscription_id=TEXT,
        integration_id=TEXT,
        api_version=of("2022-06-28", "2025-09-03", "2026-03-11"),
        attempt_number={"type": "number"},
        authors=people,
        type=of(kind),
        entity=strict(id=TEXT, type=of(*entity)),
        data=strict(optional, parent=strict({"data_source_id": TEXT}, id=TEXT, type=place), **required),
    )


CHANGED = each(strict(id=TEXT, name={"type": ["string", "null"]}, action=of("created", "updated", "deleted")))
CONTRACTS = {
    "page.created": contract("page.created", ["page"]),
    "page.deleted": contract("page.deleted", ["page"]),
    "page.undeleted": contract("page.undeleted", ["page"]),
    "page.properties_updated": contract("page.properties_updated", ["page"], updated_properties=each(TEXT)),
    "data_source.schema_updated": contract(
        "data_source.schema_updated", ["block", "database", "data_source"], {"updated_properties": CHANGED}
    ),
}


@pytest.fixture
async def outside(hub, playing, monkeypatch):
    """A sandbox with a subscription, in a hurry."""
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 0.0)
    monkeypatch.setattr(webhooks, "RETRY_DELAYS", (0.01,) * len(webhooks.RETRY_DELAYS))
    async with playing(intake_port=hub.port, bot_port=hub.port, notion_webhook_secret=TOKEN) as outside:
        yield outside


@pytest.fixture
async def page(outside, hub):
    """The id of a page whose own event is over."""
    made = await create(outside)
    await hub.until(1)
    hub.received.clear()
    return made


async def create(outside, title="It crashes", **more):
    properties = {"Title": {"title": [{"type": "text", "text": {"content": title}}]}, **more}
    body = {"parent": {"database_id": DATABASE}, "properties": properties}
    status, made, _ = await outside.ask("POST", "/notion/v1/pages", body, **KEY)
    assert status == 200, made
    return made["id"]


async def update(outside, page, **body):
    status, answer, _ = await outside.ask("PATCH", f"/notion/v1/pages/{page}", body, **KEY)
    assert status == 200, answer


async def edit(outside, page, **cells):
    await outside.control("PATCH", f"/notion/pages/{page}", cells)


async def change_schema(outside, **changes):
    await outside.control("PATCH", "/notion/schema", {"properties": changes})


async def until(hub, count):
    """The bodies of as many events."""
    return [json.loads(one.body) for one in await hub.until(count)]


def kinds(events):
    return [event["type"] for event in events]


def authors(event):
    return {author["type"] for author in event["authors"]}


def is_signed(received):
    digest = hmac.new(TOKEN.encode(), received.body, hashlib.sha256).hexdigest()
    return received.headers["x-notion-signature"] == f"sha256={digest}"


async def test_a_page_moved_by_a_person_is_told_without_its_values(outside, hub, page):
    await edit(outside, page, status="Done")
    (event,) = await until(hub, 1)
    assert hub.received[0].path == "/webhooks/notion"
    assert is_signed(hub.received[0])
    _, database, _ = await outside.ask("GET", f"/notion/v1/databases/{DATABASE}", **KEY)
    source = database["data_sources"][0]["id"]
    assert (event["type"], event["attempt_number"]) == ("page.properties_updated", 1)
    assert event["entity"] == {"id": page, "type": "page"}
    assert event["data"] == {
        "parent": {"id": DATABASE, "type": "database", "data_source_id": source},
        "updated_properties": [STATUS],
    }
    assert authors(event) == {"person"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["timestamp"])


async def test_what_our_connection_does_names_its_bot(outside, hub):
    page = await create(outside)
    await until(hub, 1)
    await update(outside, page, properties={"Status": {"status": {"name": "Done"}}})
    await until(hub, 2)
    await update(outside, page, in_trash=True)
    events = await until(hub, 3)
    assert kinds(events) == ["page.created", "page.properties_updated", "page.deleted"]
    _, me, _ = await outside.ask("GET", "/notion/v1/users/me", **KEY)
    assert [event["authors"] for event in events] == [[{"id": me["id"], "type": "bot"}]] * 3


async def test_the_trash_is_told_in_both_directions(outside, hub, page):
    await edit(outside, page, in_trash=True)
    await until(hub, 1)
    await edit(outside, page, in_trash=False)
    events = await until(hub, 2)
    assert kinds(events) == ["page.deleted", "page.undeleted"]
    assert ["updated_properties" in event["data"] for event in events] == [False, False]


async def test_a_changed_schema_is_told_with_what_was_done_to_each_property(outside, hub):
    await change_schema(outside, **{"Aufwand für uns": "number", "Channel": None, "Status": "select"})
    (event,) = await until(hub, 1)
    assert is_signed(hub.received[0])
    assert (event["type"], event["entity"]["type"]) == ("data_source.schema_updated", "data_source")
    assert event["data"]["parent"] == {"id": DATABASE, "type": "database"}
    changes = {one["name"]: one["action"] for one in event["data"]["updated_properties"]}
    assert changes == {"Aufwand für uns": "created", "Channel": "deleted", "Status": "updated"}
    assert authors(event) == {"person"}


async def test_a_schema_changed_through_the_api_names_the_bot(outside, hub):
    _, database, _ = await outside.ask("GET", f"/notion/v1/databases/{DATABASE}", **KEY)
    path = f"/notion/v1/data_sources/{database['data_sources'][0]['id']}"
    await outside.ask("PATCH", path, {"properties": {"Effort": {"number": {}}}}, **KEY)
    (event,) = await until(hub, 1)
    assert authors(event) == {"bot"}


async def test_what_was_changed_before_a_refusal_is_told(outside, hub):
    await outside.refused("PATCH", "/notion/schema", {"properties": {"Effort": "number", "Title": None}})
    (event,) = await until(hub, 1)
    assert [one["name"] for one in event["data"]["updated_properties"]] == ["Effort"]


async def test_every_event_keeps_the_contract(outside, hub):
    page = await create(outside, title="Ünïcode 🎉")
    for count, cells in enumerate(({"title": "Other"}, {"in_trash": True}, {"in_trash": False}), 1):
        await until(hub, count)
        await edit(outside, page, **cells)
    await until(hub, 4)
    await change_schema(outside, Effort="number", Channel=None)
    events = await until(hub, 5)
    assert set(kinds(events)) == set(CONTRACTS)
    for event in events:
        jsonschema.validate(event, CONTRACTS[event["type"]])


async def test_several_edits_of_one_page_become_one_event(outside, hub, page, monkeypatch):
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 1.0)
    await edit(outside, page, status="In Progress", priority="High")
    await edit(outside, page, status="Done")
    await update(outside, page, properties={"Title": {"title": []}})
    (event,) = await until(hub, 1)
    assert sorted(event["data"]["updated_properties"]) == sorted([STATUS, PRIORITY, "title"])
    assert authors(event) == {"person", "bot"}


async def test_edits_of_two_pages_stay_two_events(outside, hub, page, monkeypatch):
    other = await create(outside)
    await until(hub, 1)
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 0.2)
    await edit(outside, page, status="Done")
    await edit(outside, other, status="Done")
    events = (await until(hub, 3))[1:]
    assert {event["entity"]["id"] for event in events} == {page, other}


async def test_an_edit_after_the_pause_is_an_event_of_its_own(outside, hub, page):
    await edit(outside, page, status="In Progress")
    await until(hub, 1)
    await edit(outside, page, priority="High")
    events = await until(hub, 2)
    assert [event["data"]["updated_properties"] for event in events] == [[STATUS], [PRIORITY]]
    assert events[0]["id"] != events[1]["id"]


async def test_a_person_does_not_wait_for_the_event(outside, hub, page, monkeypatch):
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 3600)
    await edit(outside, page, status="Done")
    assert hub.received == []


async def test_a_save_that_changes_nothing_is_not_told(outside, hub, page):
    await edit(outside, page, title="It crashes")
    await edit(outside, page, in_trash=False)
    await change_schema(outside, Status="status")
    await edit(outside, page, priority="High")
    (event,) = await until(hub, 1)
    assert event["data"]["updated_properties"] == [PRIORITY]


async def test_without_a_token_nothing_is_sent(playing, hub, monkeypatch):
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 0.0)
    async with playing(intake_port=hub.port, bot_port=hub.port, notion_webhook_secret="") as outside:
        await edit(outside, await create(outside), status="Done")
        await change_schema(outside, Effort="number")
        await outside.control("POST", "/intercom/ping", {})
        assert [one.path for one in hub.received] == ["/webhooks/intercom"]
        assert "NOTION_WEBHOOK_SECRET" in await outside.refused("POST", "/notion/verify", {})


async def test_the_handshake_brings_the_token_signed_with_itself(outside, hub):
    hub.statuses = [202]
    assert await outside.control("POST", "/notion/verify", {}) == {"status": 202}
    assert json.loads(hub.received[0].body) == {"verification_token": TOKEN}
    assert hub.received[0].path == "/webhooks/notion"
    assert is_signed(hub.received[0])


async def test_an_event_not_taken_is_sent_again_with_the_next_number(outside, hub, page):
    hub.statuses = [404, 500, 302]
    await edit(outside, page, status="Done")
    events = await until(hub, 4)
    assert [event.pop("attempt_number") for event in events] == [1, 2, 3, 4]
    assert all(event == events[0] for event in events)
    assert all(is_signed(one) for one in hub.received)


async def test_the_eighth_attempt_is_the_last(outside, hub, page):
    hub.statuses = [503] * 8
    await edit(outside, page, status="Done")
    assert (await until(hub, 8))[-1]["attempt_number"] == 8
    await edit(outside, page, priority="High")
    assert (await until(hub, 9))[-1]["data"]["updated_properties"] == [PRIORITY]


async def test_an_event_nobody_listens_for_is_sent_again(playing, free_port, monkeypatch):
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 0.0)
    monkeypatch.setattr(webhooks, "RETRY_DELAYS", (0.01,))
    async with playing(intake_port=free_port(), notion_webhook_secret=TOKEN) as outside, asyncio.timeout(10):
        await create(outside)
        while len(log := (await outside.control("GET", "/delivered?platform=notion"))["data"]) < 2:
            await asyncio.sleep(0.01)
    assert [one["status"] for one in log] == [0, 0]


def test_pauses_grow_from_half_a_second_to_half_a_minute():
    pauses = webhooks.RETRY_DELAYS
    assert (len(pauses), pauses[0], pauses[-1]) == (7, 0.5, 30)
    assert list(pauses) == sorted(pauses)


async def test_events_are_in_the_log(outside, hub, page):
    await edit(outside, page, status="Done")
    await until(hub, 1)
    logged = (await outside.control("GET", "/delivered?platform=notion"))["data"][-1]
    assert logged["url"].endswith("/webhooks/notion")
    assert "X-Notion-Signature" in logged["headers"]


async def test_a_dropped_event_is_lost(outside, hub, page):
    await outside.control("POST", "/faults", {"platform": "notion", "mode": "drop", "times": 1})
    await edit(outside, page, in_trash=True)
    await edit(outside, page, in_trash=False)
    await edit(outside, page, priority="High")
    assert kinds(await until(hub, 2)) == ["page.undeleted", "page.properties_updated"]


async def test_an_event_held_back_comes_after_a_later_one_and_once(outside, hub, page):
    await outside.control("POST", "/faults", {"platform": "notion", "mode": "reorder", "times": 1})
    await edit(outside, page, in_trash=True)
    await edit(outside, page, in_trash=False)
    assert kinds(await until(hub, 2)) == ["page.undeleted", "page.deleted"]
    await edit(outside, page, priority="High")
    assert kinds(await until(hub, 3))[2] == "page.properties_updated"


async def test_a_duplicate_is_the_same_event_twice(outside, hub, page):
    await outside.control("POST", "/faults", {"platform": "notion", "mode": "duplicate", "times": 1})
    await edit(outside, page, status="Done")
    first, second = await hub.until(2)
    assert first.body == second.body


async def test_reset_forgets_what_waits_and_tells_what_comes_after(outside, hub, monkeypatch):
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 3600)
    await change_schema(outside, Effort="number")
    await outside.control("POST", "/reset", {})
    monkeypatch.setattr(webhooks, "AGGREGATE_SECONDS", 0.0)
    await change_schema(outside, Channel=None)
    (event,) = await until(hub, 1)
    assert [one["name"] for one in event["data"]["updated_properties"]] == ["Channel"]
