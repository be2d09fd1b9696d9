"""Alembic's entry: one transaction, one migrator at a time."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

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
        context.run_migrations()


async def _run() -> None:
    url = make_url(context.config.attributes["url"]).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(_run())
