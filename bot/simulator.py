"""/simulate, in development: has customers write, so that there is something to work on."""

import random

from blocks import simulator as draw
from bot.listener import Click, Reply, on_command
from bot.routes import Routes
from platforms.simulator import CHANNELS, Told
from runtime.wiring import Runtime

COMMAND = "/simulate"
PII = "pii"
INCIDENT = "incident"


def register(routes: Routes, runtime: Runtime) -> None:
    on_command(routes, runtime, COMMAND, command, simulate)


async def command(click: Click, _raw: str) -> Reply:
    words = _words(click)
    if words == [INCIDENT]:
        return None
    if INCIDENT in words:
        return draw.incident_is_on_all(CHANNELS)
    if "help" in words:
        return draw.usage(CHANNELS)
    unknown = next((word for word in words if word not in {*CHANNELS, PII}), None)
    return draw.unknown(unknown, CHANNELS) if unknown else None


async def simulate(click: Click) -> None:
    told = await _tell(click)
    said = "\n".join(draw.told(channel=one.channel, name=one.name, text=one.text, pii=one.pii) for one in told)
    await click.slack.post_ephemeral(channel=str(click.payload["channel_id"]), user=click.user, text=said)


async def _tell(click: Click) -> list[Told]:
    words, simulator = _words(click), click.runtime.simulator
    if INCIDENT in words:
        return await simulator.incident()
    wanted = [word for word in words if word in CHANNELS] or CHANNELS
    return [await simulator.report(random.choice(wanted), pii=PII in words)]


def _words(click: Click) -> list[str]:
    return click.typed.lower().split()
