"""The migrations make the tables the code expects, from an empty database, again, and from two places at once."""

import asyncio
import os
import re
import time
from pathlib import Path

import asyncpg
import pytest
from alembic import command

from storage.migrations import CannotMigrate, InTheWay, config, upgrade
from tests.build import World
from tests.stories.processes import begin, finished

GIVEN = {"REDIS_URL": "redis://unused"}


async def test_the_migrations_make_what_the_models_say(database_url: str):
    await upgrade(database_url)
    await asyncio.to_thread(command.check, config(database_url))


async def test_two_releases_at_once_bring_an_empty_database_up(database_url: str, tmp_path: Path):
    await asyncio.to_thread(command.downgrade, config(database_url), "base")
    command_line, env = ["python", "-m", "runtime.migrate"], os.environ | GIVEN | {"DATABASE_URL": database_url}
    both = [begin(command_line, env=env, log=tmp_path / f"{number}.log") for number in (1, 2)]
    assert [release.wait(60) for release in both] == [0, 0]
    await asyncio.to_thread(command.check, config(database_url))


async def test_the_release_of_an_older_version_lets_a_newer_database_be_and_says_so(database_url: str):
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    release = finished(["runtime.migrate"], env=os.environ | GIVEN | {"DATABASE_URL": database_url})
    assert release.returncode == 0
    assert "migration 9999" in release.stderr
    assert "Traceback" not in release.stderr
    assert await connection.fetchval("SELECT version_num FROM alembic_version") == "9999"
    await connection.close()


async def test_what_keeps_the_first_migration_from_its_tables_is_a_sentence(database_url: str):
    admin = await asyncpg.connect(database_url)
    await admin.execute("CREATE ROLE plain LOGIN")
    await admin.execute("CREATE DATABASE plains OWNER plain")
    theirs = re.sub(r"//\w+@/\w+", "//plain@/plains", database_url)
    try:
        with pytest.raises(CannotMigrate, match="CREATE EXTENSION vector"):
            await upgrade(theirs)
        with pytest.raises(CannotMigrate, match="permission denied for table alembic_version"):
            await upgrade(re.sub(r"//\w+@", "//plain@", database_url))
        with pytest.raises(CannotMigrate, match="DATABASE_URL"):
            await upgrade(theirs.replace("/plains", "/nowhere"))
    finally:
        await admin.execute("DROP DATABASE plains WITH (FORCE)")
        await admin.execute("DROP ROLE plain")
        await admin.close()


async def test_a_migration_that_cannot_have_its_table_lets_everybody_pass_and_tries_again(database_url: str):
    await asyncio.to_thread(command.downgrade, config(database_url), "0015")
    keeper, writer = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    keeping = keeper.transaction()
    await keeping.start()
    await keeper.execute("LOCK TABLE tickets IN ROW EXCLUSIVE MODE")
    with pytest.raises(InTheWay, match="0016"):
        async with asyncio.timeout(20):
            await upgrade(database_url, patience=0)
    release, longest = asyncio.create_task(upgrade(database_url)), 0.0
    for _ in range(30):
        began = time.monotonic()
        await writer.execute("UPDATE tickets SET version = 1")
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    assert 0.2 < longest < 5, "it waited behind the migration, and not for long"
    assert not release.done()
    await keeping.rollback()
    await release
    await asyncio.to_thread(command.check, config(database_url))
    await keeper.close()
    await writer.close()


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
