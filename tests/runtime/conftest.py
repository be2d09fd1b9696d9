"""A process's runtime without the process, and its pages asked over HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from runtime import internal
from runtime.settings import Settings
from runtime.wiring import Runtime, open_runtime

Ask = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def runtime(world_url: str, redis_url: str) -> AsyncIterator[Runtime]:
    async with open_runtime(Settings(_env_file=None, database_url=world_url, redis_url=redis_url)) as opened:
        yield opened


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The address at which the app answers."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
async def ask(runtime: Runtime) -> AsyncIterator[Ask]:
    """Asks a worker's port for operators."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(served(internal.make_app(runtime, whole_fleet=True)))
        session = await stack.enter_async_context(ClientSession(address))

        async def get(path: str) -> tuple[int, str]:
            async with session.get(path) as answer:
                return answer.status, await answer.text()

        yield get
