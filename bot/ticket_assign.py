"""Assign… on the card: who is to have the ticket."""

from blocks import kit
from blocks import ticket_assign as draw
from bot import ticket
from bot.listener import Click, Json, on_action, on_options, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import ticketing
from hub.errors import Invalid
from runtime.wiring import Runtime
from storage import agents


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.ASSIGN, choose)
    on_options(routes, runtime, draw.TO, ticket.people)
    on_submission(routes, runtime, draw.ASSIGN, assign, field=draw.TO)


async def choose(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        held = await ticketing.get(session, click.id)
        names = await agents.names(session, [held.assignee_id])
    holder = (held.assignee_id, names.get(held.assignee_id, held.assignee_id)) if held.assignee_id else None
    await click.open(draw.form(ticket_id=held.id, number=held.number, holder=holder))


async def assign(click: Click) -> Json | None:
    chosen = values_of(click.view).get(draw.TO)
    if not chosen:
        raise Invalid("Choose an agent, or nobody.")
    assignee = None if chosen == kit.NOBODY else str(chosen)
    async with click.runtime.db.transaction() as session:
        await ticketing.assign(session, uuid_of(click.view.get("private_metadata")), assignee, by=click.actor)
    return None
