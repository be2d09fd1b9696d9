"""Databases for measurements: new ones, and one of many tickets that is kept for the next run."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg

from sandbox.embedded import Servers
from storage.migrations import upgrade


async def make(running: Servers, name: str) -> str:
    """The address of an empty one, brought up to date; one of an earlier run is thrown away."""
    await upgrade(running.database_url)
    await _do(
        running,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE hub STRATEGY file_copy",
    )
    return _named(running, name)


async def kept(running: Servers, name: str, *, made_of: str, fill: Callable[[str], Awaitable[None]]) -> str:
    """The address of one that was filled today, in an earlier run or now.

    It is filled anew when `made_of` or the tables are no longer what they were, and on another day: a month of
    tickets is to be the last one.
    """
    whole = f"{name}_{await _digest(running, made_of)}"
    if not await _exists(running, whole):
        await _do(running, *[f"DROP DATABASE {other} WITH (FORCE)" for other in await _others(running, f"{name}_")])
        await fill(await make(running, f"{name}_new"))
        await _do(running, f"ALTER DATABASE {name}_new RENAME TO {whole}")  # half of one is never taken for a whole
    return _named(running, whole)


async def _digest(running: Servers, made_of: str) -> str:
    await upgrade(running.database_url)
    connection = await asyncpg.connect(running.database_url)
    tables = await connection.fetchval("SELECT version_num FROM alembic_version")
    await connection.close()
    return hashlib.sha256(f"{made_of}{tables}{datetime.now(UTC):%F}".encode()).hexdigest()[:8]


async def _exists(running: Servers, name: str) -> bool:
    return name in await _others(running, name)


async def _others(running: Servers, begins: str) -> list[str]:
    admin = await asyncpg.connect(_named(running, "postgres"))
    rows = await admin.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", begins)
    await admin.close()
    return [row["datname"] for row in rows]


async def _do(running: Servers, *statements: str) -> None:
    """Outside of the databases they are about."""
    admin = await asyncpg.connect(_named(running, "postgres"))
    try:
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()


def _named(running: Servers, name: str) -> str:
    return running.database_url.replace("/hub?", f"/{name}?")
