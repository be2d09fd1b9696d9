"""Alembic migrations, run by `release`."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; safe to run twice or from two places at once."""
    await asyncio.to_thread(command.upgrade, config(url), revision)


def config(url: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["url"] = url
    return settings
