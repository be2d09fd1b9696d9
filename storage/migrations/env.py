"""Alembic's entry: one transaction, one migrator at a time."""

import asyncio

import asyncpg
from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.database import address
from storage.models import Base

LOCK = 4242_0001
"""Any number of releases may start together; this advisory lock lets one work at a time."""


ON_EXPRESSIONS = {"ix_reporters_name"}
"""Indexes alembic cannot compare: PostgreSQL writes an expression its own way."""


def _is_comparable(_object: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "index" and name in ON_EXPRESSIONS)


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=False,
        include_object=_is_comparable,
    )
    with context.begin_transaction():
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{context.config.attributes.get('wait', 0)}s'"))
        context.run_migrations()


async def _run() -> None:
    dsn = address(context.config.attributes["url"])
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(_run())
