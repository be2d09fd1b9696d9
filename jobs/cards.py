"""The only writer of a posted card: one message a ticket, edited in place, and its draft in the thread."""

import hashlib
import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from blocks import changelog as draw_changelog
from blocks import tickets as draw_tickets
from blocks.kit import Message
from hub import showing, viewing
from hub.work import Work
from jobs.job import Claim, job
from platforms.errors import CannotTell, Later, RateLimited, Refused, Unreachable
from platforms.slack.client import Posted
from platforms.slack.letter import EVENT_TYPE
from runtime import crashing
from runtime.wiring import Runtime
from storage import cards
from storage.cards import Place

CLOCK_SKEW = timedelta(minutes=1)
"""How far our clock may be ahead of Slack's, by which messages are named."""
GONE = {"message_not_found", "cant_update_message", "channel_not_found", "edit_window_closed"}


@job(Work.CARD)
async def draw_card(claim: Claim, runtime: Runtime) -> None:
    """Draw the ticket as it is now; a change while we draw has promised another drawing."""
    if not runtime.settings.slack_triage_channel or runtime.channels["slack"].off:
        return
    async with claim.step() as session:
        card = await showing.card(session, claim.subject)
        place = await cards.find_or_begin(session, kind="ticket", subject_id=card.id, ticket_id=card.id)
        entries = await _entries(session, card)
    stands = await _draw(
        claim, place, draw_tickets.card(card, models_off=runtime.models_off), runtime.settings.slack_triage_channel
    )
    for entry_id in entries:
        await _draw_entry(claim, entry_id, thread=stands)


async def _entries(session: AsyncSession, card: showing.TicketCard) -> list[UUID]:
    """The draft there is, and those that have a card already: an approved one is drawn again without its buttons."""
    drawn = await cards.drafts_of(session, card.id)
    draft = card.draft
    return drawn if draft is None or draft.entry_id in drawn else [*drawn, draft.entry_id]


async def _draw_entry(claim: Claim, entry_id: UUID, *, thread: Posted) -> None:
    async with claim.step() as session:
        draft = await showing.draft(session, entry_id)
        place = await cards.find_or_begin(session, kind="draft", subject_id=entry_id, ticket_id=claim.subject)
    await _draw(
        claim,
        place,
        draw_changelog.draft_card(draft, models_off=claim.runtime.models_off),
        thread.channel,
        thread_ts=thread.ts,
    )


async def _draw(
    claim: Claim, place: Place, message: Message, channel: str, *, thread_ts: str | None = None
) -> Posted:
    """Post the message or edit the one that stands; nothing is sent when it looks the same."""
    look = _look(message)
    stands = Posted(place.channel, place.ts) if place.channel and place.ts else None
    if stands is None and place.doubtful_since:
        stands = await _find(claim, place.id, channel, thread_ts, since=place.doubtful_since - CLOCK_SKEW)
    if stands is not None and place.drawn == look:
        return stands
    if stands is None:
        stands = await _post(claim, place, message, channel, thread_ts)
        crashing.passed("card_posted")
    else:
        await _edit(claim, place, message, stands)
    async with claim.step() as session:
        await cards.stands(session, place.id, channel=stands.channel, ts=stands.ts, drawn=look)
        await viewing.changed(session)
    return stands


async def _find(
    claim: Claim, place_id: UUID, channel: str, thread_ts: str | None, *, since: datetime
) -> Posted | None:
    try:
        return await claim.runtime.slack().find_posted(
            channel=channel, notification_id=str(place_id), thread_ts=thread_ts, since=f"{since.timestamp():.6f}"
        )
    except CannotTell:
        return None  # a second card in our own channel is better than none


async def _post(claim: Claim, place: Place, message: Message, channel: str, thread_ts: str | None) -> Posted:
    request = {
        "channel": channel,
        "text": message.text,
        "blocks": message.blocks,
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"notification_id": str(place.id)}},
    }
    if thread_ts:
        request["thread_ts"] = thread_ts
    try:
        return await claim.runtime.slack().post(request)
    except (Refused, RateLimited, Unreachable, Later):
        async with claim.step() as session:
            await cards.was_not_posted(session, place.id)
        raise


async def _edit(claim: Claim, place: Place, message: Message, stands: Posted) -> None:
    try:
        await claim.runtime.slack().update(
            channel=stands.channel, ts=stands.ts, text=message.text, blocks=message.blocks
        )
    except Refused as refused:
        if refused.code not in GONE:
            raise
        async with claim.step() as session:
            await cards.was_not_posted(session, place.id)
        raise Unreachable(
            "The card was deleted in Slack; it is posted again.", platform="slack", code=refused.code
        ) from refused


def _look(message: Message) -> str:
    return hashlib.sha256(json.dumps([message.text, message.blocks], sort_keys=True).encode()).hexdigest()
