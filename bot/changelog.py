"""The release valve in Slack: preview and generate, or write; edit; read once more what leaves, and send."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from blocks import changelog as draw
from bot import ticket as window
from bot.listener import Click, Json, metadata_of, on_action, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import changelog, showing, ticketing, triage
from hub.errors import NotFound, Stale
from hub.pii import Redaction
from runtime.wiring import Runtime
from storage import changelog_entries

PATIENCE_SECONDS = 0.7
"""How long a click may wait for its window to be complete; the trigger lives three seconds."""


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.GENERATE, generate)
    on_action(routes, runtime, draw.WRITE, write)
    on_action(routes, runtime, draw.EDIT, edit)
    on_action(routes, runtime, draw.REGENERATE, regenerate)
    on_action(routes, runtime, draw.APPROVE, confirm)
    on_submission(routes, runtime, draw.GENERATE, promise_draft)
    on_submission(routes, runtime, draw.WRITE, save_new, field=draw.CONTENT)
    on_submission(routes, runtime, draw.EDIT, save, field=draw.CONTENT)
    on_submission(routes, runtime, draw.APPROVE, send)


async def generate(click: Click) -> None:
    await _preview(click, click.id, anew=False)


async def regenerate(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        draft = await showing.draft(session, click.id)
    await _preview(click, draft.ticket_id, anew=True)


async def _preview(click: Click, ticket_id: UUID, *, anew: bool) -> None:
    """Exactly what a model would be sent. When scrubbing takes long, the window opens first and fills later."""
    async with click.runtime.db.transaction() as session:
        await click.runtime.require_model(session)
    drawing = asyncio.create_task(_preview_view(click, ticket_id, anew=anew))
    done, _ = await asyncio.wait({drawing}, timeout=PATIENCE_SECONDS)
    if done:
        await click.open(await drawing)
        return
    opened = await click.open(draw.loading_modal("Generate with AI"))
    await click.slack.update_view(opened["id"], await window.read_or_why_not(drawing))


async def _preview_view(click: Click, ticket_id: UUID, *, anew: bool) -> Json:
    settings = click.runtime.settings
    async with click.runtime.db.transaction() as session:
        ticket = await ticketing.get(session, ticket_id)
        asked = await triage.question(session, ticket_id)
        models = await click.runtime.offered_models(session)
    prompt = await changelog.prompt(asked)
    return draw.preview_modal(
        ticket_id=ticket_id,
        number=ticket.number,
        prompt=prompt.whole,
        redactions=listed(changelog.redactions(asked, prompt)),
        models=models,
        model=settings.openai_model,
        anew=anew,
        behind=window.behind(click),
    )


def listed(redactions: Iterable[tuple[Redaction, str]]) -> list[tuple[str, str, str]]:
    """As previews draw them: kind, placeholder, original."""
    return [(redaction.kind.value, redaction.placeholder, original) for redaction, original in redactions]


async def promise_draft(click: Click) -> Json | None:
    """The preview was confirmed."""
    metadata = metadata_of(click.view)
    async with click.runtime.db.transaction() as session:
        model = await click.runtime.chosen_model(session, values_of(click.view).get(draw.MODEL))
        await changelog.request(
            session,
            uuid_of(metadata.get("ticket_id")),
            model=model,
            by=click.actor,
            anew=bool(metadata.get("anew")),
        )
    await window.redraw_behind(click)
    return None


async def write(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        ticket = await ticketing.get(session, click.id)
    behind = window.behind(click)
    await click.open(draw.write_modal(ticket.id, ticket.number, changelog.TEMPLATE, behind=behind))


async def save_new(click: Click) -> Json | None:
    content = _whole(click)
    ticket_id = uuid_of(metadata_of(click.view).get("ticket_id"))
    async with click.runtime.db.transaction() as session:
        await changelog.write(session, ticket_id, content, by=click.actor)
    await window.redraw_behind(click)
    return None


async def edit(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        draft = await showing.draft(session, click.id)
    await click.open(draw.edit_modal(draft, behind=window.behind(click)))


async def save(click: Click) -> Json | None:
    content = _whole(click)
    entry_id = uuid_of(metadata_of(click.view).get("entry_id"))
    async with click.runtime.db.transaction() as session:
        await changelog.edit(session, entry_id, content, by=click.actor)
    await window.redraw_behind(click)
    return None


def _whole(click: Click) -> str:
    """What was typed; Invalid while it could not be approved, as here it can still be put right."""
    content = str(values_of(click.view).get(draw.CONTENT) or "")
    changelog.must_be_whole(content)
    return content


async def confirm(click: Click) -> None:
    """Who will be told, how, and the exact words."""
    async with click.runtime.db.transaction() as session:
        view = await _confirmation(session, click.runtime, click.id, behind=window.behind(click))
    await click.open(view)


async def send(click: Click) -> Json | None:
    """What was confirmed leaves; if it would leave differently by now, it is shown again instead."""
    metadata = metadata_of(click.view)
    entry_id = uuid_of(metadata.get("entry_id"))
    try:
        async with click.runtime.db.transaction() as session:
            await changelog.approve(
                session,
                entry_id,
                by=click.actor,
                channels=click.runtime.channels,
                now=datetime.now(UTC),
                shown=str(metadata.get("shown")),
            )
    except Stale:
        async with click.runtime.db.transaction() as session:
            view = await _confirmation(session, click.runtime, entry_id, behind=window.behind(click))
        return {"response_action": "update", "view": view}
    await window.redraw_behind(click)
    return None


async def _confirmation(session: AsyncSession, runtime: Runtime, entry_id: UUID, *, behind: Json) -> Json:
    entry = await changelog_entries.find(session, entry_id)
    if entry is None:
        raise NotFound("This draft is gone.")
    changelog.must_be_whole(entry.content)
    ticket = await ticketing.get(session, entry.ticket_id)
    card = await showing.card(session, ticket.id)
    letter, channel = await changelog.outgoing(session, entry, ticket)
    message = runtime.channels[channel].compose(letter, datetime.now(UTC))
    return draw.confirm_modal(
        entry_id=entry.id,
        number=ticket.number,
        recipient=showing.recipient(card.reporter, letter.recipient),
        channel=channel,
        kind=message.kind,
        text=message.text,
        shown=changelog.hash_of(channel, letter, message),
        restored_at=await changelog.restored_since(session, ticket),
        behind=behind,
    )
