"""Keyset pages: a page costs the same however deep it lies."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row")
MOST = 100
"""Rows a page may have."""


class BadCursor(ValueError):
    """The cursor is not one we gave."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    rows: Sequence[Row]
    next_cursor: str | None


async def page_of(
    session: AsyncSession, query: Select[Any], column: InstrumentedAttribute[int], *, limit: int, cursor: str | None
) -> Page[Any]:
    """Rows of `query` by falling `column` (unique, growing), after `cursor`."""
    if cursor is not None:
        query = query.where(column < _number(decode(cursor)))
    rows, more = await _rows(session, query.order_by(column.desc()), limit)
    return Page(rows, after(getattr(rows[-1], column.key)) if more else None)


def after(number: int) -> str:
    """The cursor of the page that follows the row with this number."""
    return encode(str(number))


def before(cursor: str) -> int:
    """The number `after` was given."""
    return _number(decode(cursor))


async def page_by_time(
    session: AsyncSession, query: Select[Any], table: Any, *, limit: int, cursor: str | None, by: str = "created_at"
) -> Page[Any]:
    """Rows of `query` newest first; `table` has an `id` and the moment `by`."""
    moment = getattr(table, by)
    if cursor is not None:
        query = query.where(tuple_(moment, table.id) < _moment(decode(cursor)))
    rows, more = await _rows(session, query.order_by(moment.desc(), table.id.desc()), limit)
    return Page(rows, encode(f"{getattr(rows[-1], by).isoformat()}|{rows[-1].id}") if more else None)


async def _rows(session: AsyncSession, query: Select[Any], limit: int) -> tuple[Sequence[Any], bool]:
    size = max(1, min(limit, MOST))
    rows = (await session.scalars(query.limit(size + 1))).all()
    return rows[:size], len(rows) > size


def encode(key: str) -> str:
    """A cursor that may stand in an address."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode(cursor: str) -> str:
    """BadCursor when it is none of ours."""
    try:
        return base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        raise _bad() from None


def _number(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise _bad()
    return int(key)


def _moment(key: str) -> tuple[datetime, UUID]:
    try:
        moment, _, row_id = key.partition("|")
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError):
        raise _bad() from None


def _bad() -> BadCursor:
    return BadCursor("This cursor is not one this API gave; start again without it.")
