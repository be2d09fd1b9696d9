"""The simulator's control endpoints: one story, an incident, and a trickle of stories."""

import asyncio
from random import Random

import aiohttp
import pytest
from aiohttp import web

from runtime.settings import Settings
from sandbox.control import CHANNELS
from sandbox.simulator import Simulator
from sandbox.stories import Stories
from sandbox.world import World

STILL = {"on": False, "seconds": 180, "channel": None, "pii": False, "sent": 0, "next_in": None}
PATHS = {"slack": "/slack/events", "intercom": "/webhooks/intercom", "whatsapp": "/webhooks/whatsapp"}


class Sulky:
    """A platform on which nothing can be reported."""

    name = "slack"

    def __init__(self):
        self.asked = 0
        self.asked_again = asyncio.Event()

    async def report(self, body):
        self.asked += 1
        if self.asked == 2:
            self.asked_again.set()
        raise RuntimeError("not today")


async def sent_by(outside, count):
    """The trickle, as soon as it says that it sent so many."""
    async with asyncio.timeout(10):
        while (shown := await outside.control("GET", "/trickle"))["sent"] < count:
            await asyncio.sleep(0.01)
    return shown


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_story_is_told_on_the_channel_that_is_asked_for(outside, hub, channel):
    told = await outside.control("POST", "/simulate", {"channel": channel, "pii": True})
    assert {"status", "external_id", "channel", "from", "name", "text", "pii"} <= set(told)
    assert (told["status"], told["channel"]) == (200, channel)
    assert told["pii"]
    assert [one.path for one in hub.received] == [PATHS[channel]]


async def test_without_a_channel_a_story_is_told_on_any(outside, hub):
    told = await outside.control("POST", "/simulate", {})
    assert told["pii"] == []
    assert [one.path for one in hub.received] == [PATHS[told["channel"]]]


async def test_simulating_and_reporting_share_one_pile_of_stories(outside):
    texts = set()
    for _ in range(20):
        texts.add((await outside.control("POST", "/simulate", {"channel": "intercom"}))["text"])
        texts.add((await outside.control("POST", "/report", {"channel": "intercom", "story": True}))["text"])
    assert len(texts) == 40


async def test_a_story_says_what_the_hub_answered(outside, hub):
    hub.statuses = [503]
    assert (await outside.control("POST", "/simulate", {"channel": "whatsapp"}))["status"] == 503


async def test_an_incident_arrives_on_every_channel_from_eight_people(outside, hub):
    told = (await outside.control("POST", "/incident", {}))["data"]
    assert len({(one["channel"], one["from"]) for one in told}) == len({one["name"] for one in told}) == 8
    assert sorted(one.path for one in hub.received) == sorted(PATHS[one["channel"]] for one in told)
    for one in told:
        assert {"status", "external_id", "channel", "from", "name", "text", "pii"} <= set(one)
        assert one["status"] == 200
        assert one["external_id"]
    assert any(one["pii"] for one in told)


async def test_the_next_incident_is_another_one(outside, hub):
    first, second = [(await outside.control("POST", "/incident", {}))["data"] for _ in range(2)]
    assert not {one["text"] for one in first} & {one["text"] for one in second}
    assert len(hub.received) == 16


async def test_an_incident_says_what_the_hub_answered(outside, hub):
    hub.statuses = [503] * 8
    told = (await outside.control("POST", "/incident", {}))["data"]
    assert {one["status"] for one in told} == {503}


async def test_nothing_trickles_at_first(outside):
    assert await outside.control("GET", "/trickle") == STILL


async def test_a_trickle_begins_at_once(outside, hub):
    started = await outside.control("POST", "/trickle", {"channel": "intercom", "pii": True})
    assert (started["on"], started["seconds"], started["channel"], started["pii"]) == (True, 180, "intercom", True)
    assert [one.path for one in await hub.until(1)] == [PATHS["intercom"]]
    shown = await sent_by(outside, 1)
    assert 0 < shown["next_in"] <= 180


async def test_a_trickle_takes_the_channels_in_turn(outside, hub):
    await outside.control("POST", "/trickle", {"seconds": 1})
    paths = [one.path for one in await hub.until(4)]
    assert paths[:4] == [*PATHS.values(), PATHS["slack"]]


async def test_a_trickle_goes_on_when_the_hub_does_not_take_it(outside, hub):
    hub.statuses = [500]
    await outside.control("POST", "/trickle", {"seconds": 1, "channel": "intercom"})
    await hub.until(2)
    assert (await sent_by(outside, 2))["on"]


async def test_a_trickle_goes_on_when_nobody_listens(playing, free_port):
    async with playing(intake_port=free_port()) as outside:
        await outside.control("POST", "/trickle", {"seconds": 1, "channel": "whatsapp"})
        assert (await sent_by(outside, 2))["on"]


async def test_a_trickle_goes_on_after_a_story_that_cannot_be_told():
    settings = Settings(_env_file=None, database_url="postgresql://none", redis_url="redis://none")
    world, sulky, app = World(settings), Sulky(), web.Application()
    app.add_routes(Simulator(world, {"slack": sulky}, Stories(Random(1))).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/_control/trickle"
    await world.open()
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"seconds": 1, "channel": "slack"})
        await asyncio.wait_for(sulky.asked_again.wait(), 10)
        async with session.get(url) as answer:
            shown = await answer.json()
    await world.close()
    await runner.cleanup()
    assert (shown["on"], shown["sent"]) == (True, 0)


async def test_starting_again_replaces_the_trickle(outside, hub):
    await outside.control("POST", "/trickle", {"seconds": 1, "channel": "intercom"})
    await sent_by(outside, 1)
    again = await outside.control("POST", "/trickle", {"seconds": 1, "channel": "whatsapp"})
    assert (again["on"], again["channel"], again["sent"]) == (True, "whatsapp", 0)
    paths = [one.path for one in await hub.until(4)]
    assert paths[:4] == [PATHS["intercom"], *[PATHS["whatsapp"]] * 3]
    assert tricklings() == 1


async def test_a_trickle_that_is_turned_off_is_over(outside, hub):
    await outside.control("POST", "/trickle", {})
    await sent_by(outside, 1)
    assert await outside.control("POST", "/trickle", {"off": True}) == STILL
    assert await outside.control("GET", "/trickle") == STILL
    assert tricklings() == 0
    assert len(hub.received) == 1


async def test_turning_off_what_is_not_on_changes_nothing(outside):
    assert await outside.control("POST", "/trickle", {"off": True}) == STILL


async def test_a_reset_ends_the_trickle(outside):
    await outside.control("POST", "/trickle", {})
    await sent_by(outside, 1)
    await outside.control("POST", "/reset", {})
    assert await outside.control("GET", "/trickle") == STILL
    assert tricklings() == 0


async def test_a_trickle_can_be_started_after_a_reset(outside, hub):
    await outside.control("POST", "/trickle", {})
    await outside.control("POST", "/reset", {})
    await outside.control("POST", "/trickle", {"channel": "whatsapp"})
    assert (await sent_by(outside, 1))["on"]
    assert hub.received[-1].path == PATHS["whatsapp"]


async def test_a_trickle_ends_with_the_sandbox(playing, hub):
    async with playing(intake_port=hub.port) as outside:
        await outside.control("POST", "/trickle", {"channel": "intercom"})
        await sent_by(outside, 1)
        assert tricklings() == 1
    assert tricklings() == 0


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/simulate", [1], "object"),
        ("/incident", [1], "object"),
        ("/simulate", {"channel": "notion"}, '"channel"'),
        ("/simulate", {"channel": ["slack"]}, '"channel"'),
        ("/simulate", {"pii": "yes"}, '"pii"'),
        ("/trickle", {"channel": "fax"}, '"channel"'),
        ("/trickle", {"pii": 1}, '"pii"'),
        ("/trickle", {"off": "yes"}, '"off"'),
        ("/trickle", {"seconds": 0.5}, '"seconds"'),
        ("/trickle", {"seconds": 86_401}, '"seconds"'),
        ("/trickle", {"seconds": "180"}, '"seconds"'),
        ("/trickle", {"seconds": True}, '"seconds"'),
        ("/trickle", b'{"seconds": NaN}', '"seconds"'),
    ],
)
async def test_what_cannot_be_played_is_refused_in_a_sentence(outside, hub, path, body, word):
    assert word in await outside.refused("POST", path, body)
    assert await outside.control("GET", "/trickle") == STILL
    assert hub.received == []


async def test_a_trickle_that_is_refused_leaves_the_running_one(outside):
    await outside.control("POST", "/trickle", {"channel": "intercom"})
    await outside.refused("POST", "/trickle", {"seconds": 0})
    shown = await outside.control("GET", "/trickle")
    assert (shown["on"], shown["channel"]) == (True, "intercom")


def tricklings():
    """How many trickles are at work."""
    return sum("Simulator" in one.get_coro().__qualname__ for one in asyncio.all_tasks())
