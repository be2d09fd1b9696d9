"""An agent writes to the reporter: a form, what would leave exactly, and then it leaves once."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from blocks import ticket_reply as draw
from bot import ticket
from bot.listener import Click, Json, metadata_of, on_action, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import changelog, replying, showing
from hub.errors import Stale
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.WRITE, write)
    on_submission(routes, runtime, draw.WRITE, preview, field=draw.TEXT)
    on_submission(routes, runtime, draw.SEND, send, field=draw.TEXT)


async def write(click: Click) -> None:
    """The reply gets its id here, so that sending this window twice sends once."""
    async with click.runtime.db.transaction() as session:
        to = await replying.addressed(session, click.id)
    await click.open(draw.form(ticket_id=to.id, number=to.number, reply_id=uuid4(), behind=ticket.behind(click)))


async def preview(click: Click) -> Json:
    async with click.runtime.db.transaction() as session:
        return {"response_action": "update", "view": await _confirmation(session, click)}


async def send(click: Click) -> Json | None:
    """What was confirmed leaves; if it would leave differently by now, it is shown again instead."""
    metadata = metadata_of(click.view)
    try:
        async with click.runtime.db.transaction() as session:
            await replying.send(
                session,
                uuid_of(metadata.get("ticket_id")),
                _written(click),
                reply_id=uuid_of(metadata.get("reply_id")),
                shown=str(metadata.get("shown")),
                by=click.actor,
                channels=click.runtime.channels,
                now=datetime.now(UTC),
            )
    except Stale:
        return await preview(click)
    await ticket.redraw_behind(click)
    return None


async def _confirmation(session: AsyncSession, click: Click) -> Json:
    metadata, written = metadata_of(click.view), _written(click)
    ticket_id, reply_id = uuid_of(metadata.get("ticket_id")), uuid_of(metadata.get("reply_id"))
    to = await replying.addressed(session, ticket_id)
    letter = await replying.outgoing(session, to, written, reply_id=reply_id)
    message = click.runtime.channels[letter.channel].compose(letter, datetime.now(UTC))
    card = await showing.card(session, ticket_id)
    return draw.confirmation(
        ticket_id=ticket_id,
        number=card.number,
        reply_id=reply_id,
        recipient=showing.recipient(card.reporter, letter.recipient),
        channel=letter.channel,
        kind=message.kind,
        text=message.text,
        written=written,
        shown=changelog.hash_of(letter.channel, letter, message),
        behind=ticket.behind(click),
        restored_at=await changelog.restored_since(session, to),
    )


def _written(click: Click) -> str:
    return str(values_of(click.view).get(draw.TEXT) or "")
