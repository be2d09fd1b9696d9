"""record(): the append-only history of a ticket. Events hold ids, enums and counts, never text or names."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from storage.enums import ActorType, EventType
from storage.models import Ticket, TicketEvent


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: an agent (`team:user` or `api:<key>`), a reporter (their UUID), the system, or Notion."""

    type: ActorType
    id: str | None = None


SYSTEM = Actor(ActorType.SYSTEM)
NOTION = Actor(ActorType.NOTION_SYNC)


def agent(agent_id: str) -> Actor:
    return Actor(ActorType.USER, agent_id)


def record(session: AsyncSession, ticket_id: UUID, event: EventType, *, by: Actor, **facts: Any) -> None:
    """Write the event in the transaction of the change it tells of."""
    session.add(TicketEvent(ticket_id=ticket_id, event_type=event, actor_type=by.type, actor_id=by.id, data=facts))


async def record_all(
    session: AsyncSession, tickets: ColumnElement[bool], event: EventType, *, by: Actor, **facts: Any
) -> None:
    """The same event on every ticket that is so, however many, in one statement."""
    columns = ["ticket_id", "event_type", "actor_type", "actor_id", "data"]
    each = select(Ticket.id, literal(event), literal(by.type), literal(by.id), literal(facts, JSONB)).where(tickets)
    await session.execute(insert(TicketEvent).from_select(columns, each))
