"""The migrations make the tables the code expects, from an empty database and again."""

from alembic import command

from storage.migrations import config, upgrade
from tests.build import World


async def test_the_migrations_make_what_the_models_say(database_url: str):
    import asyncio

    await upgrade(database_url)
    await asyncio.to_thread(command.check, config(database_url))


async def test_down_to_nothing_and_up_again(database_url: str):
    import asyncio

    await asyncio.to_thread(command.downgrade, config(database_url), "base")
    await asyncio.gather(upgrade(database_url), upgrade(database_url))


async def test_nothing_newer_than_the_three_extensions_is_used(world: World):
    found = {row["extname"] for row in await world.rows("SELECT extname FROM pg_extension")}
    assert found == {"plpgsql", "vector", "pg_trgm", "unaccent"}


async def test_the_history_cannot_be_changed(world: World):
    import asyncpg
    import pytest

    ticket = await world.ticket()
    for statement in ("UPDATE ticket_events SET data = '{}'", "DELETE FROM ticket_events", "TRUNCATE ticket_events"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await world.rows(statement)
    assert await world.events(ticket.id) == ["created"]
