"""Our messages in Slack that are edited in place."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Card


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands. `may_be_posted`: an earlier attempt to post it was never heard of again."""

    id: UUID
    channel: str | None
    ts: str | None
    drawn: str | None
    may_be_posted: bool


async def find_or_begin(session: AsyncSession, *, kind: str, subject_id: UUID, ticket_id: UUID) -> Place:
    """The card of `subject_id`; made, and marked as being posted, when there is none."""
    await session.execute(
        insert(Card).values(kind=kind, subject_id=subject_id, ticket_id=ticket_id).on_conflict_do_nothing()
    )
    card = (
        await session.execute(select(Card).where(Card.kind == kind, Card.subject_id == subject_id).with_for_update())
    ).scalar_one()
    may_be_posted = card.ts is None and card.posting_since is not None
    if card.ts is None and card.posting_since is None:
        card.posting_since = (await session.execute(select(func.now()))).scalar_one()
    return Place(card.id, card.channel, card.ts, card.drawn, may_be_posted)


async def stands(session: AsyncSession, card_id: UUID, *, channel: str, ts: str, drawn: str) -> None:
    card = await session.get_one(Card, card_id, with_for_update=True)
    card.channel, card.ts, card.drawn, card.posting_since = channel, ts, drawn, None


async def was_not_posted(session: AsyncSession, card_id: UUID) -> None:
    """Slack said no (or the message is gone): the next attempt posts without looking first."""
    card = await session.get_one(Card, card_id, with_for_update=True)
    card.channel = card.ts = card.drawn = card.posting_since = None


async def forget_look(session: AsyncSession, *, channel: str, ts: str) -> UUID | None:
    """Have the card that stands there sent again whatever it looks like; the ticket it is of."""
    card = await session.scalar(select(Card).where(Card.channel == channel, Card.ts == ts).with_for_update())
    if card is None:
        return None
    card.drawn = None
    return card.ticket_id


async def drafts_of(session: AsyncSession, ticket_id: UUID) -> list[UUID]:
    """Entries of a ticket that have a card, so that an approved one is redrawn without its buttons."""
    rows = await session.scalars(select(Card.subject_id).where(Card.ticket_id == ticket_id, Card.kind == "draft"))
    return list(rows)
