"""A ticket an agent makes by hand: the "New ticket" shortcut, the button on Home, and their form."""

from blocks import new_ticket as draw
from bot.listener import Click, Json, on_action, on_shortcut, on_submission, values_of
from bot.routes import Routes
from hub import ingestion
from hub.errors import Invalid
from platforms import CHANNELS
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_shortcut(routes, runtime, draw.OPEN, open_form)
    on_action(routes, runtime, draw.OPEN, open_form)
    on_submission(routes, runtime, draw.SUBMIT, create, field=draw.DESCRIPTION)


async def open_form(click: Click) -> None:
    await click.open(draw.form())


async def create(click: Click) -> Json:
    typed = values_of(click.view)
    channel = typed.get(draw.CHANNEL) or draw.BY_HAND
    if channel not in CHANNELS:
        raise Invalid("Choose a channel.")
    async with click.runtime.db.transaction() as session:
        ticket = await ingestion.create(
            session,
            title=typed.get(draw.TITLE) or "",
            description=typed.get(draw.DESCRIPTION) or "",
            channel=channel,
            reporter_name=typed.get(draw.NAME),
            reporter_email=typed.get(draw.EMAIL),
            by=click.actor,
        )
        number = ticket.number
    return {"response_action": "update", "view": draw.made(number)}
