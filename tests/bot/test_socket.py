"""Socket Mode against the played Slack, over real sockets: what is acknowledged when, and how connections follow."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.response import BoltResponse

from bot import socket as sockets
from bot.socket import Socket, posted, reply
from hub import ingestion
from hub.errors import Invalid
from platforms.http import Http
from platforms.limits import Limits
from platforms.slack.client import SlackClient
from runtime.health import Health
from storage.arrivals import Delivery
from tests.sandbox.slack_played import TOKEN, Played, played

APP_TOKEN = "xapp-for-tests"
DONE = BoltResponse(status=200)
Answer = Callable[[Delivery, Any], Awaitable[BoltResponse]]


class Door:
    """Takes what comes, answers `answer` once `gate` is open, and remembers."""

    def __init__(self) -> None:
        self.taken: list[tuple[Delivery, Any]] = []
        self.answer = DONE
        self.failures: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def take(self, delivery: Delivery, payload: Any) -> BoltResponse:
        self.taken.append((delivery, payload))
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return self.answer

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.taken) < count:
                await asyncio.sleep(0.01)


@pytest.fixture
async def slack() -> AsyncIterator[Played]:
    async with played(slack_app_token=APP_TOKEN) as one:
        yield one


@pytest.fixture
def door() -> Door:
    return Door()


@asynccontextmanager
async def connected(slack: Played, door: Door, token: str = APP_TOKEN) -> AsyncIterator[Socket]:
    http = Http()
    client = SlackClient(
        TOKEN,
        base_url=f"{slack.url}/slack/api/",
        seconds=5,
        posts_per_second=1,
        updates_per_minute=50,
        http=http,
        limits=Limits(None),
    )
    one = Socket(client, token, door.take, Health(None, None))  # type: ignore[arg-type] - is not asked
    one.open()
    yield one
    await one.close()
    await client.aclose()
    await http.aclose()


async def opened(slack: Played, count: int = 1) -> list[dict[str, Any]]:
    """The connections that stay, as soon as there are so many."""
    async with asyncio.timeout(15):
        while len(staying := [row for row in await slack.shown("sockets") if not row["leaving"]]) < count:
            await asyncio.sleep(0.01)
    return staying


async def gone(slack: Played) -> None:
    async with asyncio.timeout(5):
        while await slack.shown("sockets"):
            await asyncio.sleep(0.005)


async def write(slack: Played, text: str = "it broke") -> int:
    return (await slack.slack.report({"channel": "slack", "from": "U0RITA", "text": text}))[0]


async def test_an_event_is_acknowledged_only_when_it_was_taken(slack: Played, door: Door):
    async with connected(slack, door):
        await opened(slack)
        door.gate.clear()
        said = asyncio.create_task(write(slack))
        await door.until(1)
        await asyncio.sleep(0.1)
        assert not said.done()
        door.gate.set()
        assert await said == 200
        delivery, payload = door.taken[0]
        assert (payload["type"], payload["event"]["text"]) == ("event_callback", "it broke")
        assert ingestion.parse(delivery.body, delivery.content_type) == payload


async def test_what_could_not_be_kept_is_not_acknowledged_and_comes_again(slack: Played, door: Door):
    door.failures = [ConnectionError(), Invalid("No."), RuntimeError()]
    async with connected(slack, door):
        await opened(slack)
        assert await write(slack) == 0
        await door.until(4)
        assert len({payload["event_id"] for _, payload in door.taken}) == 1


async def test_a_command_is_answered_by_its_acknowledgement(slack: Played, door: Door):
    door.answer = BoltResponse(status=200, body="Thank you.")
    async with connected(slack, door):
        await opened(slack)
        shown = await slack.act("command", user="U0RITA", command="/feedback", text="it broke & <b>")
    assert (shown["status"], shown["body"]) == (200, {"text": "Thank you."})
    delivery, payload = door.taken[0]
    assert (payload["command"], payload["text"]) == ("/feedback", "it broke & <b>")
    assert ingestion.parse(delivery.body, delivery.content_type) == payload


async def test_what_nobody_listens_to_is_not_acknowledged(slack: Played, door: Door):
    door.answer = BoltResponse(status=404)
    async with connected(slack, door):
        await opened(slack)
        shown = await slack.act("command", user="U0RITA", command="/feedback", text="hello")
    assert shown["status"] == 0


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_the_next_connection_is_there_before_the_last_has_ended(slack: Played, door: Door, reason: str):
    async with connected(slack, door):
        (first,) = await opened(slack)
        door.gate.clear()
        said = asyncio.create_task(write(slack))
        await door.until(1)
        await slack.act("disconnect", reason=reason)
        (second,) = await opened(slack)
        assert second["number"] > first["number"]
        door.gate.set()
        assert await said == 200, "what came by the first connection is acknowledged by it"
        assert await write(slack, "again") == 200


async def test_a_connection_that_broke_is_followed_by_another_with_an_address_of_its_own(slack: Played, door: Door):
    async with connected(slack, door):
        for _ in range(2):
            await opened(slack)
            await slack.act("disconnect")
            await gone(slack)
        await opened(slack)
        assert await write(slack) == 200


async def test_an_address_that_is_spent_is_not_tried_again(slack: Played, door: Door, monkeypatch):
    """As slack_sdk's own client does, which is deaf from then on."""
    monkeypatch.setattr(sockets, "SHORTEST_PAUSE", 0.01)
    async with connected(slack, door):
        await opened(slack)
        monkeypatch.setattr("sandbox.slack.sockets.TICKET_SECONDS", -1.0)
        await slack.act("disconnect")
        await gone(slack)
        await asyncio.sleep(0.2)
        monkeypatch.setattr("sandbox.slack.sockets.TICKET_SECONDS", 30.0)
        await opened(slack)
        assert await write(slack) == 200


async def test_what_comes_while_nobody_is_connected_comes_again(slack: Played, door: Door):
    async with connected(slack, door):
        await opened(slack)
        await slack.act("disconnect")
        await gone(slack)
        assert await write(slack) == 0
        await door.until(1)


async def test_the_end_waits_for_what_runs_and_takes_nothing_new(slack: Played, door: Door):
    async with connected(slack, door) as one:
        await opened(slack)
        door.gate.clear()
        said = asyncio.create_task(write(slack))
        await door.until(1)
        closing = asyncio.create_task(one.close())
        await asyncio.sleep(0.1)
        late = asyncio.create_task(write(slack, "too late"))
        await asyncio.sleep(0.1)
        door.gate.set()
        await closing
        assert await said == 200
        assert await late == 0
    assert len(door.taken) == 1


async def test_a_token_that_is_not_taken_is_said_and_tried_again(slack: Played, door: Door, monkeypatch):
    monkeypatch.setattr(sockets, "SHORTEST_PAUSE", 0.01)
    async with connected(slack, door, token="xapp-of-another-app") as one:
        async with asyncio.timeout(5):
            while "SLACK_APP_TOKEN" not in one._health.own.get("slack", ""):
                await asyncio.sleep(0.01)
        one._token = APP_TOKEN
        await opened(slack)
        async with asyncio.timeout(5):
            while one._health.own:
                await asyncio.sleep(0.01)


def test_pauses_grow_to_a_minute_and_are_never_the_same():
    pause, pauses = 0.0, []
    for _ in range(20):
        pause = sockets._longer(pause)
        pauses.append(pause)
    assert 0.7 <= pauses[0] <= 1
    assert max(pauses) <= 60
    assert all(pause > 20 for pause in pauses[-3:])
    assert len(set(pauses)) == len(pauses)


@pytest.mark.parametrize(
    "envelope",
    [
        {"type": "events_api"},
        {"type": "events_api", "payload": []},
        {"type": "hello", "payload": {}},
        {"type": None, "payload": {}},
    ],
)
def test_what_is_no_envelope_is_refused(envelope: dict[str, Any]):
    with pytest.raises(Invalid):
        posted(envelope)


@pytest.mark.parametrize("text", ["ñ & = + %", "\ud800", "\x00"])
def test_every_kind_is_made_what_would_have_been_posted(text: str):
    clean = ingestion.parse(json.dumps({"text": text}).encode(), "application/json")["text"]
    for kind in ("events_api", "interactive", "slash_commands"):
        delivery = posted({"type": kind, "payload": {"text": text, "nothing": None}})
        told = ingestion.parse(delivery.body, delivery.content_type)["text"]
        assert told == (clean if "\ud800" not in text or kind != "slash_commands" else "?")


def test_an_event_takes_no_payload_in_its_acknowledgement():
    answer = BoltResponse(status=200, body={"status": "kept"})
    envelope = {"envelope_id": "e1", "type": "events_api", "accepts_response_payload": False}
    assert reply(envelope, answer) == {"envelope_id": "e1"}
    assert reply(envelope | {"accepts_response_payload": True}, answer)["payload"] == {"status": "kept"}
