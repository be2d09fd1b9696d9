"""The migrations make the tables the code expects, from an empty database, again, and from two places at once."""

import asyncio
import os
import sys

import asyncpg
import pytest
from alembic import command

from storage.migrations import config, upgrade
from tests.build import World


async def test_the_migrations_make_what_the_models_say(database_url: str):
    await upgrade(database_url)
    await asyncio.to_thread(command.check, config(database_url))


async def test_two_releases_at_once_bring_an_empty_database_up(database_url: str):
    await asyncio.to_thread(command.downgrade, config(database_url), "base")
    environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": "redis://unused"}
    releases = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "runtime.migrate", env=environment)
        for _ in range(2)
    ]
    assert [await release.wait() for release in releases] == [0, 0]
    await asyncio.to_thread(command.check, config(database_url))


async def test_nothing_newer_than_the_three_extensions_is_used(world: World):
    found = {row["extname"] for row in await world.rows("SELECT extname FROM pg_extension")}
    assert found == {"plpgsql", "vector", "pg_trgm", "unaccent"}


@pytest.mark.parametrize(
    "statement", ["UPDATE ticket_events SET data = '{}'", "DELETE FROM ticket_events", "TRUNCATE ticket_events"]
)
async def test_the_history_cannot_be_changed(world: World, statement: str):
    ticket = await world.ticket()
    with pytest.raises(asyncpg.RestrictViolationError):
        await world.rows(statement)
    assert await world.events(ticket.id) == ["created"]
