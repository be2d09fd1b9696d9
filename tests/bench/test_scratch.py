"""Databases that are kept: filled once a day, anew when they would be filled otherwise, and never half."""

import asyncpg
import pytest

from bench import scratch
from sandbox.embedded import Servers


class Filler:
    def __init__(self) -> None:
        self.filled = 0

    async def __call__(self, url: str) -> None:
        self.filled += 1
        connection = await asyncpg.connect(url)
        await connection.execute("INSERT INTO agents (id, name) VALUES ('T1:U1', 'Ana')")
        await connection.close()


async def _names(running: Servers, begins: str) -> list[str]:
    return await scratch._others(running, begins)


async def test_what_is_kept_is_filled_once(migrated: Servers):
    fill = Filler()
    first = await scratch.kept(migrated, "kept_once", made_of="this", fill=fill)
    assert await scratch.kept(migrated, "kept_once", made_of="this", fill=fill) == first
    assert fill.filled == 1


async def test_what_would_be_filled_otherwise_is_filled_anew_and_the_old_one_goes(migrated: Servers):
    fill = Filler()
    await scratch.kept(migrated, "kept_anew", made_of="this", fill=fill)
    url = await scratch.kept(migrated, "kept_anew", made_of="that", fill=fill)
    assert fill.filled == 2
    (name,) = await _names(migrated, "kept_anew")
    assert f"/{name}?" in url


async def test_a_database_half_filled_is_not_taken_for_a_whole_one(migrated: Servers):
    fill = Filler()

    async def break_off(url: str) -> None:
        await fill(url)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await scratch.kept(migrated, "kept_whole", made_of="this", fill=break_off)
    await scratch.kept(migrated, "kept_whole", made_of="this", fill=fill)
    assert fill.filled == 2
