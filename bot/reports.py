"""What reporters send from inside Slack: /feedback, its form, and a message somebody points at."""

from blocks import home as draw_home
from blocks import report as draw
from bot.listener import Click, Json, on_action, on_command, on_shortcut, on_submission
from bot.routes import Routes
from hub import ingestion
from hub.errors import Invalid
from platforms.slack.report import as_form
from runtime.wiring import Runtime
from storage.arrivals import Delivery

COMMAND = "/feedback"


def register(routes: Routes, runtime: Runtime) -> None:
    async def command(click: Click, raw: str) -> str | None:
        if click.asks_for_help:
            return draw.usage()
        if click.typed:
            return await _take(runtime, click.payload, raw)
        return None

    async def submitted(click: Click) -> Json | None:
        told = await _take(runtime, click.payload, as_form(click.payload))
        return {"response_action": "update", "view": draw.taken(told)}

    async def pointed_at(click: Click) -> None:
        told = await _take(runtime, click.payload, as_form(click.payload))
        channel = click.payload["channel"]["id"]
        await click.slack.post_ephemeral(channel=channel, user=click.user, text=told)

    async def open_form(click: Click) -> None:
        await click.open(draw.form())

    on_command(routes, runtime, COMMAND, command, open_form, agents_only=False)
    on_submission(routes, runtime, draw.SUBMIT, submitted, field=draw.DESCRIPTION, agents_only=False)
    on_shortcut(routes, runtime, draw.MESSAGE, pointed_at, agents_only=False)
    on_shortcut(routes, runtime, draw_home.OPEN_REPORT, open_form, agents_only=False)
    on_action(routes, runtime, draw_home.OPEN_REPORT, open_form, agents_only=False)


async def _take(runtime: Runtime, payload: Json, raw: str) -> str:
    """Take it in, durable before anybody is thanked; what the reporter is told."""
    channel = runtime.channels["slack"]
    taken = await ingestion.receive(runtime.db, channel, Delivery("slack", ingestion.FORM, raw.encode()), payload)
    if taken.unreadable:
        raise Invalid("We kept this, but could not make a ticket of it by ourselves; somebody will look at it.")
    return draw.thanks(taken.numbers[0]) if taken.numbers else draw.known()
