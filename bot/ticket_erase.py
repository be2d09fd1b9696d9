"""The reporter of a ticket is to be forgotten."""

from blocks import problem
from blocks import ticket_reporter as draw
from bot.listener import Click, on_action
from bot.routes import Routes
from hub import privacy
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.ERASE, erase)


async def erase(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await privacy.ask(session, click.id, by=click.actor)
    said = "They are being erased. What went stands on the timeline of their tickets when it is done."
    await click.open(problem.told("Erase", said))
