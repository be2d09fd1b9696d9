"""The texts reporters are told: the list on Home, and one text in a window."""

from blocks import changelogs as draw
from bot import home
from bot.listener import Click, on_action
from bot.routes import Routes
from hub import reviewing
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.STATUS, status)
    on_action(routes, runtime, draw.SHOW, show)


async def status(click: Click) -> None:
    await home.show(click, lambda choice: choice.narrowed(status=click.chosen))


async def show(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        shown = await reviewing.changelog(session, click.id)
    await click.open(draw.window(shown))
