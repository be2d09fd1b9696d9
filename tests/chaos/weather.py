"""What goes wrong in a drill: processes killed and frozen, Redis emptied, both servers crashed, platforms failing."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

import redis

from runtime.crashing import Point
from sandbox.embedded import Server, Servers
from sandbox.faults import ANSWERING, DELIVERING
from tests.stories.processes import Story

WORKERS, INTAKES, BOTS = ("worker", "worker-2", "worker-3"), ("intake", "intake-2"), ("bot", "bot-2")
"""Several of each: while one is frozen or dead another takes over."""
PROCESSES = (*WORKERS, *INTAKES, *BOTS)
AT_A_DOOR: tuple[Point, ...] = ("delivery_verified", "delivery_kept", "committed")
AT_WORK: tuple[Point, ...] = (
    "committed",
    "job_claimed",
    "message_promised",
    "message_sent",
    "card_posted",
    "page_made",
)
NAMED = [
    *((name, point) for point in AT_A_DOOR for name in (*INTAKES, *BOTS)),
    *((name, point) for point in AT_WORK for name in WORKERS),
]
"""Where which process is made to die."""
REACHED_SECONDS = 30.0
"""A place not reached within these is not waited for."""
FAULTS = {
    "slack": (*ANSWERING, *DELIVERING),
    "intercom": (*ANSWERING, *DELIVERING),
    "whatsapp": (*ANSWERING, *DELIVERING),
    "notion": (*ANSWERING, *DELIVERING),
    "openai": ANSWERING,
}
Act = Callable[[], Awaitable[None]]
Drawn = TypeVar("Drawn")


@dataclass(frozen=True, slots=True)
class Forecast:
    """How often each thing goes wrong. `lease` is in seconds: some processes are frozen for longer than that."""

    kills: int
    """At any moment."""
    crashes: int
    """At a named place."""
    freezes: int
    floods: int
    """Redis emptied."""
    redis_freezes: int
    redis_restarts: int
    postgres_restarts: int
    faults: int
    lease: float


class Weather:
    """Everything is drawn from one seed before it begins; `happened` counts what really took place."""

    def __init__(self, story: Story, servers: Servers, forecast: Forecast, random: Random) -> None:
        self.story, self.servers, self.forecast, self.random = story, servers, forecast, random
        self.happened: Counter[str] = Counter()
        self.ended: list[str] = []
        """Processes that ended and were not killed by us."""
        self._hold = {name: asyncio.Lock() for name in (*PROCESSES, servers.database.name, servers.redis.name)}

    async def blow(self, seconds: float) -> None:
        """All of it, spread over `seconds`."""
        async with asyncio.TaskGroup() as group:
            for at, act in self._plan(seconds):
                group.create_task(_later(at, act))
            group.create_task(self._look_after(seconds))

    def calm(self) -> None:
        """Every switch off, every server and process running."""
        for platform in FAULTS:
            self.story.faults(platform, "off")
        for server in (self.servers.database, self.servers.redis):
            if not server.alive:
                server.start()
        for name in PROCESSES:
            self._revive(name)

    def _plan(self, seconds: float) -> list[tuple[float, Act]]:
        forecast = self.forecast
        acts: list[Act] = [self._kill(name) for name in self._drawn(PROCESSES, forecast.kills)]
        acts += [self._crash_at(name, point) for name, point in self._drawn(NAMED, forecast.crashes)]
        acts += [self._freeze(name) for name in self._drawn(PROCESSES, forecast.freezes)]
        acts += [self._flood] * forecast.floods
        acts += [self._freeze_redis(self.random.uniform(0.5, 4)) for _ in range(forecast.redis_freezes)]
        acts += [self._crash(self.servers.redis, self.random.uniform(0, 3)) for _ in range(forecast.redis_restarts)]
        acts += [
            self._crash(self.servers.database, self.random.uniform(0.5, 3)) for _ in range(forecast.postgres_restarts)
        ]
        every_fault = [(platform, mode) for platform, modes in FAULTS.items() for mode in modes]
        acts += [self._disturb(platform, mode) for platform, mode in self._drawn(every_fault, forecast.faults)]
        return [(self.random.uniform(0.03, 0.95) * seconds, act) for act in acts]

    def _drawn(self, every: Sequence[Drawn], number: int) -> list[Drawn]:
        """Each of them in a random order, and again until there are enough."""
        drawn: list[Drawn] = []
        while len(drawn) < number:
            drawn += self.random.sample(every, len(every))
        return drawn[:number]

    def _kill(self, name: str) -> Act:
        pause = self.random.uniform(0, 2)

        async def act() -> None:
            async with self._hold[name]:
                if self._runs(name):
                    self.story.kill(name)
                    self.happened[f"kill -9 {name}"] += 1
                await asyncio.sleep(pause)
                self._revive(name)

        return act

    def _crash_at(self, name: str, point: Point) -> Act:
        """The process goes on as one that dies where `point` is; then as one that does not."""

        async def act() -> None:
            async with self._hold[name]:
                self.story.kill(name)
                self.story.start(name, HUB_CRASH_AT=point)
                end = time.monotonic() + REACHED_SECONDS
                while self._runs(name) and time.monotonic() < end:
                    await asyncio.sleep(0.1)
                if self._runs(name):
                    self.story.kill(name)
                    self.happened[f"kill -9 {name}"] += 1
                else:
                    self.happened[f"died at {point}"] += 1
                self._revive(name)

        return act

    def _freeze(self, name: str) -> Act:
        lease = self.forecast.lease
        pause = self.random.choice((self.random.uniform(0.3, 2), self.random.uniform(lease + 1, lease + 4)))

        async def act() -> None:
            async with self._hold[name]:
                if not self._runs(name):
                    return
                process = self.story.running[name]
                process.send_signal(signal.SIGSTOP)
                self.happened[f"frozen {name}"] += 1
                await asyncio.sleep(pause)
                process.send_signal(signal.SIGCONT)

        return act

    def _freeze_redis(self, pause: float) -> Act:
        server = self.servers.redis

        async def act() -> None:
            async with self._hold[server.name]:
                os.kill(server.pid, signal.SIGSTOP)
                self.happened["Redis frozen"] += 1
                await asyncio.sleep(pause)
                os.kill(server.pid, signal.SIGCONT)

        return act

    async def _flood(self) -> None:
        async with self._hold[self.servers.redis.name]:
            with redis.Redis.from_url(self.servers.redis_url) as client:
                client.flushall()
            self.happened["Redis emptied"] += 1

    def _crash(self, server: Server, pause: float) -> Act:
        async def act() -> None:
            async with self._hold[server.name]:
                server.kill()
                self.happened[f"{server.name} killed"] += 1
                await asyncio.sleep(pause)
                server.start()

        return act

    def _disturb(self, platform: str, mode: str) -> Act:
        times, pause = self.random.randint(1, 12), self.random.uniform(2, 8)
        facts = {"times": times, "retry_after": self.random.choice((None, 0, 1))}

        async def act() -> None:
            await asyncio.to_thread(self.story.faults, platform, mode, **facts)
            self.happened["faults of platforms"] += 1
            await asyncio.sleep(pause)
            await asyncio.to_thread(self.story.faults, platform, "off")

        return act

    async def _look_after(self, seconds: float) -> None:
        """Start again what ended by itself, and remember that it did."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(1)
            for name in PROCESSES:
                if not self._hold[name].locked():
                    self._revive(name)

    def _runs(self, name: str) -> bool:
        return self.story.running[name].poll() is None

    def _revive(self, name: str) -> None:
        process = self.story.running.get(name)
        if process is None or process.poll() is None:
            return
        if process.returncode != -signal.SIGKILL:
            self.ended.append(f"{name} ended with {process.returncode}")
        self.story.start(name)


async def _later(at: float, act: Act) -> None:
    await asyncio.sleep(at)
    await act()
