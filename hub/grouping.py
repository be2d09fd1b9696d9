"""Tickets that are one problem: put together, taken apart; none in two groups, no group of one."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import timeline
from hub.errors import AlreadyGrouped, Conflict, Invalid, NotFound, TooFewTickets
from hub.timeline import Actor
from hub.work import Work, promise
from storage import groups
from storage.enums import EventType, GroupStatus
from storage.models import Ticket, TicketGroup

FEWEST = 2
MOST = 100
"""Tickets in a group: all of them are held while it is resolved."""
NAME_LENGTH = 120
DISSOLVED = "group_dissolved"


async def get(session: AsyncSession, group_id: UUID) -> TicketGroup:
    """The group, to read; NotFound."""
    return _found(await groups.find(session, group_id), group_id)


async def hold(session: AsyncSession, group_id: UUID) -> TicketGroup:
    """The group, held before any of its tickets: everybody takes them in this order. NotFound."""
    return _found(await groups.find_locked(session, group_id), group_id)


async def hold_open(session: AsyncSession, group_id: UUID) -> TicketGroup:
    """As hold(); Conflict when it was resolved."""
    group = await hold(session, group_id)
    if group.status != GroupStatus.OPEN:
        raise Conflict("This group is resolved; it stays as it is.")
    return group


async def create(
    session: AsyncSession,
    *,
    name: str,
    ticket_ids: Collection[UUID],
    primary_ticket_id: UUID | None = None,
    by: Actor,
) -> TicketGroup:
    """At least two tickets, none in another group; the first one reported is primary where none is named.

    Invalid, TooFewTickets, NotFound, AlreadyGrouped.
    """
    wanted = set(ticket_ids)
    if len(wanted) < FEWEST:
        raise TooFewTickets("A group needs at least two tickets.", field="ticket_ids")
    if primary_ticket_id is not None and primary_ticket_id not in wanted:
        raise Invalid("The primary ticket must be one of the group's.", field="primary_ticket_id")
    name = checked_name(name)
    held = await _free(session, wanted, already=0)
    group = TicketGroup(name=name, primary_ticket_id=primary_ticket_id or held[0].id)
    session.add(group)
    await session.flush()
    await _join(session, group, held, by=by)
    return group


async def add(session: AsyncSession, group_id: UUID, ticket_ids: Collection[UUID], *, by: Actor) -> TicketGroup:
    """Those that are in the group already stay there. Conflict, NotFound, AlreadyGrouped."""
    group = await hold_open(session, group_id)
    members = await groups.members(session, group_id)
    new = set(ticket_ids) - {ticket.id for ticket in members}
    if not ticket_ids:
        raise Invalid("Choose at least one ticket.", field="ticket_ids")
    await _join(session, group, await _free(session, new, already=len(members)), by=by)
    return group


async def remove(session: AsyncSession, group_id: UUID, ticket_id: UUID, *, by: Actor) -> TicketGroup | None:
    """Take the ticket out. Another becomes primary where it was; of fewer than two the group is dissolved: None.

    Conflict, NotFound.
    """
    group = await hold_open(session, group_id)
    held = await groups.lock_members(session, group_id)
    leaving = next((ticket for ticket in held if ticket.id == ticket_id), None)
    if leaving is None:
        raise NotFound("This ticket is not in the group, or no longer.", id=str(ticket_id))
    staying = [ticket for ticket in held if ticket is not leaving]
    _leave(session, group, leaving, by=by)
    redraw(session, held)
    if len(staying) < FEWEST:
        await _dissolve(session, group, staying, by=by)
        return None
    if group.primary_ticket_id == leaving.id:
        group.primary_ticket_id = staying[0].id
    withdraw(group)
    return group


async def rename(session: AsyncSession, group_id: UUID, name: str) -> TicketGroup:
    group = await hold_open(session, group_id)
    group.name = checked_name(name)
    redraw(session, await groups.members(session, group_id))
    return group


def withdraw(group: TicketGroup) -> None:
    """Other tickets, other people to tell: what was proposed no longer holds."""
    group.proposal, group.proposed_by, group.proposed_at = None, None, None


def checked_name(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise Invalid("Give the group a name.", field="name")
    if len(words) > NAME_LENGTH:
        raise Invalid(f"The name has {len(words)} characters; {NAME_LENGTH} fit.", field="name")
    return words


def redraw(session: AsyncSession, members: Sequence[Ticket]) -> None:
    """Cards name the group."""
    for ticket in members:
        promise(session, Work.CARD, ticket.id)


async def _free(session: AsyncSession, ticket_ids: Collection[UUID], *, already: int) -> Sequence[Ticket]:
    """These tickets, held; all of them exist, none is in a group, and they fit."""
    if already + len(ticket_ids) > MOST:
        raise Invalid(f"A group has {MOST} tickets at most.", field="ticket_ids")
    held = await groups.lock_tickets(session, ticket_ids)
    if missing := set(ticket_ids) - {ticket.id for ticket in held}:
        raise NotFound(f"There is no ticket with the id {min(map(str, missing))}.", ids=sorted(map(str, missing)))
    if taken := [ticket for ticket in held if ticket.ticket_group_id is not None]:
        numbers = ", ".join(f"#{ticket.number}" for ticket in taken)
        verb = "is" if len(taken) == 1 else "are"
        raise AlreadyGrouped(f"{numbers} {verb} in another group already; take it out there first.")
    return held


async def _join(session: AsyncSession, group: TicketGroup, new: Sequence[Ticket], *, by: Actor) -> None:
    for ticket in new:
        ticket.ticket_group_id = group.id
        timeline.record(session, ticket.id, EventType.TICKET_GROUPED, by=by, group_id=str(group.id))
    if new:
        withdraw(group)
    await session.flush()
    redraw(session, await groups.members(session, group.id))


def _leave(session: AsyncSession, group: TicketGroup, ticket: Ticket, *, by: Actor, **facts: str) -> None:
    ticket.ticket_group_id = None
    timeline.record(session, ticket.id, EventType.TICKET_UNGROUPED, by=by, group_id=str(group.id), **facts)


async def _dissolve(session: AsyncSession, group: TicketGroup, last: Sequence[Ticket], *, by: Actor) -> None:
    for ticket in last:
        _leave(session, group, ticket, by=by, reason=DISSOLVED)
    await session.flush()
    await session.delete(group)


def _found(group: TicketGroup | None, group_id: UUID) -> TicketGroup:
    if group is None:
        raise NotFound(
            "There is no such group, or no longer: one of fewer than two tickets is dissolved.", id=str(group_id)
        )
    return group
