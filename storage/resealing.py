"""Write every sealed column anew, with the key that seals now: after keys were given, or changed."""

from collections.abc import AsyncIterator

from sqlalchemy import Table, bindparam, delete, select, text, update

from storage.database import Database
from storage.models import (
    Agent,
    EncryptionKey,
    Notification,
    Reporter,
    ReporterIdentity,
    TicketSource,
    WebhookDelivery,
)
from storage.sealed import BlindIndex, Sealed

AT_ONCE = 200
"""Rows; a delivery may have megabytes."""
TABLES = (Reporter, ReporterIdentity, Agent, TicketSource, Notification, WebhookDelivery)
INDEXED = {"email_digest": "email", "account_digest": "platform_user_id"}
"""Blind index → the column it is of."""


async def reseal(database: Database) -> AsyncIterator[tuple[str, int]]:
    """Table by table, and how many of its rows are done. Afterwards other keys than the first may go.

    Arrivals wait while some rows are written (milliseconds): one that looked for a person by an old digest, and
    inserted by it, would make them twice.
    """
    for table in (model.__table__ for model in TABLES):
        assert isinstance(table, Table)  # noqa: S101 - tells the type checker
        done, last = 0, None
        while found := await _some(database, table, last):
            done, last = done + found[0], found[1]
            yield table.name, done
    async with database.transaction() as session:
        await session.execute(delete(EncryptionKey).where(EncryptionKey.id.not_in(database.keys.ids[:1])))


async def _some(database: Database, table: Table, last: object) -> tuple[int, object] | None:
    """The next rows after the one with the id `last`: how many, and the last one's id."""
    sealed = [column for column in table.c if isinstance(column.type, Sealed)]
    indexes = [column for column in table.c if isinstance(column.type, BlindIndex)]
    following = select(table.c.id, *sealed).order_by(table.c.id).limit(AT_ONCE)
    following = following if last is None else following.where(table.c.id > last)
    async with database.transaction() as session:
        if indexes:
            await session.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))
        rows = (await session.execute(following.with_for_update(key_share=True))).mappings().all()
        if not rows:
            return None
        anew = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in (*sealed, *indexes)}
        unchanged = {column.name: column for column in table.c if column.onupdate is not None}
        statement = update(table).where(table.c.id == bindparam("which")).values(anew | unchanged)
        connection = await session.connection()
        await connection.execute(
            statement,
            [
                {"which": row["id"]}
                | {f"new_{column.name}": row[column.name] for column in sealed}
                | {f"new_{column.name}": row[INDEXED[column.name]] for column in indexes}
                for row in rows
            ],
        )
    return len(rows), rows[-1]["id"]
