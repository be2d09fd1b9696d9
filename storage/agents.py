"""Who may use the backoffice, as the directory last said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Agent

BELIEVED = timedelta(minutes=15)
"""How long the directory's last word holds; it is asked every minute."""


class Standing(NamedTuple):
    """Whether somebody is an agent by the directory's last word, and whether that may still be believed."""

    is_active: bool
    holds: bool


async def find(session: AsyncSession, agent_id: str) -> Agent | None:
    return await session.get(Agent, agent_id)


async def standing(session: AsyncSession, agent_id: str) -> Standing | None:
    """None for who never was an agent."""
    rows = await session.execute(select(Agent.is_active, still_holds()).where(Agent.id == agent_id))
    row = rows.one_or_none()
    return Standing(*row) if row else None


def still_holds() -> ColumnElement[bool]:
    return Agent.seen_at > func.now() - BELIEVED


async def names(session: AsyncSession, agent_ids: Iterable[str | None]) -> dict[str, str]:
    """Names of those of `agent_ids` that are or were agents."""
    wanted = {agent_id for agent_id in agent_ids if agent_id}
    if not wanted:
        return {}
    rows = await session.execute(select(Agent.id, Agent.name).where(Agent.id.in_(wanted)))
    return {row.id: row.name for row in rows}


async def named(session: AsyncSession, typed: str, *, limit: int = 50) -> Sequence[Agent]:
    """Agents of today with `typed` in their name; those whose name begins so come first."""
    name = func.lower(Agent.name)
    place = func.strpos(name, typed.lower())
    query = select(Agent).where(Agent.is_active, place > 0) if typed else select(Agent).where(Agent.is_active)
    found = await session.scalars(query.order_by(place, name, Agent.id).limit(limit))
    return found.all()


async def replace(session: AsyncSession, people: Mapping[str, tuple[str, str | None]]) -> None:
    """`people` (id → name, e-mail) are the agents now; everybody else has been one."""
    await session.execute(update(Agent).where(Agent.id.not_in(people)).values(is_active=False))
    for agent_id, (name, email) in sorted(people.items()):
        said = {"name": name, "email": email, "is_active": True, "seen_at": func.now()}
        row = insert(Agent).values(id=agent_id, **said)
        await session.execute(row.on_conflict_do_update(index_elements=[Agent.id], set_=said))
