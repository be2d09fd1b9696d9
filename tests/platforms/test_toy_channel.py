"""A channel added as CONTRIBUTING.md says, from its first delivery to its reporter being told; all else is as it was.

That the toy keeps the contract of channels is tested with the others, in test_channel_contract.py.
"""

import asyncio
import inspect
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientSession, web

from hub import changelog, ticketing
from hub.channel import Channel
from intake.app import make_app
from jobs.__main__ import KINDS_LIVE_IN
from jobs.job import work
from runtime.wiring import Runtime, open_runtime
from storage.enums import TicketStatus
from storage.models import Notification, Reporter
from tests.build import World
from tests.platforms.conftest import CHANNELS, WithToy
from tests.platforms.test_channel_contract import SIGNERS
from tests.runtime.conftest import served

assert KINDS_LIVE_IN
CONTRIBUTING = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
ANSWER = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
FILE = b"\x89PNG"


class Played:
    """The toy as its servers would be: who wrote, what is attached, and what we sent."""

    def __init__(self) -> None:
        self.url = ""
        self.messages: list[dict[str, Any]] = []
        self.loses_answers = False

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.get("/users/rita", self.user),
                web.get("/files/crash.png", self.file),
                web.get("/messages", self.sent),
                web.post("/messages", self.take),
            ]
        )
        return app

    async def user(self, _request: web.Request) -> web.Response:
        return web.json_response({"name": "Rita Reyes", "email": "rita@shop.test"})

    async def file(self, _request: web.Request) -> web.Response:
        return web.Response(body=FILE, content_type="image/png")

    async def sent(self, request: web.Request) -> web.Response:
        wanted = request.query["reference"]
        found = [{"id": f"r{at}"} for at, one in enumerate(self.messages) if one["reference"] == wanted]
        return web.json_response({"messages": found})

    async def take(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer toy-token"
        self.messages.append(await request.json())
        if self.loses_answers and request.transport is not None:
            request.transport.abort()
        return web.json_response({"id": f"r{len(self.messages) - 1}"})


class Hub:
    """Intake behind a port, a worker without its process, and an agent."""

    def __init__(self, world: World, runtime: Runtime, session: ClientSession) -> None:
        self.world, self.runtime, self._session = world, runtime, session

    async def deliver(self, *events: dict[str, Any]) -> int:
        """A signed delivery and all the work that follows from it; what intake answered."""
        body = json.dumps({"shop": "s1", "events": events}).encode()
        sign, _ = SIGNERS["toy"]
        signed = {name: value for name, (value,) in sign(body).items()}
        headers = {"Content-Type": "application/json", **signed}
        async with self._session.post("/webhooks/toy", data=body, headers=headers) as answer:
            status = answer.status
        await self.work()
        return status

    async def work(self) -> None:
        """Whatever is due, and what becomes due by it."""
        async with asyncio.timeout(20):
            while due := await self.world.rows("SELECT id FROM jobs WHERE status = 'pending' AND run_at <= now()"):
                for job in due:
                    await work(self.runtime, job["id"])

    async def answer(self) -> UUID:
        """The ticket is resolved and its answer approved; the notification that is owed."""
        agent = await self.world.agent()
        (ticket,) = await self.world.rows("SELECT id FROM tickets")
        async with self.world.db.transaction() as session:
            await ticketing.set_status(session, ticket["id"], TicketStatus.RESOLVED, by=agent)
            entry = await changelog.write(session, ticket["id"], ANSWER, by=agent)
            owed = await changelog.approve(
                session, entry.id, by=agent, channels=self.runtime.channels, now=datetime.now(UTC)
            )
        await self.work()
        return owed.id

    async def notification(self, notification_id: UUID) -> Notification:
        async with self.world.db.transaction() as session:
            return await session.get_one(Notification, notification_id)


@pytest.fixture
async def toy() -> AsyncIterator[Played]:
    played = Played()
    async with served(played.app()) as played.url:
        yield played


@pytest.fixture
async def hub(
    world: World, world_url: str, redis_url: str, toy: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hub]:
    monkeypatch.setattr("runtime.wiring.CHANNELS", CHANNELS)
    settings = WithToy(
        _env_file=None,
        database_url=world_url,
        redis_url=redis_url,
        hub_home=tmp_path,
        toy_base_url=toy.url,
        toy_token="toy-token",
        toy_webhook_secret="toy-secret-for-tests",
    )
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(settings, "intake"))
        address = await stack.enter_async_context(served(make_app(runtime)))
        yield Hub(world, runtime, await stack.enter_async_context(ClientSession(address)))


def message(message_id: str, text: str, **facts: Any) -> dict[str, Any]:
    author = {"id": "rita", "name": "Rita"}
    return {"kind": "message", "id": message_id, "at": now(), "author": author, "text": text, **facts}


def receipt(notification_id: UUID, status: str) -> dict[str, Any]:
    return {"kind": "receipt", "message": "r0", "reference": str(notification_id), "status": status, "at": now()}


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def public(of: type) -> set[str]:
    return {name for name in (*vars(of), *of.__annotations__) if not name.startswith("_")}


def test_the_toy_has_all_that_a_channel_has(channel):
    opened = channel("toy")
    for name in public(Channel):
        wanted, found = getattr(Channel, name, None), getattr(type(opened), name)
        if inspect.isfunction(wanted):
            assert list(inspect.signature(found).parameters) == list(inspect.signature(wanted).parameters), name


def test_contributing_names_all_that_a_channel_has():
    assert public(Channel) <= set(re.findall(r"`(\w+)[`(]", CONTRIBUTING))


async def test_a_report_becomes_a_ticket_once_and_what_is_known_of_its_author_is_learned(hub: Hub, toy: Played):
    attached = {"name": "crash.png", "type": "image/png", "size": 4, "url": f"{toy.url}/files/crash.png"}
    report = message("m1", "The checkout crashes when I pay", files=[attached])
    assert [await hub.deliver(report), await hub.deliver(report)] == [200, 200]
    (ticket,) = await hub.world.rows("SELECT * FROM tickets")
    assert (ticket["original_channel"], ticket["title"]) == ("toy", "The checkout crashes when I pay")
    (kept,) = await hub.world.rows("SELECT * FROM attachments")
    assert await hub.runtime.files.read(kept["storage_url"]) == FILE
    async with hub.world.db.transaction() as session:
        assert (await session.get_one(Reporter, ticket["reporter_id"])).email == "rita@shop.test"
    await hub.deliver(message("m2", "It happens on my phone too", thread="m1"))
    assert (await hub.world.count("tickets"), await hub.world.count("ticket_comments")) == (1, 1)
    assert await hub.world.count("dead_letter_jobs") == 0


async def test_its_reporter_is_told_where_they_wrote_and_the_receipt_is_heard(hub: Hub, toy: Played):
    await hub.deliver(message("m1", "The checkout crashes when I pay"))
    owed = await hub.answer()
    plain = ANSWER.replace("**", "")
    assert toy.messages == [{"to": "rita", "thread": "m1", "text": plain, "reference": str(owed)}]
    assert (await hub.notification(owed)).status == "sent"
    await hub.deliver(receipt(owed, "delivered"))
    assert (await hub.notification(owed)).status == "delivered"


async def test_when_an_answer_is_lost_it_is_looked_up_and_nobody_is_told_twice(hub: Hub, toy: Played):
    await hub.deliver(message("m1", "The checkout crashes when I pay"))
    toy.loses_answers = True
    owed = await hub.answer()
    assert (await hub.notification(owed)).unsure_since is not None
    await hub.world.rows("UPDATE jobs SET run_at = now() WHERE kind = 'reconcile'")
    await hub.work()
    assert (await hub.notification(owed)).status == "sent"
    assert len(toy.messages) == 1
