"""The forms of a ticket's window: title, type, priority and tags, and the AI's suggestion with changes."""

from typing import Any

from blocks import ticket as draw_ticket
from blocks import ticket_edit as draw
from bot import ticket
from bot.listener import Click, Json, metadata_of, on_action, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import detailing, ticketing, triage
from hub.errors import Invalid
from runtime.wiring import Runtime
from storage.enums import Priority, TicketType


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw_ticket.EDIT, edit)
    on_action(routes, runtime, draw_ticket.EDIT_SUGGESTION, edit_suggestion)
    on_submission(routes, runtime, draw_ticket.EDIT, save, field=draw.TITLE)
    on_submission(routes, runtime, draw_ticket.EDIT_SUGGESTION, accept, field=draw.TITLE)


async def edit(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        shown = await detailing.editable(session, click.id)
    await click.open(draw.form(shown, ticket.behind(click)))


async def edit_suggestion(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        shown = await detailing.editable(session, click.id)
    await click.open(draw.suggestion_form(shown, ticket.behind(click)))


async def save(click: Click) -> Json | None:
    """Refused when the ticket has moved on since the form was opened."""
    metadata, typed = metadata_of(click.view), values_of(click.view)
    version = metadata.get("version")
    async with click.runtime.db.transaction() as session:
        await ticketing.change(
            session,
            uuid_of(metadata.get("ticket_id")),
            by=click.actor,
            version=version if isinstance(version, int) else None,
            title=typed.get(draw.TITLE) or "",
            tags=draw.tags_of(typed.get(draw.TAGS) or ""),
            **_chosen(typed),
        )
    await ticket.redraw_behind(click)
    return None


async def accept(click: Click) -> Json | None:
    typed = values_of(click.view)
    async with click.runtime.db.transaction() as session:
        await triage.accept(
            session,
            uuid_of(metadata_of(click.view).get("ticket_id")),
            by=click.actor,
            title=typed.get(draw.TITLE),
            **_chosen(typed),
        )
    await ticket.redraw_behind(click)
    return None


def _chosen(typed: dict[str, Any]) -> dict[str, Any]:
    ticket_type, priority = typed.get(draw.TYPE), typed.get(draw.PRIORITY)
    if ticket_type not in set(TicketType) or priority not in {str(one.value) for one in Priority}:
        raise Invalid("Choose a type and a priority.")
    return {"ticket_type": TicketType(ticket_type), "priority": Priority(int(priority))}
