"""Queries about what tickets mean: vectors that are due, kept, and nearest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Embedding

EF_SEARCH = 80
"""How many neighbours the index keeps in sight (pgvector, "HNSW query options"); recall grows with it."""
RENEWED = 5_000


@dataclass(frozen=True, slots=True)
class Due:
    """`seen` is when it became due: what changes meanwhile makes it due again."""

    ticket_id: UUID
    seen: datetime
    model: str | None
    content_hash: str | None


async def ask(session: AsyncSession, ticket_id: UUID) -> None:
    """The ticket is new, or says something else now."""
    made = insert(Embedding).values(ticket_id=ticket_id)
    now = func.clock_timestamp()
    await session.execute(made.on_conflict_do_update(index_elements=[Embedding.ticket_id], set_={"due_at": now}))


async def due(session: AsyncSession, *, limit: int) -> list[Due]:
    """What is to be made, the longest waiting first."""
    rows = await session.execute(
        select(Embedding.ticket_id, Embedding.due_at, Embedding.model, Embedding.content_hash)
        .where(Embedding.due_at.is_not(None))
        .order_by(Embedding.due_at)
        .limit(limit)
    )
    return [Due(ticket_id, seen, model, kept) for ticket_id, seen, model, kept in rows if seen]


async def keep(
    session: AsyncSession, one: Due, *, model: str, content_hash: str, vector: Sequence[float] | None
) -> None:
    """The ticket's vector, or None where the one there is holds; due again if it changed since it was seen."""
    values: dict[str, Any] = {"model": model, "content_hash": content_hash}
    if vector is not None:
        values |= {"vector": list(vector), "dimensions": len(vector)}
    still_due = func.nullif(Embedding.due_at, one.seen)
    await session.execute(
        update(Embedding).where(Embedding.ticket_id == one.ticket_id).values(**values, due_at=still_due)
    )


async def renew(session: AsyncSession, *, model: str) -> None:
    """What another model made is due, some at a time."""
    others = select(Embedding.ticket_id).where(
        Embedding.model.is_not(None), Embedding.model != model, Embedding.due_at.is_(None)
    )
    await session.execute(
        update(Embedding).where(Embedding.ticket_id.in_(others.limit(RENEWED))).values(due_at=func.clock_timestamp())
    )


async def nearest(session: AsyncSession, ticket_id: UUID, *, limit: int) -> list[tuple[UUID, float]]:
    """Tickets whose vectors are nearest, with the cosine distance; nothing while this one has none."""
    own = Embedding.ticket_id == ticket_id
    setting = func.set_config("hnsw.ef_search", str(EF_SEARCH), true())  # for this transaction, in the same trip
    if not await session.scalar(select(Embedding.vector.is_not(None), setting).where(own)):
        return []
    mine = select(Embedding.vector).where(own).scalar_subquery()  # which never leaves the database
    distance = Embedding.vector.op("<=>", return_type=Float)(mine)
    rows = await session.execute(
        select(Embedding.ticket_id, distance.label("distance")).order_by(distance).limit(limit + 1)
    )
    return [(other, away) for other, away in rows if other != ticket_id and away is not None][:limit]
