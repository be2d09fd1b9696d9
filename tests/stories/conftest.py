"""A running hub for a whole story.

Starting one costs seconds, so that stories share one and find it as on its first day. Those that need settings of
their own, or end its processes, `start` one for themselves.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from sandbox.embedded import Servers
from tests.conftest import copied, emptied
from tests.stories.processes import Story

Start = Callable[..., Story]
PATIENCE_SECONDS = 150
"""A request that a platform holds back may take a minute to be given up."""
RUNNING = "SELECT count(*) FROM jobs WHERE status = 'running'"
LEARNT = ("connections", "served_models", "schedules")
"""What a hub asks its platforms about every few minutes: it need not ask again for every story."""
FORGOTTEN = (
    "DELETE FROM schedules WHERE name NOT IN ('check_connections', 'list_models', 'pull_from_notion', 'upkeep')"
)
"""What recurs beside that is about what was emptied."""
UNLEARNT = """DELETE FROM schedules WHERE name IN ('check_connections', 'list_models')
  AND name IN (SELECT kind FROM jobs WHERE status = 'pending')"""
"""Who was about to ask is thrown away, and has to be promised again."""
AGENTS = "SELECT count(*) FROM agents"
"""A hub reads who they are within its first second."""
MODELS = "SELECT count(*) FROM served_models"
LATE = "SELECT count(*) FROM webhook_deliveries"
"""What was on its way when the platforms were reset arrives after that."""


@pytest.fixture
def start(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Start]:
    def begin(**settings: str) -> Story:
        story = Story(tmp_path, database_url=database_url, redis_url=redis_url, **settings)
        stack.enter_context(story)
        story.until(lambda: story.ask(AGENTS)[0][0])
        return story

    with ExitStack() as stack:
        yield begin


@pytest.fixture
def own_story(start: Start) -> Story:
    """One whose processes may be ended, and whose logs nobody else wrote."""
    return start()


@pytest.fixture(scope="session")
async def stories_url(migrated: Servers) -> AsyncIterator[str]:
    async with copied(migrated, "stories") as url:
        yield url


@pytest.fixture(scope="package")
def shared_story(tmp_path_factory: pytest.TempPathFactory, stories_url: str, embedded: Servers) -> Iterator[Story]:
    with shared(tmp_path_factory.mktemp("stories"), stories_url, embedded, redis=1) as story:
        yield story


def shared(home: Path, database_url: str, embedded: Servers, *, redis: int, **settings: str) -> Story:
    """For many stories, with a Redis database of its own: other hubs are not to answer its bells."""
    return Story(home, database_url=database_url, redis_url=f"{embedded.redis_url}?db={redis}", **settings)


@pytest.fixture
async def story(shared_story: Story) -> Story:
    """As on its first day: nobody has written, every platform works, and nothing is under way."""
    shared_story.control("POST", "reset", {})
    redis = Redis.from_url(shared_story.redis_url)
    connection = await asyncpg.connect(shared_story.database_url)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await _begin_anew(shared_story, connection, redis)
        while await connection.fetchval(LATE):
            await _begin_anew(shared_story, connection, redis)
    await connection.close()
    await redis.aclose()
    return shared_story


async def _begin_anew(story: Story, connection: asyncpg.Connection, redis: Redis) -> None:
    while not await _is_anew(story, connection, redis):
        await asyncio.sleep(0.05)
    while not (await connection.fetchval(AGENTS) and await connection.fetchval(MODELS)):
        await asyncio.sleep(0.05)


async def _is_anew(story: Story, connection: asyncpg.Connection, redis: Redis) -> bool:
    """Hub and platforms in one step in which no job begins: else a card of the last story stands here as #1.

    Not when a job runs, or when something the hub did just then wanted the same rows the other way round.
    """
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE jobs IN SHARE ROW EXCLUSIVE MODE")
            await connection.execute(UNLEARNT)
            if await connection.fetchval(RUNNING):
                await connection.execute("DELETE FROM jobs WHERE status = 'pending'")  # else there is always one
                return False
            await emptied(connection, but=LEARNT)
            await connection.execute(FORGOTTEN)
            await redis.flushdb()
            story.control("POST", "reset", {})
    except asyncpg.DeadlockDetectedError:
        return False
    return True
