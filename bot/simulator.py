"""/simulate, in development: has a customer write, so that there is something to work on."""

import random

from slack_bolt.async_app import AsyncApp

from blocks import simulator as draw
from bot.listener import Click, Reply, on_command
from platforms.simulator import CHANNELS
from runtime.wiring import Runtime

COMMAND = "/simulate"
PII = "pii"


def register(app: AsyncApp, runtime: Runtime) -> None:
    on_command(app, runtime, COMMAND, command, simulate)


async def command(click: Click, _raw: str) -> Reply:
    words = _words(click)
    if "help" in words:
        return draw.usage(CHANNELS)
    unknown = next((word for word in words if word not in {*CHANNELS, PII}), None)
    return draw.unknown(unknown, CHANNELS) if unknown else None


async def simulate(click: Click) -> None:
    words = _words(click)
    wanted = [word for word in words if word in CHANNELS] or CHANNELS
    told = await click.runtime.simulator.report(random.choice(wanted), pii=PII in words)
    said = draw.told(channel=told.channel, name=told.name, text=told.text, pii=told.pii)
    await click.slack.post_ephemeral(channel=str(click.payload["channel_id"]), user=click.user, text=said)


def _words(click: Click) -> list[str]:
    return click.typed.lower().split()
