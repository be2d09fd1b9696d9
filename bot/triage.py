"""Run AI triage; accept, edit or reject what it suggests."""

from uuid import UUID

from blocks import triage as draw
from bot.listener import Click, Json, on_action, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import showing, triage
from hub.errors import Invalid
from runtime.wiring import Runtime
from storage.enums import Priority, TicketType


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.RUN, run)
    on_action(routes, runtime, draw.ACCEPT, accept)
    on_action(routes, runtime, draw.EDIT, edit)
    on_action(routes, runtime, draw.REJECT, reject)
    on_submission(routes, runtime, draw.EDIT, save, field=draw.TITLE)


async def run(click: Click) -> None:
    await request(click, click.id)


async def request(click: Click, ticket_id: UUID, model: str | None = None) -> None:
    """By the default model, or by one that was chosen."""
    async with click.runtime.db.transaction() as session:
        chosen = await click.runtime.chosen_model(session, model)
        await triage.request(session, ticket_id, model=chosen, by=click.actor)


async def accept(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await triage.accept(session, click.id, by=click.actor)


async def reject(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await triage.reject(session, click.id, by=click.actor)


async def edit(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        card = await showing.card(session, click.id)
    await click.open(draw.edit_modal(card))


async def save(click: Click) -> Json | None:
    typed = values_of(click.view)
    ticket_type, priority = typed.get(draw.TYPE), typed.get(draw.PRIORITY)
    if ticket_type not in set(TicketType) or priority not in {str(one.value) for one in Priority}:
        raise Invalid("Choose a type and a priority.")
    async with click.runtime.db.transaction() as session:
        await triage.accept(
            session,
            uuid_of(click.view.get("private_metadata")),
            by=click.actor,
            ticket_type=TicketType(ticket_type),
            priority=Priority(int(priority)),
            title=typed.get(draw.TITLE),
        )
    return None
