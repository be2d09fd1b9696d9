"""Our messages in Slack that are edited in place."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Card

_FIND_OR_BEGIN = text("""
INSERT INTO cards (kind, subject_id, ticket_id, posting_since) VALUES (:kind, :subject_id, :ticket_id, now())
ON CONFLICT (kind, subject_id) DO UPDATE
  SET posting_since = CASE WHEN cards.ts IS NULL THEN coalesce(cards.posting_since, now()) END
RETURNING id, channel, ts, drawn,
  CASE WHEN ts IS NULL AND posting_since < now() THEN posting_since END AS doubtful_since
""")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands. `doubtful_since`: when an attempt to post it began that was never heard of again."""

    id: UUID
    channel: str | None
    ts: str | None
    drawn: str | None
    doubtful_since: datetime | None


async def find_or_begin(session: AsyncSession, *, kind: str, subject_id: UUID, ticket_id: UUID) -> Place:
    """The card of `subject_id`; made, and marked as being posted, when there is none."""
    parameters = {"kind": kind, "subject_id": subject_id, "ticket_id": ticket_id}
    return Place(*(await session.execute(_FIND_OR_BEGIN, parameters)).one())


async def stands(session: AsyncSession, card_id: UUID, *, channel: str, ts: str, drawn: str) -> None:
    await _set(session, card_id, channel=channel, ts=ts, drawn=drawn)


async def was_not_posted(session: AsyncSession, card_id: UUID) -> None:
    """Slack said no (or the message is gone): the next attempt posts without looking first."""
    await _set(session, card_id, channel=None, ts=None, drawn=None)


async def _set(session: AsyncSession, card_id: UUID, **place: str | None) -> None:
    await session.execute(update(Card).where(Card.id == card_id).values(posting_since=None, **place))


async def forget_look(session: AsyncSession, *, channel: str, ts: str) -> UUID | None:
    """Have the card that stands there sent again whatever it looks like; the ticket it is of."""
    card = await session.scalar(select(Card).where(Card.channel == channel, Card.ts == ts).with_for_update())
    if card is None:
        return None
    card.drawn = None
    return card.ticket_id


async def drafts_of(session: AsyncSession, ticket_id: UUID) -> list[UUID]:
    """Entries of a ticket that have a card."""
    rows = await session.scalars(select(Card.subject_id).where(Card.ticket_id == ticket_id, Card.kind == "draft"))
    return list(rows)
