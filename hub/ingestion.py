"""A report becomes a ticket or a comment, once, however often and however parallel it is delivered."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import asyncpg
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncSession

from hub import classification, editing, identity, notifying, similarity, timeline
from hub.channel import Channel, Comment, Edit, Pointed, Reading, Receipt, Report, Unreadable
from hub.errors import Invalid
from hub.timeline import Actor
from hub.work import Work, promise
from storage import arrivals
from storage.arrivals import Delivery, Met, NewComment, NewTicket, Source
from storage.database import Database, Express
from storage.enums import EventType, Priority, TicketType
from storage.models import (
    EXTERNAL_ID_LENGTH,
    Ticket,
)
from storage.text import storable

FORM = "application/x-www-form-urlencoded"
CLOCK_SKEW = timedelta(minutes=5)
"""How far a platform's clock may be ahead of ours; a time beyond that would keep a window open for ever."""
TRIES = 3
"""Two first messages of one new person may collide on their e-mail; the second try finds the first one's row."""
REFUSED = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, asyncpg.IntegrityConstraintViolationError)
COLLISIONS = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a delivery: numbers of new tickets, how many comments, and what could not be read."""

    numbers: tuple[int, ...] = ()
    comments: int = 0
    unreadable: tuple[str, ...] = ()


async def receive(database: Database, channel: Channel, delivery: Delivery, payload: Any) -> Taken:
    """Read a verified delivery and take in what it says; the raw delivery is durable before this returns."""
    readings = read(channel, payload)
    broken = any(isinstance(reading, Unreadable) for reading in readings)
    taken = await _take_in(database, readings, None if broken else delivery)
    if taken.unreadable:
        await _bury(database, delivery, "; ".join(taken.unreadable)[:2000])
    return taken


async def take_again(database: Database, channel: Channel, payload: Any) -> Taken:
    """Read a delivery that is kept already once more."""
    return await _take_in(database, read(channel, payload), None)


def parse(body: bytes, content_type: str) -> Any:
    """The payload of a delivery: JSON, or a form (one whose `payload` field is JSON is that). Invalid otherwise.

    Everything in it is made storable here.
    """
    try:
        text = body.decode("utf-8")
        if content_type == FORM:
            fields = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=200))
            payload = _json(fields["payload"]) if "payload" in fields else fields
        else:
            payload = _json(text)
        return storable(payload)
    except (ValueError, RecursionError):
        raise Invalid("The body is not well-formed.") from None


def as_form(payload: Any) -> str:
    """A payload as Slack sends it, for keeping what reached us already read."""
    return urlencode({"payload": json.dumps(payload)})


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=_finite, parse_float=_finite)


def _finite(word: str) -> float:
    """Neither NaN nor Infinity nor 1e400 is a number JSON or PostgreSQL knows."""
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(word)
    return number


def read(channel: Channel, payload: Any) -> list[Reading]:
    """What the payload says, bounded by what a row can hold."""
    try:
        readings = channel.read(payload)
    except Exception as error:  # our reading is what failed; the delivery must be kept
        return [Unreadable(reason=f"reading failed: {type(error).__name__}")]
    return [_bounded(reading) for reading in readings]


async def create(
    session: AsyncSession,
    *,
    title: str,
    description: str,
    by: Actor,
    channel: str = "in_app",
    reporter_name: str | None = None,
    reporter_email: str | None = None,
) -> Ticket:
    """A ticket made by hand. Type and priority come from the words, as for every report."""
    if not description.strip() and not title.strip():
        raise Invalid("A ticket needs a title or a description.", field="description")
    person = await identity.by_hand(session, channel=channel, name=reporter_name, email=reporter_email)
    ticket = Ticket(
        title=classification.title_of(description, title),
        description=description.strip() or title.strip(),
        ticket_type=TicketType(classification.infer_type(title, description)),
        priority=Priority(classification.infer_priority(title, description)),
        language=classification.infer_language(f"{title}\n{description}"),
        original_channel=channel,
        reporter_id=person.reporter_id if person else None,
        identity_id=person.id if person else None,
    )
    session.add(ticket)
    await session.flush()
    await session.refresh(ticket)
    timeline.record(session, ticket.id, EventType.CREATED, by=by, channel=channel)
    promise(session, Work.CARD, ticket.id)
    await similarity.changed(session, ticket.id)
    return ticket


async def _take_in(database: Database, readings: Sequence[Reading], delivery: Delivery | None) -> Taken:
    """Messages in one transaction, then edits and receipts; `delivery` is kept with them.

    A delivery of edits and receipts alone is kept first: nothing of it is lost if they cannot be applied.
    """
    broken = tuple(reading.reason for reading in readings if isinstance(reading, Unreadable))
    said = [reading for reading in readings if isinstance(reading, Report | Comment)]
    try:
        taken = await _take_said(database, said, delivery, _digests(readings))
    except REFUSED as error:
        if len(said) == 1:
            return Taken(unreadable=(*broken, f"the database refused it: {error.sqlstate}"))
        return await _take_one_by_one(database, readings)
    refused = [*broken, *await _apply_all(database, readings)]
    return Taken(taken.numbers, taken.comments, tuple(refused))


async def _apply_all(database: Database, readings: Sequence[Reading]) -> list[str]:
    """Edits, receipts and what was pointed at, each in its own transaction, so that two batches cannot deadlock."""
    refused = []
    for reading in readings:
        if isinstance(reading, Edit | Receipt | Pointed):
            try:
                async with database.transaction() as session:
                    await _apply(session, reading)
            except DataError:
                refused.append("the database refused an edit or a receipt")
    return refused


async def _take_one_by_one(database: Database, readings: Sequence[Reading]) -> Taken:
    """A message the database refuses costs only itself; the delivery is kept by its dead letter."""
    each = [await _take_in(database, [reading], None) for reading in readings]
    return Taken(
        tuple(number for taken in each for number in taken.numbers),
        sum(taken.comments for taken in each),
        tuple(reason for taken in each for reason in taken.unreadable),
    )


def _digests(readings: Sequence[Reading]) -> list[bytes]:
    """Of the messages a delivery tells of."""
    told: list[Report | Edit] = [_message(each) for each in readings if isinstance(each, Report | Comment)]
    told += [each for each in readings if isinstance(each, Edit)]
    return [arrivals.digest(each.platform, each.external_id) for each in told]


async def _take_said(
    database: Database, said: Sequence[Report | Comment], delivery: Delivery | None, digests: Sequence[bytes]
) -> Taken:
    """In the order of their authors, so that two deliveries cannot deadlock."""
    if not said and delivery is None:
        return Taken()
    ordered = sorted(said, key=lambda one: _message(one).author.account_id)
    for attempt in range(TRIES):
        try:
            async with database.express() as express:
                return await _take_all(express, ordered, delivery, digests)
        except COLLISIONS:
            if attempt == TRIES - 1:
                raise
    raise AssertionError


async def _take_all(
    express: Express, said: Sequence[Report | Comment], delivery: Delivery | None, digests: Sequence[bytes]
) -> Taken:
    """A delivery that brings nothing and tells of a message that was erased is not kept either."""
    numbers: list[int] = []
    comments = 0
    pending = delivery
    for one in said:
        recorded, wrote_delivery = await _take(express, one, pending)
        pending = None if wrote_delivery else pending
        numbers.extend(number for number in recorded if number)
        comments += sum(1 for number in recorded if not number)
    if pending is not None and not (digests and await arrivals.was_erased(express.connection, digests)):
        await arrivals.keep(express, pending)
    return Taken(tuple(numbers), comments)


async def _take(express: Express, one: Report | Comment, delivery: Delivery | None) -> tuple[list[int], bool]:
    """Ticket numbers written for one message (0 is a comment), and whether the delivery went with it."""
    message = _message(one)
    if isinstance(one, Comment) and await _is_nobodys(express, one):
        return [], False
    met = await _meet(express, message, parent=one.parent if isinstance(one, Comment) else None)
    if met is None:
        return [], False
    if isinstance(one, Comment):
        return await _take_comment(express, one, met, delivery)
    if met.is_known:
        return [], False
    said = _joins_burst(message, met) or _new_ticket(message)
    return await _record(express, delivery, met, message, said)


async def _is_nobodys(express: Express, comment: Comment) -> bool:
    """Written in a thread that is no ticket's: whoever wrote it is none of our business."""
    if comment.opening is not None or comment.orphan_is_report:
        return False
    parent = await arrivals.find_parent(
        express.connection, platform=comment.message.platform, external_id=comment.parent
    )
    return parent is None


async def _take_comment(
    express: Express, comment: Comment, met: Met, delivery: Delivery | None
) -> tuple[list[int], bool]:
    message = comment.message
    if met.is_known:
        return [], False
    opened: list[int] = []
    ticket_id = met.parent_ticket_id or await arrivals.find_parent(
        express.connection, platform=message.platform, external_id=comment.parent
    )
    if ticket_id is None and comment.opening is not None:
        opened, _ = await _take(express, comment.opening, None)
        ticket_id = await arrivals.find_parent(
            express.connection, platform=message.platform, external_id=comment.parent
        )
    if ticket_id is not None:
        said: NewTicket | NewComment = NewComment(ticket_id=ticket_id, text=message.text)
    elif comment.orphan_is_report:
        said = _new_ticket(message)
    else:
        return opened, False
    recorded, wrote_delivery = await _record(express, delivery, met, message, said)
    return opened + recorded, wrote_delivery


async def _meet(express: Express, message: Report, *, parent: str | None) -> Met | None:
    author = message.author
    account, _, _ = author.account_id.rpartition(":")
    email = identity.address(author.email)
    attributes = {
        key: value[: identity.NAME_LENGTH]
        for key, value in (
            ("phone", identity.phone(author.phone)),
            ("handle", author.handle),
            ("company", author.company),
            ("email", email),
        )
        if value
    }
    return await arrivals.meet(
        express,
        platform=message.platform,
        account_id=author.account_id,
        name=author.name[: identity.NAME_LENGTH] if author.name else None,
        email=email,
        attributes=attributes,
        other_account_id=f"{account}:{author.phone}" if author.phone else None,
        sent_at=min(message.sent_at, datetime.now(UTC) + CLOCK_SKEW),
        external_id=message.external_id,
        parent=parent,
    )


async def _record(
    express: Express, delivery: Delivery | None, met: Met, message: Report, said: NewTicket | NewComment
) -> tuple[list[int], bool]:
    source = Source(
        platform=message.platform,
        external_id=message.external_id,
        url=message.url,
        place=dict(message.place),
        raw=message.raw,
        sent_at=message.sent_at,
        files=[
            {
                "position": position,
                "file_name": file.name,
                "file_type": file.content_type,
                "file_size": file.size,
                "source": file.source,
            }
            for position, file in enumerate(message.files)
        ],
        opens_burst=message.burst_seconds > 0,
        job_kind=Work.WELCOME.name,
        job_touches=Work.WELCOME.touches,
        job_attempts=Work.WELCOME.attempts,
    )
    recorded = await arrivals.record(express, delivery=delivery, met=met, source=source, said=said)
    if recorded is None:
        return [], delivery is not None
    number, bell = recorded
    express.bells.append(bell)
    return [number], delivery is not None


def _joins_burst(message: Report, met: Met) -> NewComment | None:
    """The ticket a message still belongs to: the author wrote it within the window of their last message."""
    if not message.burst_seconds or met.burst_ticket_id is None or met.burst_at is None:
        return None
    if abs(message.sent_at - met.burst_at) > timedelta(seconds=message.burst_seconds):
        return None
    return NewComment(ticket_id=met.burst_ticket_id, text=message.text)


def _new_ticket(message: Report) -> NewTicket:
    title = classification.title_of(message.text, message.title)
    priority = message.priority
    if priority is None:
        priority = classification.infer_priority(title, message.text)
    return NewTicket(
        title=title,
        description=message.text,
        ticket_type=TicketType(classification.infer_type(title, message.text)),
        priority=Priority(priority),
        language=message.author.language or classification.infer_language(message.text),
    )


def _message(one: Report | Comment) -> Report:
    return one.message if isinstance(one, Comment) else one


def _bounded(reading: Reading) -> Reading:
    if isinstance(reading, Report | Comment):
        message = _message(reading)
        if max(len(message.external_id), len(message.author.account_id)) > EXTERNAL_ID_LENGTH:
            return Unreadable(reason="an id is longer than any platform's")
    return reading


async def _bury(database: Database, delivery: Delivery, reason: str) -> None:
    async with database.express() as express:
        await arrivals.bury(
            express,
            delivery,
            reason=reason,
            job_kind=Work.READ.name,
            job_touches=Work.READ.touches,
        )


async def _apply(session: AsyncSession, reading: Edit | Receipt | Pointed) -> None:
    if isinstance(reading, Edit):
        await editing.apply(session, reading)
    elif isinstance(reading, Pointed):
        promise(session, Work.FETCH, reading.external_id, place=dict(reading.place))
    else:
        await notifying.receipt(session, reading)
