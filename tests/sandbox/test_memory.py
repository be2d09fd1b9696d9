"""What the stand-in still knows after a restart, an end without goodbye, and a broken file."""

import asyncio
import base64
import json
import os
import random

import aiohttp
import pytest
from yarl import URL

from sandbox import memory
from tests.sandbox.saver import memory_in
from tests.stories.processes import answers, begin

INTERCOM = {"Authorization": "Bearer intercom-token"}
WHATSAPP = {"Authorization": "Bearer whatsapp-token"}
NOTION = {"Authorization": "Bearer notion-key", "Notion_Version": "2025-09-03"}
SLACK = {"Authorization": "Bearer xoxb-test"}
DATABASE = "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7a"
PICTURE = {
    "name": "a b.png",
    "content_type": "image/png",
    "content_base64": base64.b64encode(b"\x89PNG\xff").decode(),
}
CARD = [{"type": "section", "block_id": "s", "text": {"type": "mrkdwn", "text": "*#1* It crashes"}}]
HOME = {"type": "home", "blocks": CARD}
DAY = 86_400


@pytest.fixture
def start(playing, hub, tmp_path):
    """A sandbox on the same home every time."""
    return lambda **given: playing(hub_home=tmp_path, intake_port=hub.port, bot_port=hub.port, **given)


async def say(outside, channel, who, text, **more):
    report = {"channel": channel, "from": who, "text": text, **more}
    return (await outside.control("POST", "/report", report))["external_id"]


async def slack(outside, method, **arguments):
    _, answer, _ = await outside.ask("POST", f"/slack/api/{method}", arguments, **SLACK)
    return answer


async def whatsapp_text(outside, to, text, **more):
    body = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": text}, **more}
    return await outside.ask("POST", "/whatsapp/v25.0/106540352242922/messages", body, **WHATSAPP)


async def make_page(outside, title="#1 It crashes"):
    words = [{"type": "text", "text": {"content": title}}]
    status = {"status": {"name": "Done"}}
    body = {
        "parent": {"database_id": DATABASE},
        "properties": {"Title": {"title": words}, "Status": status, "Priority": {"select": {"name": "Odd"}}},
    }
    _, page, _ = await outside.ask("POST", "/notion/v1/pages", body, **NOTION)
    return page["id"]


async def live_a_little(outside):
    """Something of everything that is to survive."""
    await say(outside, "slack", "Zoë Zhang", "words & \ud800 <b>", files=[PICTURE], email="zoe@customer.example")
    card = (await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="#1", blocks=CARD))["ts"]
    await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="in the thread", thread_ts=card)
    await slack(outside, "reactions.add", channel="C0TRIAGE", timestamp=card, name="eyes")
    await slack(outside, "views.publish", user_id="U0ANA", view=HOME)
    conversation = await say(outside, "intercom", "ivy", "It crashes", name="Ivy", files=[PICTURE])
    await say(outside, "intercom", "ivy", "Still", thread=conversation)
    await say(
        outside, "whatsapp", "34600111222", "Se cae", name="Wim", user_id="ES.13491208655302741918", files=[PICTURE]
    )
    await whatsapp_text(outside, "34600111222", "Thanks", biz_opaque_callback_data="n1")
    page = await make_page(outside)
    comment = {"parent": {"page_id": page}, "rich_text": [{"type": "text", "text": {"content": "Told."}}]}
    await outside.ask("POST", "/notion/v1/comments", comment, **NOTION)
    await outside.control("PATCH", "/notion/schema", {"properties": {"Effort": "number", "Channel": None}})
    await outside.control("POST", "/clock", {"advance_seconds": 2 * 3600})
    await until_read(outside)


async def until_read(outside):
    """Every receipt of WhatsApp has gone out."""
    async with asyncio.timeout(10):
        while {one["status"] for one in (await outside.control("GET", "/whatsapp/messages"))["data"]} != {"read"}:
            await asyncio.sleep(0.02)


SHOWN = {
    "slack": ("slack/messages?channel=C0TRIAGE", "slack/users", "slack/channels", "slack/home?user=U0ANA"),
    "intercom": ("intercom/conversations",),
    "whatsapp": ("whatsapp/messages",),
    "notion": ("notion/pages", "notion/comments"),
}


@pytest.mark.parametrize("platform", SHOWN)
async def test_after_a_restart_everything_is_shown_as_before(start, platform):
    async with start() as outside:
        await live_a_little(outside)
        before = [await outside.control("GET", f"/{path}") for path in SHOWN[platform]]
    async with start() as outside:
        assert [await outside.control("GET", f"/{path}") for path in SHOWN[platform]] == before
    assert all(shown["data"] for shown in before)


async def test_what_was_loaded_is_saved_again_letter_by_letter(start, tmp_path):
    file = tmp_path / "sandbox" / "state.json"
    async with start() as outside:
        await live_a_little(outside)
    saved, saved_at = file.read_text(), file.stat().st_mtime_ns
    file.with_name("state.json.new").write_text("half a fi")  # what a kill may leave
    async with start() as outside:
        await outside.control("POST", "/clock", {"advance_seconds": 0})
    assert file.stat().st_mtime_ns > saved_at
    assert file.read_text() == saved


async def test_a_card_can_be_updated_after_a_restart(start):
    async with start() as outside:
        ts = (await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="#1", blocks=CARD))["ts"]
    async with start() as outside:
        assert (await slack(outside, "chat.update", channel="C0TRIAGE", ts=ts, text="#1 taken", blocks=CARD))["ok"]
        shown = (await outside.control("GET", "/slack/messages?channel=C0TRIAGE"))["data"]
        assert [(one["ts"], one["text"]) for one in shown] == [(ts, "#1 taken")]


async def test_a_modal_and_an_ephemeral_message_do_not_survive(start):
    async with start() as outside:
        await slack(outside, "chat.postEphemeral", channel="C0TRIAGE", user="U0ANA", text="only you")
        assert (await outside.control("GET", "/slack/messages?channel=C0TRIAGE"))["data"]
    async with start() as outside:
        assert (await outside.control("GET", "/slack/messages?channel=C0TRIAGE"))["data"] == []
        assert (await outside.control("GET", "/slack/views?user=U0ANA"))["data"] == []


async def test_another_triage_channel_can_be_set_between_two_starts(start):
    async with start() as outside:
        await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="#1")
    async with start(slack_triage_channel="C0OTHER") as outside:
        channels = (await outside.control("GET", "/slack/channels"))["data"]
        assert [one["id"] for one in channels if one["triage"]] == ["C0OTHER"]
        assert (await slack(outside, "chat.postMessage", channel="C0OTHER", text="#2"))["ok"]
        assert len((await outside.control("GET", "/slack/messages?channel=C0TRIAGE"))["data"]) == 1


async def test_an_old_conversation_takes_a_reply_after_a_restart(start):
    async with start() as outside:
        conversation = (await say(outside, "intercom", "ivy", "It crashes")).split(":")[1]
    async with start() as outside:
        reply = {"message_type": "comment", "type": "admin", "admin_id": "814860", "body": "Fixed"}
        status, answer, _ = await outside.ask(
            "POST", f"/intercom/conversations/{conversation}/reply", reply, **INTERCOM
        )
        assert status == 200
        parts = answer["conversation_parts"]["conversation_parts"]
        assert [part["body"] for part in parts] == ["<p>Fixed</p>"]
        again = await say(outside, "intercom", "ivy", "Thanks", thread=conversation)
        new = await say(outside, "intercom", "ivy", "And another")
        assert len({parts[0]["id"], again.split(":")[2], conversation, new.split(":")[1]}) == 4


async def test_a_window_stays_open_over_a_restart_and_the_clock_goes_on(start):
    async with start() as outside:
        await say(outside, "whatsapp", "34600111222", "Se cae")
        await outside.control("POST", "/clock", {"advance_seconds": DAY - 60})
    async with start() as outside:
        await outside.control("POST", "/whatsapp", {"window_error": "sync"})
        assert (await outside.control("GET", "/clock"))["advanced_seconds"] == DAY - 60
        assert (await whatsapp_text(outside, "34600111222", "Fixed"))[0] == 200
        await outside.control("POST", "/clock", {"advance_seconds": 120})
        assert (await whatsapp_text(outside, "34600111222", "Fixed"))[0] == 400


async def test_somebody_with_a_number_and_an_id_is_still_one_person(start):
    both = {"user_id": "ES.13491208655302741918"}
    async with start() as outside:
        await say(outside, "whatsapp", "34600111222", "Se cae", ago_seconds=2 * DAY, **both)
    async with start() as outside:
        await outside.control("POST", "/whatsapp", {"window_error": "sync"})
        await say(outside, "whatsapp", both["user_id"], "Otra vez")
        assert (await whatsapp_text(outside, "34600111222", "Fixed"))[0] == 200


async def test_uploads_can_still_be_fetched(start, hub):
    async with start() as outside:
        await say(outside, "slack", "U0RITA", "look", files=[PICTURE])
        await say(outside, "intercom", "ivy", "look", files=[PICTURE])
        await say(outside, "whatsapp", "34600111222", "mira", files=[PICTURE])
    bodies = [json.loads(one.body) for one in hub.received]
    slack_file = bodies[0]["event"]["files"][0]["url_private"]
    attached = bodies[1]["data"]["item"]["source"]["attachments"][0]["url"]
    media = bodies[2]["entry"][0]["changes"][0]["value"]["messages"][0]["image"]["id"]
    async with start() as outside:
        _, found, _ = await outside.ask("GET", f"/whatsapp/v25.0/{media}", **WHATSAPP)
        for url, headers in ((slack_file, SLACK), (attached, {}), (found["url"], WHATSAPP)):
            here = URL(outside.url).with_path(URL(url).raw_path, encoded=True)
            async with outside.session.get(here, headers=headers) as answer:
                assert (answer.status, await answer.read()) == (200, b"\x89PNG\xff")


async def test_a_page_is_known_after_a_restart_with_its_schema(start):
    async with start() as outside:
        page = await make_page(outside)
        await outside.control("PATCH", "/notion/schema", {"properties": {"Effort": "number"}})
    async with start() as outside:
        body = {"properties": {"Effort": {"number": 3}, "Priority": {"select": {"name": "odd"}}}}
        status, answer, _ = await outside.ask("PATCH", f"/notion/v1/pages/{page}", body, **NOTION)
        assert status == 200
        assert answer["properties"]["Effort"]["number"] == 3
        assert answer["properties"]["Priority"]["select"]["name"] == "Odd"


async def test_nothing_is_written_where_nothing_happened(start, tmp_path):
    async with start() as outside:
        await outside.ask("GET", "/notion/v1/users/me", **NOTION)
        await outside.control("GET", "/clock")
    assert list(tmp_path.iterdir()) == []


BROKEN = {
    "not JSON": b'{"form": 1, "state": {"wor',
    "of another form": b'{"form": 0, "state": {}}',
    "no object": b"[]",
    "without a platform": b'{"form": 1, "state": {"world": {"advanced_seconds": 5, "people": {}}}}',
    "deep": b"[" * 100_000,
    "not UTF-8": b"\xff\xfe\xff",
}


@pytest.mark.parametrize("why", BROKEN)
async def test_a_file_that_cannot_be_read_is_put_aside(start, tmp_path, caplog, why):
    (tmp_path / "sandbox" / "contents").mkdir(parents=True)
    (tmp_path / "sandbox" / "state.json").write_bytes(BROKEN[why])
    (tmp_path / "sandbox" / "contents" / "kept").write_bytes(b"!")
    async with start() as outside:
        assert (await outside.control("GET", "/clock"))["advanced_seconds"] == 0
        await make_page(outside)
    (aside,) = tmp_path.glob("sandbox.unreadable-*")
    assert (aside / "state.json").read_bytes() == BROKEN[why]
    assert (aside / "contents" / "kept").exists()
    (said,) = [one.getMessage() for one in caplog.records if one.name == "sandbox.memory"]
    assert "starts empty" in said
    assert str(aside) in said
    async with start() as outside:
        assert len((await outside.control("GET", "/notion/pages"))["data"]) == 1


async def test_a_missing_content_counts_as_a_broken_file(start, tmp_path):
    async with start() as outside:
        await say(outside, "intercom", "ivy", "look", files=[PICTURE])
    (content,) = (tmp_path / "sandbox" / "contents").iterdir()
    content.unlink()
    async with start() as outside:
        assert (await outside.control("GET", "/intercom/conversations"))["data"] == []
    assert len(list(tmp_path.glob("sandbox.unreadable-*"))) == 1


async def test_what_looks_like_a_content_but_is_none_stays_what_it_is(start):
    odd = {"event_type": "odd", "event_payload": {memory.CONTENT: "../../etc/passwd"}}
    async with start() as outside:
        await slack(outside, "chat.postMessage", channel="C0TRIAGE", text="#1", metadata=odd)
    async with start() as outside:
        shown = (await outside.control("GET", "/slack/messages?channel=C0TRIAGE"))["data"]
        assert shown[0]["metadata"] == odd


async def test_a_folder_that_cannot_be_written_is_said_once_and_tried_again(start, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(memory, "SAVE_SECONDS", 0.02)
    (tmp_path / "sandbox").write_text("in the way")
    async with start() as outside:
        page = await make_page(outside)
        async with asyncio.timeout(30):
            while not (said := [one.getMessage() for one in caplog.records if one.name == "sandbox.memory"]):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        assert len(said) == len([one for one in caplog.records if one.name == "sandbox.memory"]) == 1
        assert "cannot be saved" in said[0]
        (tmp_path / "sandbox").unlink()
    async with start() as outside:
        assert [one["id"] for one in (await outside.control("GET", "/notion/pages"))["data"]] == [page]


async def test_a_receipt_that_goes_out_later_is_saved_too(start, monkeypatch):
    monkeypatch.setattr(memory, "SAVE_SECONDS", 0.01)
    async with start() as outside:
        await say(outside, "whatsapp", "34600111222", "Se cae")
        await whatsapp_text(outside, "34600111222", "Thanks")
        await until_read(outside)
    async with start() as outside:
        await until_read(outside)


async def test_reset_empties_everything(start, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "SAVE_SECONDS", 0.02)
    contents = tmp_path / "sandbox" / "contents"
    async with start() as outside:
        empty = [await outside.control("GET", f"/{path}") for paths in SHOWN.values() for path in paths]
        await live_a_little(outside)
        assert list(contents.iterdir())
        await outside.control("POST", "/whatsapp", {"template": "paused", "receipts": "none"})
        await outside.control("POST", "/openai", {"retired": ["gpt-5.1"]})
        await outside.control("POST", "/faults", {"platform": "notion", "mode": "500"})
        await outside.control("POST", "/reset", {})
        assert [await outside.control("GET", f"/{path}") for paths in SHOWN.values() for path in paths] == empty
        assert (await outside.control("GET", "/whatsapp"))["template"] == "approved"
        assert "gpt-5.1" in (await outside.control("POST", "/openai", {"retired": []}))["served"]
        for log in ("sent", "delivered", "faults"):
            assert (await outside.control("GET", f"/{log}"))["data"] == []
        assert (await outside.control("GET", "/clock"))["advanced_seconds"] == 0
    async with start() as outside:
        assert [await outside.control("GET", f"/{path}") for paths in SHOWN.values() for path in paths] == empty
    assert list(contents.iterdir()) == []


async def test_reset_drops_what_was_still_to_be_sent(start, hub):
    async with start() as outside:
        await outside.control("POST", "/faults", {"platform": "intercom", "mode": "reorder"})
        await say(outside, "intercom", "ivy", "held back")
        await outside.control("POST", "/reset", {})
        await say(outside, "intercom", "ivy", "first after it")
        assert [b"held back" in one.body for one in hub.received] == [False]


async def test_reset_takes_an_object(outside):
    assert "object" in await outside.refused("POST", "/reset", [])


async def serve(home, port, log):
    needed = {"DATABASE_URL": "x", "REDIS_URL": "x", "SANDBOX_PORT": str(port), "HUB_HOME": str(home)}
    started = begin(["python", "-m", "sandbox"], env={**os.environ, **needed}, log=log)
    while not answers(f"http://127.0.0.1:{port}/up"):
        assert started.poll() is None, log.read_text()
        await asyncio.sleep(0.02)
    return started


async def test_a_kill_loses_at_most_seconds(free_port, tmp_path):
    port, home, log = free_port(), tmp_path / "home", tmp_path / "sandbox.log"
    url = f"http://127.0.0.1:{port}/_control"
    async with asyncio.timeout(120), aiohttp.ClientSession() as session:
        started = await serve(home, port, log)
        async with session.post(f"{url}/clock", json={"advance_seconds": 7}) as answer:
            assert answer.status == 200
        while not (home / "sandbox" / "state.json").exists():
            await asyncio.sleep(0.05)
        started.kill()
        started.wait(60)
        started = await serve(home, port, log)
        async with session.get(f"{url}/clock") as answer:
            assert (await answer.json())["advanced_seconds"] == 7
        started.terminate()
        assert started.wait(60) == 0


async def test_a_kill_while_saving_leaves_the_old_state_or_the_new_one(tmp_path):
    home, reached = tmp_path / "home", 0
    async with asyncio.timeout(60):
        for turn in range(4):
            said = tmp_path / f"{turn}.log"
            saving = begin(["python", "-m", "tests.sandbox.saver", str(home)], env=os.environ, log=said)
            while not said.exists() or len(said.read_text().splitlines()) < 2:
                assert saving.poll() is None, said.read_text()
                await asyncio.sleep(0.01)
            await asyncio.sleep(random.uniform(0, 0.2))
            saving.kill()
            saving.wait(60)
            last = int(said.read_text().split()[-1])
            loading, _, rounds = memory_in(home)
            loading.load()
            assert rounds.round in (last, last + 1)
            assert {row["round"] for row in rounds.rows} == {rounds.round}
            assert rounds.content == b"%d" % rounds.round * 1000
            reached += last
    assert reached > 4
    assert not list(tmp_path.glob("home.unreadable-*"))
