"""A ticket opened from a list."""

from slack_bolt.async_app import AsyncApp

from blocks import search as draw_search
from blocks import ticket as draw
from bot.listener import Click, on_action
from hub import showing
from runtime.wiring import Runtime


def register(app: AsyncApp, runtime: Runtime) -> None:
    on_action(app, runtime, draw_search.OPEN, open_window)


async def open_window(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        card = await showing.card(session, click.id)
    await click.open(draw.window(card))
