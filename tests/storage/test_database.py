"""Connections the server closed are replaced before anybody notices, and few do most of the work."""

import asyncio

import asyncpg
from sqlalchemy import text

from tests.build import World

WHO = text("SELECT pg_backend_pid()")
THROW_OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"

NEWS_SECONDS = 0.5
"""That it was closed arrives like everything else: whoever is quicker meets an error."""


async def test_a_connection_the_server_has_closed_is_not_handed_out(world: World, world_url: str):
    for _ in range(3):
        async with world.db.transaction() as session:
            first = (await session.execute(WHO)).scalar_one()
        admin = await asyncpg.connect(world_url)
        await admin.execute(THROW_OUT)
        await admin.close()
        await asyncio.sleep(NEWS_SECONDS)
        async with world.db.statement() as session:
            assert (await session.execute(WHO)).scalar_one() != first


async def test_a_single_statement_is_durable_by_itself(world: World):
    async with world.db.statement() as session:
        await session.execute(text("INSERT INTO schedules (name) VALUES ('one')"))
        async with world.db.transaction() as other:
            assert (await other.execute(text("SELECT name FROM schedules"))).scalars().all() == ["one"]


async def test_one_after_the_other_use_the_same_connection_though_there_are_more(world: World):
    async with world.db.transaction() as one, world.db.transaction() as other:
        there_are = {(await session.execute(WHO)).scalar_one() for session in (one, other)}
    used = set()
    for _ in range(5):
        async with world.db.statement() as session:
            used.add((await session.execute(WHO)).scalar_one())
    assert (len(there_are), len(used)) == (2, 1)
