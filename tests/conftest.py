"""A real PostgreSQL and a real Redis for every test that asks; each test has a database of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from redis.asyncio import Redis

from sandbox.embedded import Servers, servers
from storage.database import Bell, Database
from storage.migrations import upgrade
from tests.build import World

TEMPLATE = "hub"


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with servers(Path(tmp_path_factory.mktemp("hub")), durable=False) as running:
        yield running


@pytest.fixture(scope="session")
async def migrated(embedded: Servers) -> Servers:
    await upgrade(embedded.database_url)
    return embedded


@pytest.fixture
async def database_url(migrated: Servers) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(migrated.database_url.replace("/hub?", "/postgres?"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield migrated.database_url.replace("/hub?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def redis_url(embedded: Servers) -> AsyncIterator[str]:
    redis = Redis.from_url(embedded.redis_url)
    await redis.flushall()
    yield embedded.redis_url
    await redis.aclose()


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    rung: list[Bell] = []
    db = Database(database_url, pool=12, ring=rung.extend)
    yield World(db, rung)
    await db.close()
