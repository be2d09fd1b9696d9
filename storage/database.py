"""The engine, and the only places that commit: transaction() for everything, statement() for a single statement,
express() for arrivals."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import asyncpg
from sqlalchemy import event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from storage.keyring import Keyring, MissingKey
from storage.models import EncryptionKey
from storage.sealed import give_keys

STATEMENT_SECONDS = 15
NO_KEY = {"key_share": True}
"""FOR NO KEY UPDATE: holds a row without holding up those who only refer to it (a comment to its ticket)."""
SERVER_SETTINGS = {
    "application_name": "feedback-hub",
    "statement_timeout": str(STATEMENT_SECONDS * 1000),
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "60000",
    "jit": "off",
}
CONNECTING: dict[str, Any] = {
    "server_settings": SERVER_SETTINGS,
    "command_timeout": STATEMENT_SECONDS + 5,
    "timeout": 5,
}
Row = TypeVar("Row", bound=object)


class Bell(NamedTuple):
    """A job that may be claimed now. `claims` makes the bell's name new each time the job may run again."""

    job_id: int
    claims: int


@dataclass(slots=True)
class Express:
    """A transaction on a bare asyncpg connection; bells are rung after its commit."""

    connection: asyncpg.Connection
    keys: Keyring
    bells: list[Bell] = field(default_factory=list)


def address(url: str) -> str:
    """A database's address as the driver reads it: with `sslmode`, `sslrootcert` and whatever else libpq knows."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """`ring` is told, after each commit, which jobs may be claimed; it must return at once."""

    def __init__(
        self,
        url: str,
        *,
        pool: int = 10,
        ring: Callable[[Sequence[Bell]], None] | None = None,
        keys: Keyring | None = None,
    ) -> None:
        self.ring = ring or (lambda _bells: None)
        self.keys = keys or Keyring()
        self._keys_hold = False
        self._dsn = address(url)
        self._pool_size = pool
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,
            pool_size=pool,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,  # few connections, which know the statements, rather than all of them in turn
            hide_parameters=True,  # an error's text is logged; what people wrote must not be in it
        )
        event.listen(self._engine.sync_engine, "checkout", _must_be_open)
        give_keys(self._engine.dialect, self.keys)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        self._alone = async_sessionmaker(
            self._engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Commits at the end of the block, rolls back when it raises."""
        await self._check_keys()
        async with self._sessions() as session:
            async with session.begin():
                yield session
                for write in session.info.get("last", ()):
                    await write(session)
            self.ring(session.info.get("bells", ()))

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncSession]:
        """For one statement, which is a transaction of its own: neither BEGIN nor COMMIT travels."""
        await self._check_keys()
        async with self._alone() as session:
            yield session
        self.ring(session.info.get("bells", ()))

    @asynccontextmanager
    async def express(self) -> AsyncIterator[Express]:
        """A transaction on a bare connection: BEGIN and COMMIT are all that is added to what the block sends."""
        async with self.express_statement() as express, express.connection.transaction():
            yield express

    @asynccontextmanager
    async def express_statement(self) -> AsyncIterator[Express]:
        """The same for one statement that writes: not even those are added."""
        await self._check_keys()
        pool = await self._express_pool()
        async with pool.acquire(timeout=5) as connection:
            express = Express(connection, self.keys)
            yield express
        self.ring(express.bells)

    @property
    def in_use(self) -> dict[str, int]:
        """Connections that somebody has, of each pool."""
        express = self._pool.get_size() - self._pool.get_idle_size() if self._pool else 0
        return {"orm": self._engine.pool.checkedout(), "express": express}  # type: ignore[attr-defined]

    async def close(self) -> None:
        await self._engine.dispose()
        if self._pool is not None:
            await self._pool.close()

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self._dsn, **CONNECTING)

    async def _check_keys(self) -> None:
        """Once: MissingKey where something may be sealed with a key that is not here; the one that seals is noted.

        Without it people would not be recognised, and everybody would be somebody new.
        """
        if self._keys_hold:
            return
        async with self._sessions() as session, session.begin():
            for key_id in await session.scalars(select(EncryptionKey.id)):
                if key_id not in self.keys.ids:
                    raise MissingKey(key_id)
            if self.keys.ids:
                sealing = insert(EncryptionKey).values(id=self.keys.ids[0])
                await session.execute(sealing.on_conflict_do_nothing())
        self._keys_hold = True

    async def _express_pool(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=1,
                    max_size=self._pool_size,
                    **CONNECTING,
                    init=_speak_json,
                    reset=_leave_as_it_is,
                )
        return self._pool


def _must_be_open(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    """A connection the server closed is replaced when it is next wanted, at no cost: asyncpg knows that it is gone.

    Asking the server each time (`pool_pre_ping`) would be a round trip for every transaction.
    """
    if dbapi_connection.driver_connection.is_closed():
        raise DisconnectionError


async def _speak_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """Express blocks change no session state, so a returned connection needs no reset statement."""


def is_refused(error: DBAPIError) -> bool:
    """The database cannot hold a value (SQLSTATE class 22): trying again would not help."""
    return str(getattr(error.orig, "sqlstate", "")).startswith("22")


async def settled(session: AsyncSession, row: Row) -> Row:
    """The row with what the database filled in itself: its version, its times."""
    await session.flush()
    await session.refresh(row)
    return row


def before_commit(session: AsyncSession, write: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Have `write` run, once, as the last thing in this session's transaction()."""
    last: list[Any] = session.info.setdefault("last", [])
    if write not in last:
        last.append(write)


def after_commit(session: AsyncSession, bell: Bell) -> None:
    """Ring `bell` once this session's transaction is durable."""
    bells: list[Any] = session.info.setdefault("bells", [])
    bells.append(bell)
