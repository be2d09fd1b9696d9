"""Alembic migrations, run by `release`."""

import asyncio
import time
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from storage.database import address

PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Before a migration is tried again; the last one from then on."""
SHORT_WAIT, LONG_WAIT = 0.5, 2.0
"""Seconds a migration waits for a table, and everybody else behind it. In a deadlock PostgreSQL ends whoever has waited
for a second: that is nobody when the migration gives way sooner. An autovacuum gives way only to who waits for longer,
so that is tried later."""
IN_THE_WAY = ("55P03", "40P01")
"""lock_not_available and deadlock_detected (PostgreSQL's "Error Codes")."""
REFUSED = ("42501", "0A000", "58P01")
"""insufficient_privilege; feature_not_supported or undefined_file, where the extension's files are missing."""


class CannotMigrate(Exception):
    """The message says why, and what to do."""


class InTheWay(CannotMigrate):
    """Somebody has had a table a migration needs for too long; that migration has changed nothing."""


class Ahead(Exception):
    """A newer version has been here; whoever goes back a version needs no migration."""


async def upgrade(url: str, revision: str = "head", *, patience: float = PATIENCE_SECONDS) -> None:
    """Bring the database at `url` to `revision`; safe to run twice or from two places at once.

    Each migration is a transaction of its own and is tried for `patience` seconds: then InTheWay. CannotMigrate where
    the database cannot be reached or lacks an extension, Ahead where it stands at a migration this version does not
    know.
    """
    for step in await _steps(url, revision):
        await _take(url, step, patience)


async def _steps(url: str, revision: str) -> list[str]:
    """What is still to be done, oldest first."""
    scripts, stands_at = ScriptDirectory.from_config(config(url)), await _stands_at(url)
    if stands_at and stands_at not in {one.revision for one in scripts.walk_revisions()}:
        raise Ahead(
            f"The database stands at migration {stands_at}, which this version does not know: a newer one has been"
            " here. Nothing was changed; docs/upgrading.md says which versions work on it."
        )
    return [one.revision for one in scripts.iterate_revisions(revision, stands_at or "base")][::-1]


async def _stands_at(url: str) -> str | None:
    try:
        connection = await asyncpg.connect(address(url))
    except (OSError, asyncpg.PostgresError) as error:
        raise CannotMigrate(f"The database cannot be opened ({error}): look at DATABASE_URL.") from error
    try:
        stands_at: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    except asyncpg.InsufficientPrivilegeError as error:
        raise CannotMigrate(_refusal(str(error))) from error
    finally:
        await connection.close()
    return stands_at


async def _take(url: str, step: str, patience: float) -> None:
    end, tried = time.monotonic() + patience, 0
    while True:
        settings = config(url)
        settings.attributes["wait"] = SHORT_WAIT if tried < len(PAUSE_SECONDS) else LONG_WAIT
        try:
            return await asyncio.to_thread(command.upgrade, settings, step)
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state in REFUSED:
                raise CannotMigrate(_refusal(str(error.orig))) from error
            if state not in IN_THE_WAY:
                raise
            if time.monotonic() > end:
                raise InTheWay(
                    f"Somebody keeps a table that migration {step} needs: a backup, or a transaction left open. "
                    "It has changed nothing; run this again when they are done."
                ) from error
        await asyncio.sleep(PAUSE_SECONDS[min(tried, len(PAUSE_SECONDS) - 1)])
        tried += 1


def _refusal(said: str) -> str:
    if "extension" in said:
        return (
            "The database lacks an extension, and this user may not add it or PostgreSQL does not have it. Install"
            " pgvector where PostgreSQL runs, have a superuser say `CREATE EXTENSION vector; CREATE EXTENSION pg_trgm;"
            " CREATE EXTENSION unaccent;` in this database, and run this again."
        )
    return f"The user of DATABASE_URL may not change this database ({said}): run this as who owns it."


def config(url: str) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["url"] = url
    return settings
