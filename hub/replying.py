"""An agent's own words back to the reporter, in whatever state the ticket is: read once more, then sent once."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, notifying, ticketing, timeline
from hub.channel import Channel, Letter
from hub.errors import Conflict, Stale
from hub.timeline import Actor
from hub.work import Work, promise
from storage.enums import EventType, NotificationPurpose
from storage.models import Notification, Ticket

LONGEST = changelog.LONGEST


async def outgoing(session: AsyncSession, to: Ticket, text: str, *, reply_id: UUID) -> Letter:
    """The letter these words would become; Invalid when there are none."""
    return await notifying.letter_of(session, await _owed(session, to, text, reply_id=reply_id))


async def addressed(session: AsyncSession, ticket_id: UUID) -> Ticket:
    """The ticket, if somebody is named on it who can be written to."""
    ticket = await ticketing.get(session, ticket_id)
    if ticket.identity_id is None:
        raise Conflict(f"Nobody is named on ticket #{ticket.number}, so there is nobody to write to.")
    return ticket


async def send(
    session: AsyncSession,
    ticket_id: UUID,
    text: str,
    *,
    reply_id: UUID,
    shown: str,
    by: Actor,
    channels: Mapping[str, Channel],
    now: datetime,
) -> Notification:
    """Owe the reporter these words. `reply_id` becomes the notification's: asking twice is asking once.

    `shown` is the hash of what the agent confirmed; Stale when it is no longer what would be sent.
    """
    ticket = await ticketing.lock(session, ticket_id)
    sent = await session.get(Notification, reply_id)
    if sent is not None:
        return _the_same(sent, ticket, text)
    await addressed(session, ticket.id)
    reply = await _owed(session, ticket, text, reply_id=reply_id)
    letter = await notifying.letter_of(session, reply)
    if shown != changelog.hash_of(reply.channel, letter, channels[reply.channel].compose(letter, now)):
        raise Stale("What would be sent has changed since you were shown it. Read it again, then send.")
    session.add(reply)
    await session.flush()
    timeline.record(session, ticket.id, EventType.REPLY_SENT, by=by, notification_id=str(reply.id))
    promise(session, Work.CARD, ticket.id)
    promise(session, Work.DISPATCH, reply.id)
    return reply


async def _owed(session: AsyncSession, ticket: Ticket, text: str, *, reply_id: UUID) -> Notification:
    """What the reporter would be owed; not yet promised."""
    words = changelog.checked(text, field="text")
    return await notifying.owed(session, ticket, words, purpose=NotificationPurpose.REPLY, id=reply_id)


def _the_same(sent: Notification, ticket: Ticket, text: str) -> Notification:
    if (sent.ticket_id, sent.purpose, sent.content) != (ticket.id, NotificationPurpose.REPLY, text.strip()):
        raise Conflict("This reply was sent already with other words; write another one.")
    return sent
