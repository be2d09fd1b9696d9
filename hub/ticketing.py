"""What agents change on a ticket: who has it, its status, type, priority, title, tags."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import classification, similarity, timeline
from hub.errors import Conflict, Invalid, NotFound, Stale
from hub.timeline import Actor
from hub.work import Work, promise
from storage import agents, groups, tickets
from storage.enums import EnrichmentStatus, EventType, Priority, TicketStatus, TicketType
from storage.models import Ticket

ON_NOTION = {"title", "ticket_type", "priority"}
"""Fields whose change is pushed; the status is not, once Notion owns it."""


async def get(session: AsyncSession, ticket_id: UUID) -> Ticket:
    """The ticket, to read; NotFound."""
    ticket = await tickets.find(session, ticket_id)
    if ticket is None:
        raise NotFound(f"There is no ticket with the id {ticket_id}.", id=str(ticket_id))
    return ticket


async def lock(session: AsyncSession, ticket_id: UUID) -> Ticket:
    """The ticket, held; NotFound."""
    ticket = await tickets.find_locked(session, ticket_id)
    if ticket is None:
        raise NotFound(f"There is no ticket with the id {ticket_id}.", id=str(ticket_id))
    return ticket


async def lock_after_group(session: AsyncSession, ticket_id: UUID) -> Ticket:
    """The ticket, held after its group: who tells reporters takes the two in this order. NotFound, Stale."""
    group_id = await groups.of_ticket(session, ticket_id)
    if group_id is not None:
        await groups.find_locked(session, group_id)
    ticket = await lock(session, ticket_id)
    if ticket.ticket_group_id != group_id:
        raise Stale(f"Ticket #{ticket.number} was put into a group or taken out at this moment; look again.")
    return ticket


async def take(session: AsyncSession, ticket_id: UUID, *, by: Actor) -> Ticket:
    """Assign to the one who asks; an open ticket is then in progress. Taking one's own again changes nothing,
    a colleague's is refused.
    """
    ticket = await lock(session, ticket_id)
    if ticket.assignee_id == by.id:
        return ticket
    if ticket.assignee_id is not None:
        names = await agents.names(session, [ticket.assignee_id])
        holder = names.get(ticket.assignee_id, ticket.assignee_id)
        raise Stale(f"{holder} has taken ticket #{ticket.number} already; nothing was changed.")
    ticket.assignee_id = by.id
    ticket.version += 1
    timeline.record(session, ticket.id, EventType.ASSIGNED, by=by, to=by.id)
    if ticket.status == TicketStatus.OPEN:
        move(session, ticket, TicketStatus.IN_PROGRESS, by=by)
    promise(session, Work.CARD, ticket.id)
    return ticket


async def assign(session: AsyncSession, ticket_id: UUID, assignee: str | None, *, by: Actor) -> Ticket:
    """Give the ticket to an agent of today, whoever had it; None: to nobody. The one who has it changes nothing."""
    ticket = await lock(session, ticket_id)
    if ticket.assignee_id == assignee:
        return ticket
    agent = await agents.find(session, assignee) if assignee is not None else None
    if assignee is not None and not (agent and agent.is_active):
        raise Invalid("They are not an agent, or no longer one; choose somebody else.", field="assignee")
    ticket.assignee_id = assignee
    ticket.version += 1
    timeline.record(session, ticket.id, EventType.ASSIGNED, by=by, to=assignee)
    promise(session, Work.CARD, ticket.id)
    return ticket


async def set_status(session: AsyncSession, ticket_id: UUID, status: TicketStatus, *, by: Actor) -> Ticket:
    """Move to any state, resolved back to open included; the state it is in already changes nothing."""
    ticket = await lock(session, ticket_id)
    if ticket.status != status:
        move(session, ticket, status, by=by)
        promise(session, Work.CARD, ticket.id)
    return ticket


async def change(
    session: AsyncSession,
    ticket_id: UUID,
    *,
    by: Actor,
    version: int | None = None,
    status: TicketStatus | None = None,
    title: str | None = None,
    ticket_type: TicketType | None = None,
    priority: Priority | None = None,
    tags: Sequence[str] | None = None,
) -> Ticket:
    """Change what is given. Conflict when `version` is given and the ticket has moved on since."""
    ticket = await lock(session, ticket_id)
    if version is not None and version != ticket.version:
        raise Conflict(
            f"Ticket #{ticket.number} has changed since you read it (it is at version {ticket.version}). "
            "Read it again and repeat your change.",
            version=ticket.version,
        )
    if title is not None and not title.strip():
        raise Invalid("The title cannot be empty.", field="title")
    wanted = {
        "title": classification.title_of(title) if title is not None else None,
        "ticket_type": ticket_type,
        "priority": priority,
        "tags": sorted({tag.strip() for tag in tags if tag.strip()}) if tags is not None else None,
    }
    changed = [name for name, value in wanted.items() if value is not None and getattr(ticket, name) != value]
    for name in changed:
        setattr(ticket, name, wanted[name])
    if changed:
        ticket.version += 1
        timeline.record(session, ticket.id, EventType.FIELDS_CHANGED, by=by, fields=list(changed))
    if status is not None and status != ticket.status:
        move(session, ticket, status, by=by)
        changed.append("status")
    if changed:
        promise(session, Work.CARD, ticket.id)
    if ON_NOTION & set(changed) and _belongs_on_notion(ticket):
        promise(session, Work.PUSH, ticket.id)
    if "title" in changed:
        await similarity.changed(session, ticket.id)
    return ticket


def move(session: AsyncSession, ticket: Ticket, status: TicketStatus, *, by: Actor, **facts: object) -> None:
    """Put a locked ticket into another state and say so on its timeline."""
    timeline.record(session, ticket.id, EventType.STATUS_CHANGED, by=by, was=ticket.status, now=status.value, **facts)
    ticket.status = status
    ticket.version += 1
    ticket.resolved_at = datetime.now(UTC) if status is TicketStatus.RESOLVED else None


def _belongs_on_notion(ticket: Ticket) -> bool:
    """It has a page, or one is being made at this moment."""
    return ticket.notion_page_id is not None or ticket.enrichment_status == EnrichmentStatus.COMPLETED
