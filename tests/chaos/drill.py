"""The drill: a running hub, customers on three channels, everything going wrong at once, and then a count.

What is counted is what is promised: every message that was answered 200 is in one ticket, all work is done, and
nobody is told twice.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sandbox.embedded import Servers
from storage.migrations import upgrade
from tests.chaos import deliveries, tally
from tests.chaos.agents import AWAY, Agents
from tests.chaos.tally import Tally
from tests.chaos.weather import BOTS, INTAKES, WORKERS, Forecast, Weather
from tests.stories.processes import Story

LEASE_SECONDS = 4.0
SETTINGS = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "REQUEST_SECONDS": "2",
    "OPENAI_SECONDS": "5",
    "SWEEP_SECONDS": "1",
    "RETRY_BASE_SECONDS": "0.1",
    "NOTION_POLL_SECONDS": "3",
    "WHATSAPP_BURST_SECONDS": "86400",
    "WHATSAPP_ACKNOWLEDGE": "true",
    "INTERCOM_ACKNOWLEDGE": "true",
    "API_REQUESTS_PER_SECOND": "100000",
    "API_MODEL_REQUESTS_PER_MINUTE": "6000000",
    "SLACK_POSTS_PER_SECOND": "10000",
    "SLACK_UPDATES_PER_MINUTE": "600000",
    "INTERCOM_REQUESTS_PER_SECOND": "10000",
    "WHATSAPP_MESSAGES_PER_SECOND": "10000",
    "WHATSAPP_PAIR_MESSAGES_PER_MINUTE": "600000",
    "NOTION_REQUESTS_PER_SECOND": "10000",
    "OPENAI_REQUESTS_PER_DAY": "0",
    "HUB_ENCRYPTION_KEY": "",
}
FACTOR = 10_000
"""The platforms take so much more than the real ones, as the hub gives more: a drill would only wait for limits."""
SANDBOX = "python -m sandbox --kept 1000000"
SENDING = 0.6
"""The share of the time in which customers write; what follows from it is to be disturbed as well."""
EACH = 2
"""Messages of one person."""
LOOK_SECONDS = 0.5
QUIET_LOOKS = 3
"""Nothing left so many times running: a receipt may bring more work."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One drill. `seconds` is how long everything goes wrong, `patience` how long quiet is waited for after that."""

    seed: int = 1
    deliveries: int = 200
    kills: int = 3
    crashes: int = 3
    freezes: int = 3
    floods: int = 5
    redis_freezes: int = 1
    redis_restarts: int = 1
    postgres_restarts: int = 1
    faults: int = 20
    seconds: float = 60
    patience: float = 300
    told: float = 0.5
    triaged: float = 0.1


async def drill(plan: Plan, servers: Servers, home: Path) -> Tally:
    """Play it on servers that are durable: without syncing, a crash of PostgreSQL may cost what it had committed."""
    await upgrade(servers.database_url)
    story = Story(home, database_url=servers.database_url, redis_url=servers.redis_url, **SETTINGS)
    story.commands["sandbox"] = SANDBOX
    others = {other: first for first, *more in (WORKERS, INTAKES, BOTS) for other in more}
    for other, first in others.items():
        story.double(first, other)
    with story:
        story.control("POST", "limits", {"factor": FACTOR})
        for other in others:
            story.start(other)
        return await _play(plan, servers, story)


async def _play(plan: Plan, servers: Servers, story: Story) -> Tally:
    random = Random(plan.seed)
    written = deliveries.write(story, plan.deliveries, each=EACH)
    weather = Weather(story, servers, forecast(plan), random)
    agents = Agents(story, told=plan.told, triaged=plan.triaged)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        working = group.create_task(agents.work(until=over, patience=plan.patience))
        sending = group.create_task(
            deliveries.send_all(
                written, Random(plan.seed), seconds=plan.seconds * SENDING, patience=plan.seconds + plan.patience
            )
        )
        await weather.blow(plan.seconds)
        weather.calm()
        calm_since = time.monotonic()
        post = await sending
        over.set()
        await working
    quiet = await becomes_quiet(story.database_url, plan.patience)
    return await tally.count(
        story,
        written,
        post,
        weather=weather,
        agents=agents,
        quiet_seconds=time.monotonic() - calm_since if quiet else None,
    )


def forecast(plan: Plan) -> Forecast:
    return Forecast(
        kills=plan.kills,
        crashes=plan.crashes,
        freezes=plan.freezes,
        floods=plan.floods,
        redis_freezes=plan.redis_freezes,
        redis_restarts=plan.redis_restarts,
        postgres_restarts=plan.postgres_restarts,
        faults=plan.faults,
        lease=LEASE_SECONDS,
    )


async def becomes_quiet(url: str, patience: float) -> bool:
    """Whether nothing is left to be done, waited for `patience` seconds."""
    end, looks = time.monotonic() + patience, 0
    while time.monotonic() < end:
        try:
            looks = looks + 1 if await tally.left(url) == 0 else 0
        except AWAY:
            looks = 0
        if looks == QUIET_LOOKS:
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
