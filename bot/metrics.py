"""Metrics: the section of App Home, /metrics, and the charts in a message."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from blocks import metrics as draw
from blocks import problem
from blocks.kit import Message
from bot import home
from bot.listener import Click, Json, Reply, on_action, on_command
from bot.routes import Routes
from hub import measurement
from hub.viewing import Choice
from platforms.errors import Later, PlatformError, Refused
from runtime.wiring import Runtime
from storage.enums import TicketStatus

COMMAND = "/metrics"


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.DAY, period)
    on_action(routes, runtime, draw.WEEK, period)
    on_action(routes, runtime, draw.MONTH, period)
    on_action(routes, runtime, draw.SEND, send)
    on_action(routes, runtime, draw.NEW, new)
    on_action(routes, runtime, draw.OPEN_NOW, open_now)
    on_action(routes, runtime, draw.RESOLVED, resolved)
    on_action(routes, runtime, draw.TOLD, told)
    on_action(routes, runtime, draw.CHANNEL, channel)
    on_action(routes, runtime, draw.TYPE, ticket_type)
    on_action(routes, runtime, draw.PRIORITY, priority)
    on_action(routes, runtime, draw.STATUS, status)
    on_action(routes, runtime, draw.REPORTER, reporter)
    on_command(routes, runtime, COMMAND, command, post)


async def period(click: Click) -> None:
    chosen = measurement.period_of(click.value)
    await home.show(click, lambda _choice: Choice("metrics", {"period": chosen.value}))


async def new(click: Click) -> None:
    await _tickets(click)


async def open_now(click: Click) -> None:
    await _tickets(click, status=TicketStatus.OPEN)


async def resolved(click: Click) -> None:
    await _tickets(click, status=TicketStatus.RESOLVED)


async def told(click: Click) -> None:
    await home.show(click, lambda choice: choice.at("notifications"))


async def channel(click: Click) -> None:
    await _tickets(click, channel=click.value)


async def ticket_type(click: Click) -> None:
    await _tickets(click, ticket_type=click.value)


async def priority(click: Click) -> None:
    await _tickets(click, priority=int(click.value))


async def status(click: Click) -> None:
    await _tickets(click, status=click.value)


async def reporter(click: Click) -> None:
    await _tickets(click, reporter=click.value.removesuffix("…"))


async def send(click: Click) -> None:
    """To the agent's own conversation with us, where it stays; the window says so at once, or why it does not."""
    window = await click.open(draw.on_the_way())
    try:
        await _write(click, await _message(click, click.value))
    except (PlatformError, Later) as error:
        sentence = error.message if isinstance(error, PlatformError) else str(error)
        await click.slack.update_view(str(window.get("id")), problem.modal(sentence))


async def command(click: Click, _raw: str) -> Reply:
    if click.asks_for_help:
        return draw.usage()
    measurement.period_of(click.typed)
    return None


async def post(click: Click) -> None:
    """To who asked alone; measured only once the command is acknowledged."""
    drawn = await _message(click, click.typed)
    whisper = partial(click.slack.post_ephemeral, channel=str(click.payload["channel_id"]), user=click.user)
    try:
        await _say(whisper, drawn)
    except Refused:  # it was asked for where we are not
        await _write(click, drawn)


async def _write(click: Click, drawn: Message) -> None:
    async def post(*, text: str, blocks: Sequence[Json]) -> None:
        await click.slack.post({"channel": click.user, "text": text, "blocks": list(blocks)})

    await _say(post, drawn)


async def _say(post: Callable[..., Awaitable[None]], drawn: Message) -> None:
    """In words alone to a Slack that does not take charts yet."""
    try:
        await post(text=drawn.text, blocks=drawn.blocks)
    except Refused as refused:
        if refused.code != "invalid_blocks":
            raise
        await post(text=drawn.text, blocks=[])


async def _message(click: Click, typed: str) -> Message:
    async with click.runtime.db.transaction() as session:
        return draw.message(await measurement.measure(session, measurement.period_of(typed), now=datetime.now(UTC)))


async def _tickets(click: Click, **filters: object) -> None:
    await home.show(click, lambda choice: choice.at("tickets").narrowed(**filters))
