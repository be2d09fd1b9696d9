"""The simulator's control endpoints: one story now, a steady trickle of them, or an incident that many tell of."""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from time import monotonic

from aiohttp import web

from sandbox.control import CHANNELS, is_number, read_channel, read_flag, read_json, read_report
from sandbox.stories import Stories
from sandbox.world import BadInput, Json, Platform, World

SECONDS = 180
DAY = 86_400

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Trickle:
    seconds: float = SECONDS
    channel: str | None = None
    pii: bool = False
    sent: int = 0
    next_at: float = field(default_factory=monotonic)
    off: asyncio.Event = field(default_factory=asyncio.Event)


class Simulator:
    """Has customers write, through the platforms' own reports; one trickle at a time."""

    def __init__(self, world: World, platforms: Mapping[str, Platform], stories: Stories) -> None:
        self.world = world
        self.platforms = platforms
        self.stories = stories
        self._running: Trickle | None = None

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_control/simulate", self.simulate),
            web.post("/_control/incident", self.incident),
            web.get("/_control/trickle", self.trickle),
            web.post("/_control/trickle", self.turn),
        ]

    async def simulate(self, request: web.Request) -> web.Response:
        """`{"channel"?, "pii"?}` has somebody tell a story, on any channel when none is named."""
        channel, pii = _read_choice(await read_json(request))
        return web.json_response(await self._choose(channel or random.choice(CHANNELS), pii=pii))

    async def incident(self, request: web.Request) -> web.Response:
        """`{}` has eight people on all channels report one problem at once, each in their own words."""
        await read_json(request)
        return web.json_response({"data": await asyncio.gather(*map(self._tell, self.stories.incident()))})

    async def trickle(self, _request: web.Request) -> web.Response:
        return web.json_response(self.shown())

    def shown(self) -> Json:
        """The running trickle, or what one would be."""
        shown = self._running or Trickle()
        return {
            "on": self._running is not None,
            "seconds": shown.seconds,
            "channel": shown.channel,
            "pii": shown.pii,
            "sent": shown.sent,
            "next_in": round(max(0, shown.next_at - monotonic()), 1) if self._running else None,
        }

    async def turn(self, request: web.Request) -> web.Response:
        """`{"seconds"?, "channel"?, "pii"?}` starts a trickle instead of the running one, `{"off": true}` ends it."""
        wanted = _read_trickle(await read_json(request))
        if self._running is not None:
            self._running.off.set()
        self._running = wanted
        if wanted is not None:
            self.world.start(self._run(wanted))
        return await self.trickle(request)

    async def _run(self, trickle: Trickle) -> None:
        """Until it is turned off; the world cancels it when it forgets everything."""
        channels = cycle([trickle.channel] if trickle.channel else CHANNELS)
        try:
            while not trickle.off.is_set():
                trickle.next_at = monotonic() + trickle.seconds
                await self._tell_one_of(trickle, next(channels))
                with suppress(TimeoutError):
                    await asyncio.wait_for(trickle.off.wait(), trickle.next_at - monotonic())
        finally:
            if self._running is trickle:
                self._running = None

    async def _tell_one_of(self, trickle: Trickle, channel: str) -> None:
        try:
            await self._choose(channel, pii=trickle.pii)
        except Exception as error:  # whatever is wrong with this one, the next may go well
            log.warning("A story could not be told on %s: %s: %s.", channel, type(error).__name__, error)
        else:
            trickle.sent += 1

    async def _choose(self, channel: str, *, pii: bool) -> Json:
        return await self._tell(self.stories.choose(channel=channel, pii=pii))

    async def _tell(self, told: Json) -> Json:
        """What was written, with the hub's status (0: nobody listens) and the external id."""
        status, external_id = await self.platforms[told["channel"]].report(read_report(told))
        return {"status": status, "external_id": external_id, **told}


def _read_choice(body: Json) -> tuple[str | None, bool]:
    channel = None if body.get("channel") is None else read_channel(body)
    return channel, read_flag(body, "pii")


def _read_trickle(body: Json) -> Trickle | None:
    """None when it is to be turned off."""
    seconds = SECONDS if body.get("seconds") is None else body["seconds"]
    if not is_number(seconds) or not 1 <= seconds <= DAY:
        raise BadInput(f'"seconds" has to be a number of seconds from 1 to {DAY}.')
    channel, pii = _read_choice(body)
    return None if read_flag(body, "off") else Trickle(seconds, channel, pii)
