"""Who is owed which letter; sent, seen, failed, given up, unsure. Nobody is told twice.

    pending ─▶ sending ─▶ sent ─▶ delivered ─▶ read
       ▲          ├─▶ failed ─▶ (sending again, five times) ─▶ permanently_failed
       └──────────┘   └─▶ channel_restricted: somebody has to reach them another way

What was given up an agent may have sent anew (`retry`): pending once more, with all its attempts.
A send whose outcome is unknown stays `sending`, with `unsure_since`, until the platform or an agent says.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub import ticketing, timeline
from hub.channel import Letter, Receipt
from hub.errors import Conflict, NotFound
from hub.timeline import SYSTEM, Actor
from hub.work import Work, promise
from storage import notifications, restoring, tickets
from storage.database import NO_KEY
from storage.enums import EventType, NotificationPurpose, NotificationStatus
from storage.models import Notification, ReporterIdentity, Ticket

RETRIES = 5
"""So a notification is sent six times at most."""
RANK = {
    NotificationStatus.PENDING: 0,
    NotificationStatus.FAILED: 0,
    NotificationStatus.SENDING: 1,
    NotificationStatus.CHANNEL_RESTRICTED: 1,
    NotificationStatus.PERMANENTLY_FAILED: 1,
    NotificationStatus.SENT: 2,
    NotificationStatus.DELIVERED: 3,
    NotificationStatus.READ: 4,
}
"""A receipt moves a notification up, never down."""
SEEN = {
    NotificationStatus.SENT: EventType.NOTIFICATION_SENT,
    NotificationStatus.DELIVERED: EventType.NOTIFICATION_DELIVERED,
    NotificationStatus.READ: EventType.NOTIFICATION_READ,
}
NOT_GIVEN_UP = {
    NotificationStatus.PENDING: "This message is waiting to be sent already.",
    NotificationStatus.FAILED: "This message is tried again by itself.",
    NotificationStatus.SENDING: "This message is on its way; what became of it is looked up first.",
    NotificationStatus.SENT: "This message was sent already.",
    NotificationStatus.DELIVERED: "This message was delivered already.",
    NotificationStatus.READ: "This message was read already.",
}
BY_HAND_CHANNEL = "in_app"
BY_HAND = "by_hand"
"""The code of a channel that sends nothing by itself (platforms/by_hand.py)."""
KIND_BY_HAND = "by hand"
ACKNOWLEDGEMENT = {
    "en": "Thanks for telling us. This is ticket #{number}; we will write here when there is news.",
    "es": "Gracias por avisarnos. Es el ticket #{number}; te escribiremos por aquí cuando haya novedades.",
}


SHOWN_SECONDS = 3.0
"""A new ticket's card is posted at once and then edited once, not for every step of its acknowledgement."""


async def acknowledge(session: AsyncSession, ticket: Ticket) -> None:
    """Owe the reporter a first answer with the ticket's number, once.

    Not for what was written before the database was restored: that may have been answered, and better none than two.
    """
    identity = await tickets.identity(session, ticket)
    source = await tickets.report_source(session, ticket.id)
    if identity is None or source is None or await restoring.is_before(session, source.sent_at):
        return
    words = ACKNOWLEDGEMENT.get(ticket.language or "en", ACKNOWLEDGEMENT["en"])
    notification_id = await session.scalar(
        insert(Notification)
        .values(
            ticket_id=ticket.id,
            identity_id=identity.id,
            purpose=NotificationPurpose.ACKNOWLEDGEMENT,
            channel=identity.platform,
            recipient=identity.platform_user_id,
            content=words.format(number=ticket.number),
            place=source.place,
        )
        .on_conflict_do_nothing()
        .returning(Notification.id)
    )
    if notification_id is not None:
        promise(session, Work.DISPATCH, notification_id)


async def begin(session: AsyncSession, notification_id: UUID, *, wait: float) -> Letter | None:
    """Put on the way: pending → sending, and the letter to send.

    None when there is nothing to send, also when an earlier attempt got as far as `sending`: that one may have
    arrived, so it is looked into, `wait` seconds from now, instead of repeated.
    """
    notification = await lock(session, notification_id)
    if notification.status == NotificationStatus.SENDING:
        doubt(session, notification, delay=wait)
        return None
    if notification.status not in (NotificationStatus.PENDING, NotificationStatus.FAILED):
        return None
    notification.status = NotificationStatus.SENDING
    _redraw(session, notification)
    return await letter_of(session, notification)


async def owed(
    session: AsyncSession,
    ticket: Ticket,
    content: str,
    *,
    purpose: NotificationPurpose,
    identity: ReporterIdentity | None = None,
    **facts: Any,
) -> Notification:
    """What the ticket's reporter would be owed, on the account they wrote from or on `identity`; not yet promised."""
    own = await tickets.identity(session, ticket)
    to = identity or own
    source = await tickets.report_source(session, ticket.id) if to is own else None
    return Notification(
        ticket_id=ticket.id,
        identity_id=to.id if to else None,
        purpose=purpose,
        channel=to.platform if to else BY_HAND_CHANNEL,
        recipient=to.platform_user_id if to else "nobody is named on the ticket",
        content=content,
        place=source.place if source else {},
        template_only=False,
        created_at=datetime.now(UTC),  # by the clock that says when the ticket was resolved
        **facts,
    )


async def letter_of(session: AsyncSession, notification: Notification) -> Letter:
    identity = await session.get(ReporterIdentity, notification.identity_id) if notification.identity_id else None
    ticket = await session.get_one(Ticket, notification.ticket_id)
    return Letter(
        notification_id=str(notification.id),
        channel=notification.channel,
        recipient=notification.recipient,
        text=notification.content,
        place=notification.place,
        last_heard_at=await notifications.last_heard_at(session, identity) if identity else None,
        purpose=notification.purpose,
        language=ticket.language,
        attributes=identity.attributes if identity else {},
        template_only=notification.template_only,
    )


async def sent(session: AsyncSession, notification_id: UUID, *, provider_id: str, kind: str | None = None) -> None:
    """The platform took it. A receipt may have come before us: moved it further, or said it failed after all."""
    notification = await lock(session, notification_id)
    if provider_id in notification.past_provider_ids:
        return
    notification.provider_id = provider_id
    notification.message_kind = kind or notification.message_kind
    _end_doubt(notification)
    await _advance(session, notification, NotificationStatus.SENT, at=datetime.now(UTC))


async def failed(
    session: AsyncSession, notification_id: UUID, *, error: str, code: str | None, may_retry: bool
) -> bool:
    """Nothing was delivered. True when it will be tried again; otherwise it is given up."""
    notification = await lock(session, notification_id)
    return _fail(session, notification, error=error, code=code, may_retry=may_retry)


async def release(session: AsyncSession, notification_id: UUID) -> None:
    """Not sent and nothing failed (a rate bucket was closed): pending again, no attempt spent."""
    notification = await lock(session, notification_id)
    if notification.status == NotificationStatus.SENDING:
        notification.status = NotificationStatus.PENDING
        _end_doubt(notification)


async def restrict(session: AsyncSession, notification_id: UUID, *, error: str, code: str | None) -> None:
    """The channel does not allow it: shown to agents for another way."""
    notification = await lock(session, notification_id)
    notification.status = NotificationStatus.CHANNEL_RESTRICTED
    notification.last_error, notification.error_code = error, code
    _end_doubt(notification)
    _event(session, notification, EventType.NOTIFICATION_FAILED, code=code, status=notification.status)
    promise(session, Work.CARD, notification.ticket_id)


async def use_template(session: AsyncSession, notification_id: UUID, *, error: str, code: str | None) -> bool:
    """The window was closed after all: send the template instead, once. False when that was tried before."""
    notification = await lock(session, notification_id)
    if notification.template_only:
        return False
    notification.template_only = True
    notification.status = NotificationStatus.PENDING
    notification.last_error, notification.error_code = error, code
    _end_doubt(notification)
    promise(session, Work.DISPATCH, notification.id)
    return True


def doubt(session: AsyncSession, notification: Notification, *, delay: float) -> None:
    """It may have arrived: look it up once the request can no longer be under way, never send blindly."""
    if notification.status != NotificationStatus.SENDING:
        return
    if notification.unsure_since is None:
        notification.unsure_since = datetime.now(UTC)
        _event(session, notification, EventType.NOTIFICATION_UNSURE)
    promise(session, Work.CARD, notification.ticket_id)
    promise(session, Work.RECONCILE, notification.id, delay=delay)


async def to_reconcile(session: AsyncSession, notification_id: UUID) -> Letter | None:
    """The letter to look up, when it is still unknown whether it arrived."""
    notification = await lock(session, notification_id)
    return await letter_of(session, notification) if _is_unsure(notification) else None


async def ask_agent(session: AsyncSession, notification_id: UUID) -> None:
    """Nobody can tell whether it arrived: an agent has to. An acknowledgement is let go: better none than two."""
    notification = await lock(session, notification_id)
    if not _is_unsure(notification):
        return
    if notification.purpose == NotificationPurpose.ACKNOWLEDGEMENT:
        notification.status = NotificationStatus.PERMANENTLY_FAILED
        _end_doubt(notification)
        notification.last_error = "It is unknown whether it arrived; an acknowledgement is not repeated."
    else:
        notification.asks_agent = True
    promise(session, Work.CARD, notification.ticket_id)


async def surely_not_sent(session: AsyncSession, notification_id: UUID) -> None:
    """The platform does not have it: send it after all, unless it was settled while we looked."""
    notification = await lock(session, notification_id)
    if not _is_unsure(notification):
        return
    error = "The connection broke while sending, and the platform does not have the message."
    if _fail(session, notification, error=error, code=None, may_retry=True):
        promise(session, Work.DISPATCH, notification.id)


async def settle(session: AsyncSession, notification_id: UUID, *, arrived: bool, by: Actor) -> Notification:
    """An agent says what became of an unsure one: it arrived, or it is to be sent again."""
    notification = await lock(session, notification_id)
    if not (_is_unsure(notification) and notification.asks_agent):
        raise Conflict("It is known by now what became of this message; nothing was done.")
    _end_doubt(notification)
    if arrived:
        await _advance(session, notification, NotificationStatus.SENT, at=datetime.now(UTC), by=by)
        return notification
    notification.status = NotificationStatus.PENDING
    _event(session, notification, EventType.NOTIFICATION_RETRIED, by=by)
    promise(session, Work.CARD, notification.ticket_id)
    promise(session, Work.DISPATCH, notification.id)
    return notification


async def retry(session: AsyncSession, notification_id: UUID, *, by: Actor, delay: float = 0) -> Notification:
    """An agent has what was given up sent anew, with all its attempts; Conflict says why it may not be.

    What is older than a restore of the database is looked up first.
    """
    notification, ticket = await _lock_with_ticket(session, notification_id)
    refusal = await why_not_again(session, notification, ticket)
    if refusal is not None:
        raise Conflict(refusal)
    _event(session, notification, EventType.NOTIFICATION_RETRIED, by=by, code=notification.error_code)
    _forget_attempt(notification)
    notification.retry_count, notification.template_only = 0, False
    notification.last_error, notification.error_code = None, None
    promise(session, Work.CARD, notification.ticket_id)
    if await restoring.is_before(session, notification.created_at):  # it may have been sent anew, unknown to us
        notification.status = NotificationStatus.SENDING
        doubt(session, notification, delay=delay)
    else:
        notification.status = NotificationStatus.PENDING
        promise(session, Work.DISPATCH, notification.id, delay=delay)
    return notification


async def tell_by_hand(session: AsyncSession, notification_id: UUID, *, by: Actor) -> Notification:
    """An agent has given the person the text of what was given up; Conflict says why that does not count."""
    notification, ticket = await _lock_with_ticket(session, notification_id)
    refusal = await why_not_by_hand(session, notification, ticket)
    if refusal is not None:
        raise Conflict(refusal)
    notification.message_kind = KIND_BY_HAND
    notification.last_error, notification.error_code = None, None
    await _advance(session, notification, NotificationStatus.SENT, at=datetime.now(UTC), by=by)
    return notification


async def why_not_by_hand(session: AsyncSession, notification: Notification, ticket: Ticket) -> str | None:
    """Why nobody need be told the text of this message, in a sentence, or None where somebody is to be."""
    if notification.status not in notifications.NOT_TOLD:
        return NOT_GIVEN_UP[NotificationStatus(notification.status)]
    if notification.purpose != NotificationPurpose.RESOLUTION:
        return "Only the answer to a ticket is owed: this message may be let go."
    if notifications.is_past(notification, ticket):
        return f"Ticket #{ticket.number} has been reopened since, so this message no longer holds."
    return await why_told(session, ticket)


async def why_not_again(session: AsyncSession, notification: Notification, ticket: Ticket) -> str | None:
    """Why this message may not be sent anew, in a sentence, or None when it may."""
    if notification.status not in notifications.NOT_TOLD:
        return NOT_GIVEN_UP[NotificationStatus(notification.status)]
    if notification.purpose == NotificationPurpose.REPLY:
        return "Write to the reporter again instead: you see then what would leave now."
    if notification.purpose != NotificationPurpose.RESOLUTION:
        return "An acknowledgement is not repeated: by now it would only puzzle its reader."
    if notification.error_code == BY_HAND:
        return "Nothing can be sent this way: give the person the text yourself, then say that you have."
    return await why_not_by_hand(session, notification, ticket)


async def why_told(session: AsyncSession, ticket: Ticket) -> str | None:
    """Why the reporter needs no word any more, in a sentence: they had one on this ticket, or in its group."""
    told = await notifications.telling(session, ticket)
    if told is None:
        return None
    if told.ticket_id == ticket.id:
        return (
            f"The reporter of ticket #{ticket.number} has been told already. "
            "Reopen the ticket if there is something new to tell."
        )
    sibling = await session.get_one(Ticket, told.ticket_id)
    return (
        f"The reporter of ticket #{ticket.number} has been told of this problem already, with ticket "
        f"#{sibling.number} of the same group. Take the ticket out of the group if it is something else."
    )


async def receipt(session: AsyncSession, seen: Receipt) -> None:
    """What a platform says became of a message: found by our own id first, by the provider's second."""
    notification = await _receipted(session, seen)
    if notification is None:
        return
    is_past = seen.provider_id in notification.past_provider_ids
    if is_past and seen.status not in (NotificationStatus.DELIVERED, NotificationStatus.READ):
        return
    notification.provider_id = notification.provider_id or seen.provider_id
    if seen.status == NotificationStatus.FAILED:
        await _refused_later(session, notification, seen)
    elif seen.status in SEEN:
        _end_doubt(notification)
        await _advance(session, notification, NotificationStatus(seen.status), at=seen.at)


async def lock(session: AsyncSession, notification_id: UUID) -> Notification:
    notification = await session.get(Notification, notification_id, with_for_update=NO_KEY, populate_existing=True)
    if notification is None:
        raise NotFound(f"There is no notification with the id {notification_id}.", id=str(notification_id))
    return notification


async def _lock_with_ticket(session: AsyncSession, notification_id: UUID) -> tuple[Notification, Ticket]:
    """The ticket first, as by whoever approves: of two that would tell the reporter, one does."""
    known = await session.get(Notification, notification_id)
    if known is None:
        raise NotFound(f"There is no notification with the id {notification_id}.", id=str(notification_id))
    ticket = await ticketing.lock_after_group(session, known.ticket_id)
    return await lock(session, notification_id), ticket


async def _receipted(session: AsyncSession, seen: Receipt) -> Notification | None:
    try:
        ours = UUID(seen.notification_id or "")
    except ValueError:
        ours = None
    match = Notification.id == ours if ours else Notification.provider_id == seen.provider_id
    return await session.scalar(
        select(Notification).where(match, Notification.channel == seen.platform).with_for_update(key_share=True)
    )


async def _refused_later(session: AsyncSession, notification: Notification, seen: Receipt) -> None:
    if RANK[NotificationStatus(notification.status)] >= RANK[NotificationStatus.DELIVERED]:
        return
    if notification.status not in (NotificationStatus.SENDING, NotificationStatus.SENT):
        return  # nothing is on its way
    error = seen.error or "The platform could not deliver it."
    if seen.remedy == "template" and not notification.template_only:
        _forget_attempt(notification)
        await use_template(session, notification.id, error=error, code=seen.error_code)
        return
    _forget_attempt(notification)
    if seen.remedy == "another_way":
        await restrict(session, notification.id, error=error, code=seen.error_code)
        return
    again = _fail(session, notification, error=error, code=seen.error_code, may_retry=seen.remedy == "retry")
    if again:
        delay = 2.0 ** (notification.retry_count + 1)
        promise(session, Work.DISPATCH, notification.id, delay=delay)


def _redraw(session: AsyncSession, notification: Notification) -> None:
    """Agents wait to see what became of an answer; an acknowledgement is shown with whatever else changes soon."""
    delay = SHOWN_SECONDS if notification.purpose == NotificationPurpose.ACKNOWLEDGEMENT else 0.0
    promise(session, Work.CARD, notification.ticket_id, delay=delay)


def _is_unsure(notification: Notification) -> bool:
    return notification.status == NotificationStatus.SENDING and notification.unsure_since is not None


def _end_doubt(notification: Notification) -> None:
    """It is known what became of it, so nobody has to be asked."""
    notification.unsure_since, notification.asks_agent = None, False


def _forget_attempt(notification: Notification) -> None:
    if notification.provider_id:
        notification.past_provider_ids = [*notification.past_provider_ids, notification.provider_id]
    notification.provider_id = None


def _fail(
    session: AsyncSession, notification: Notification, *, error: str, code: str | None, may_retry: bool
) -> bool:
    notification.last_error, notification.error_code = error, code
    _end_doubt(notification)
    if may_retry and notification.retry_count < RETRIES:
        notification.retry_count += 1
        notification.status = NotificationStatus.FAILED
    else:
        notification.status = NotificationStatus.PERMANENTLY_FAILED
    _event(
        session,
        notification,
        EventType.NOTIFICATION_FAILED,
        code=code,
        status=notification.status,
        retry_count=notification.retry_count,
    )
    promise(session, Work.CARD, notification.ticket_id)
    return notification.status == NotificationStatus.FAILED


async def _advance(
    session: AsyncSession,
    notification: Notification,
    status: NotificationStatus,
    *,
    at: datetime,
    by: Actor = SYSTEM,
) -> None:
    if status is NotificationStatus.DELIVERED:
        notification.delivered_at = notification.delivered_at or at
    elif status is NotificationStatus.READ:
        notification.read_at = notification.read_at or at
    else:
        notification.sent_at = notification.sent_at or at
    if RANK[status] <= RANK[NotificationStatus(notification.status)]:
        return
    notification.status = status
    _event(session, notification, SEEN[status], by=by)
    _redraw(session, notification)


def _event(
    session: AsyncSession, notification: Notification, event: EventType, *, by: Actor = SYSTEM, **facts: object
) -> None:
    timeline.record(
        session,
        notification.ticket_id,
        event,
        by=by,
        notification_id=str(notification.id),
        channel=notification.channel,
        purpose=notification.purpose,
        **facts,
    )
