"""/simulate, in development: has a customer write, so that there is something to work on."""

import random

from slack_bolt.async_app import AsyncApp

from blocks import simulator as draw
from bot.listener import Click, Json, on_command, team_of, user_of
from hub import agents
from platforms.simulator import CHANNELS
from runtime.wiring import Runtime

COMMAND = "/simulate"
PII = "pii"


def register(app: AsyncApp, runtime: Runtime) -> None:
    async def command(payload: Json, _raw: str) -> str | None:
        async with runtime.db.transaction() as session:
            await agents.require(session, f"{team_of(payload)}:{user_of(payload)}")
        words = _words(payload)
        if "help" in words:
            return draw.usage(CHANNELS)
        unknown = next((word for word in words if word not in {*CHANNELS, PII}), None)
        return draw.unknown(unknown, CHANNELS) if unknown else None

    on_command(app, runtime, COMMAND, command, simulate)


async def simulate(click: Click) -> None:
    words = _words(click.payload)
    wanted = [word for word in words if word in CHANNELS] or CHANNELS
    told = await click.runtime.simulator.report(random.choice(wanted), pii=PII in words)
    said = draw.told(channel=told.channel, name=told.name, text=told.text, pii=told.pii)
    await click.slack.post_ephemeral(channel=str(click.payload["channel_id"]), user=click.user, text=said)


def _words(payload: Json) -> list[str]:
    return str(payload.get("text") or "").lower().split()
