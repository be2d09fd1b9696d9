"""What each agent has chosen to see on App Home."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.agents import still_holds
from storage.models import Agent, Home


async def state(session: AsyncSession, account_id: str) -> dict[str, Any]:
    """What was chosen last; {} for somebody who never has."""
    home = await session.get(Home, account_id)
    return dict(home.state) if home else {}


async def opened(session: AsyncSession, account_id: str, *, state: Mapping[str, Any] | None = None) -> None:
    """Somebody is looking now, at what they have chosen before or, when given, at `state`."""
    chosen = {} if state is None else {"state": dict(state)}
    row = insert(Home).values(account_id=account_id, **chosen)
    await session.execute(
        row.on_conflict_do_update(index_elements=[Home.account_id], set_={"opened_at": func.now(), **chosen})
    )


async def last_opened(session: AsyncSession, section: str) -> datetime | None:
    """When somebody last opened their Home at this section, or turned to it."""
    moment: datetime | None = await session.scalar(
        select(func.max(Home.opened_at)).where(Home.state["section"].astext == section)
    )
    return moment


async def watched(session: AsyncSession, *, within: timedelta) -> Sequence[Home]:
    """The Homes that agents have opened that recently."""
    theirs = select(Home).join(Agent, Agent.id == Home.account_id).where(Agent.is_active, still_holds())
    found = await session.scalars(theirs.where(Home.opened_at >= func.now() - within).order_by(Home.account_id))
    return found.all()


async def was_drawn(session: AsyncSession, account_id: str, drawn: str) -> None:
    await session.execute(update(Home).where(Home.account_id == account_id).values(drawn=drawn))
