"""A database for one measurement, brought up to date."""

import asyncpg

from sandbox.embedded import Servers
from storage.migrations import upgrade


async def make(running: Servers, name: str) -> str:
    """Its address."""
    admin = await asyncpg.connect(running.database_url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = running.database_url.replace("/hub?", f"/{name}?")
    await upgrade(url)
    return url
