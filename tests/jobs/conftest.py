"""Jobs done in this process, by a runtime whose model is played."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from hub.work import Kind
from jobs.__main__ import KINDS_LIVE_IN
from jobs.job import work
from runtime.settings import Settings
from runtime.wiring import Runtime, open_runtime
from tests.build import World
from tests.runtime.conftest import served

assert KINDS_LIVE_IN
MOST = 3


class Desk:
    """A runtime, and the model it asks; `asked` are the addresses that were, `says` the message that comes back."""

    def __init__(self, world: World, runtime: Runtime, asked: list[str], says: dict[str, str]) -> None:
        self.world, self.runtime, self.asked, self.says = world, runtime, asked, says

    async def use_up(self) -> None:
        await self.world.rows("INSERT INTO model_days VALUES ((now() AT TIME ZONE 'UTC')::date, $1)", MOST)

    async def run(self, kind: Kind) -> dict[str, Any]:
        """Work on the newest of this kind; what its row says afterwards."""
        (job,) = await self.world.rows("SELECT max(id) AS id FROM jobs WHERE kind = $1", kind.name)
        await self.world.rows("UPDATE jobs SET run_at = now() WHERE id = $1", job["id"])
        await work(self.runtime, job["id"])
        (row,) = await self.world.rows("SELECT * FROM jobs WHERE id = $1", job["id"])
        return row

    async def ticket(self, ticket_id: UUID) -> dict[str, Any]:
        (row,) = await self.world.rows("SELECT * FROM tickets WHERE id = $1", ticket_id)
        return row


@pytest.fixture
async def desk(world: World, world_url: str, redis_url: str) -> AsyncIterator[Desk]:
    """Its budget is MOST requests a day."""
    asked: list[str] = []
    answer = {"suggested_type": "bug", "suggested_priority": 2, "summary": "It hangs."}
    says = {"role": "assistant", "content": json.dumps(answer)}

    async def model(request: web.Request) -> web.Response:
        asked.append(request.path.removeprefix("/v1/"))
        if request.path.endswith("/models"):
            return web.json_response({"object": "list", "data": [{"id": "gpt-5.1", "object": "model"}]})
        return web.json_response({"id": "c", "choices": [{"index": 0, "message": says, "finish_reason": "stop"}]})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", model)
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(served(app))
        settings = Settings(
            _env_file=None,
            database_url=world_url,
            redis_url=redis_url,
            openai_api_key="sk-test",
            openai_base_url=f"{address}/v1",
            openai_requests_per_day=MOST,
        )
        yield Desk(world, await stack.enter_async_context(open_runtime(settings)), asked, says)
