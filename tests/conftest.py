"""A real PostgreSQL and a real Redis for every test that asks.

A `world` is a database all such tests share, emptied before each (a new one costs 0.2 s); tests that start
processes, migrate or make tables take a `database_url` of their own.
"""

import gc
import os
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import hypothesis
import pytest
from redis.asyncio import Redis

from sandbox.embedded import Servers, servers
from storage.database import Bell, Database
from storage.keyring import Keyring
from storage.migrations import upgrade
from storage.models import Base
from tests.bucket import Bucket, serving
from tests.build import World
from tests.ports import free_port
from tests.stories.nursery import SHARED_NURSERY, open_nursery

LONG = {"stories", "browser", "chaos", "bench", "sandbox", "storage", "deploy", "jobs", "platforms"}
"""Folders whose tests start hubs, servers or other programs, or wait for limits of platforms."""
TEMPLATE = "hub"
SEQUENCES = ("tickets_number_seq", "ticket_events_position_seq", "jobs_id_seq")


hypothesis.settings.register_profile("ours", max_examples=50, deadline=None)  # no test is timed
hypothesis.settings.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    """One nursery for all that run side by side."""
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ[SHARED_NURSERY] = open_nursery()
    else:
        gc.disable()  # until the tests are collected: there are thousands, and all of them stay


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: of tests that run side by side, what is begun last should be short."""
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))


def pytest_collection_finish() -> None:
    """The garbage collector need not go through thousands of tests again and again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


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
    async with copied(migrated, f"test_{uuid4().hex}") as url:
        yield url


@pytest.fixture(scope="session")
async def shared_url(migrated: Servers) -> AsyncIterator[str]:
    async with copied(migrated, "shared") as url:
        yield url


@asynccontextmanager
async def copied(running: Servers, name: str) -> AsyncIterator[str]:
    """A copy of the migrated database."""
    admin = await asyncpg.connect(running.database_url.replace("/hub?", "/postgres?"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield running.database_url.replace("/hub?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
async def broom(shared_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A connection that is kept, since a new one reads about every table first."""
    async with asyncpg.create_pool(shared_url, min_size=1, max_size=1) as pool:
        yield pool


@pytest.fixture
async def world_url(shared_url: str, broom: asyncpg.Pool) -> str:
    """The shared database, empty."""
    async with broom.acquire() as connection:
        await emptied(connection)
    return shared_url


async def emptied(connection: asyncpg.Connection, *, but: Collection[str] = ()) -> None:
    """Every table of a database `but` these; numbers begin at 1 again."""
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in but]
    statements = ["SET session_replication_role = replica", *(f"DELETE FROM {table}" for table in tables)]
    statements += [f"ALTER SEQUENCE {sequence} RESTART" for sequence in SEQUENCES]
    await connection.execute("; ".join(statements))


@pytest.fixture
async def redis_url(embedded: Servers) -> AsyncIterator[str]:
    redis = Redis.from_url(embedded.redis_url)
    await redis.flushdb()
    yield embedded.redis_url
    await redis.aclose()


@pytest.fixture(scope="session")
def running_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with serving(tmp_path_factory.mktemp("s3"), free_port()) as running:
        yield running


@pytest.fixture
def bucket(running_bucket: Bucket) -> Bucket:
    """Empty."""
    running_bucket.empty()
    return running_bucket


@pytest.fixture(scope="session")
async def shared_db(shared_url: str) -> AsyncIterator[Database]:
    """With the statements it has compiled once."""
    db = Database(shared_url, pool=12)
    yield db
    await db.close()


@pytest.fixture
async def world(world_url: str, shared_db: Database) -> World:
    rung: list[Bell] = []
    shared_db.ring = rung.extend
    return World(shared_db, rung)


@asynccontextmanager
async def opened(url: str, *keys: bytes) -> AsyncIterator[World]:
    """What is personal is sealed there with the first of `keys`."""
    rung: list[Bell] = []
    db = Database(url, pool=12, ring=rung.extend, keys=Keyring(keys))
    yield World(db, rung)
    await db.close()
