"""A report becomes a ticket or a comment, once, however often and however parallel it is delivered."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from hub import classification, editing, identity, notifying, similarity, timeline
from hub.channel import Channel, Comment, Edit, Pointed, Profile, Reading, Receipt, Report, Unreadable
from hub.errors import Invalid
from hub.timeline import Actor
from hub.work import Work, promise
from storage import arrivals
from storage.arrivals import Author, Delivery, Message
from storage.database import Database, Express, is_refused
from storage.enums import EventType, Priority, TicketType
from storage.models import (
    EXTERNAL_ID_LENGTH,
    Ticket,
)
from storage.text import is_storable, storable

FORM = "application/x-www-form-urlencoded"
CLOCK_SKEW = timedelta(minutes=5)
"""How far a platform's clock may be ahead of ours; a time beyond that would keep a window open for ever."""
TRIES = 5
"""The same message delivered twice at once, an opening and its comment, two first messages of one new person: each
collides once, and the next try finds the row of the other."""
REFUSED = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, asyncpg.IntegrityConstraintViolationError)


class Overtaken(Exception):
    """What a comment belongs to was taken in while it became a ticket of its own."""


COLLISIONS = (
    Overtaken,
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


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
            return _json(fields["payload"]) if "payload" in fields else storable(fields)
        return _json(text)
    except (ValueError, RecursionError):
        raise Invalid("The body is not well-formed.") from None


def _json(text: str) -> Any:
    payload = json.loads(text, parse_constant=_finite, parse_float=_finite)
    return payload if is_storable(text) else storable(payload)


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
            except DBAPIError as error:
                if not is_refused(error):
                    raise
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
    if not said and delivery is None:
        return Taken()
    for attempt in range(TRIES):
        try:
            if len(said) == 1 and (taken := await _take_alone(database, said[0], delivery, digests)):
                return taken
            return await _take_all(database, said, delivery, digests)
        except COLLISIONS:
            if attempt == TRIES - 1:
                raise
    raise AssertionError


async def _take_alone(
    database: Database, one: Report | Comment, delivery: Delivery | None, digests: Sequence[bytes]
) -> Taken | None:
    """Nearly every delivery: one message, of which it is clear where it belongs. None when it is not."""
    async with database.express_statement() as express:
        onto = await _find_parent(express, one) if isinstance(one, Comment) else None
        if isinstance(one, Comment) and onto is None:
            return None
        return _sum(await _take(express, _message(one), onto, delivery, digests))


async def _take_all(
    database: Database, said: Sequence[Report | Comment], delivery: Delivery | None, digests: Sequence[bytes]
) -> Taken:
    """In the order of their authors, so that two deliveries cannot deadlock."""
    numbers: list[int] = []
    async with database.express() as express:
        if delivery is not None:
            await arrivals.keep(express, delivery, tells_of=digests)
        for one in sorted(said, key=lambda one: _message(one).author.account_id):
            if isinstance(one, Comment):
                numbers += await _take_comment(express, one)
            else:
                numbers += await _take(express, one)
    return _sum(numbers)


def _sum(numbers: Sequence[int]) -> Taken:
    return Taken(tuple(number for number in numbers if number), numbers.count(0))


async def _take_comment(express: Express, comment: Comment) -> list[int]:
    """Nothing when it was written in a thread that is no ticket's: that is none of our business."""
    onto, opened = await _find_parent(express, comment), list[int]()
    if onto is None and comment.opening is not None:
        opened = await _take(express, comment.opening)
        onto = await _find_parent(express, comment)
    if onto is None and not comment.orphan_is_report:
        return opened
    written = await _take(express, comment.message, onto)
    if onto is None and await _find_parent(express, comment):
        raise Overtaken
    return opened + written


async def _find_parent(express: Express, comment: Comment) -> UUID | None:
    return await arrivals.find_parent(express, platform=comment.message.platform, external_id=comment.parent)


async def _take(
    express: Express,
    message: Report,
    onto: UUID | None = None,
    delivery: Delivery | None = None,
    digests: Sequence[bytes] = (),
) -> list[int]:
    """The number of the ticket it opened, 0 for a comment; empty when it was taken before, or erased."""
    taken = await arrivals.take(express, _written(message, onto), delivery=delivery, tells_of=digests)
    if taken is None:
        return []
    number, bell = taken
    express.bells.append(bell)
    return [number]


def _written(message: Report, onto: UUID | None) -> Message:
    title = classification.title_of(message.text, message.title)
    priority = message.priority
    if priority is None:
        priority = classification.infer_priority(title, message.text)
    return Message(
        platform=message.platform,
        external_id=message.external_id,
        author=_author(message.author),
        url=message.url,
        place=dict(message.place),
        raw=message.raw,
        sent_at=message.sent_at,
        heard_at=min(message.sent_at, datetime.now(UTC) + CLOCK_SKEW),
        burst=timedelta(seconds=message.burst_seconds),
        onto=onto,
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
        title=title,
        text=message.text,
        ticket_type=TicketType(classification.infer_type(title, message.text)),
        priority=Priority(priority),
        language=message.author.language or classification.infer_language(message.text),
        job_kind=Work.WELCOME.name,
        job_touches=Work.WELCOME.touches,
        job_attempts=Work.WELCOME.attempts,
    )


def _author(profile: Profile) -> Author:
    account, _, _ = profile.account_id.rpartition(":")
    email = identity.address(profile.email)
    contacts = {
        "phone": identity.phone(profile.phone),
        "handle": profile.handle,
        "company": profile.company,
        "email": email,
    }
    return Author(
        account_id=profile.account_id,
        other_account_id=f"{account}:{profile.phone}" if profile.phone else None,
        name=profile.name[: identity.NAME_LENGTH] if profile.name else None,
        email=email,
        contacts={key: value[: identity.NAME_LENGTH] for key, value in contacts.items() if value},
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
