"""Platforms that never come back: all work ends, tried as often as it may be, where a person sees it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from hub import ingestion
from hub.notifying import RETRIES
from hub.work import Work, promise
from jobs.__main__ import KINDS_LIVE_IN
from jobs.job import work
from platforms.openai import client
from runtime.wiring import Runtime, open_runtime
from sandbox.faults import ANSWERING
from storage.arrivals import Delivery
from tests.build import World
from tests.sandbox.conftest import Outside, make_settings, run_sandbox
from tests.stories.test_door import intercom_conversation, slack_message, whatsapp_messages

assert KINDS_LIVE_IN
PLATFORMS = ("slack", "intercom", "whatsapp", "notion", "openai")
REPORTS = {
    "slack": slack_message("1700000000.000001"),
    "intercom": intercom_conversation("9001"),
    "whatsapp": whatsapp_messages("wamid.away"),
}
UNSURE = {"timeout", "reset_after", "bad_json"}
"""What was said may have arrived, so it is not said again."""
MOST_RUNS = 400
"""Of all jobs together; some 100 are needed."""


@dataclass
class Hub:
    """One without processes: its work is done here, as soon as it may be."""

    world: World
    runtime: Runtime
    outside: Outside

    async def break_for_good(self, mode: str) -> None:
        for platform in PLATFORMS:
            fault = {"platform": platform, "mode": mode} | ({"retry_after": 0.01} if mode == "429" else {})
            await self.outside.control("POST", "/faults", fault)

    async def receive(self) -> None:
        for name, payload in REPORTS.items():
            delivery = Delivery(name, "application/json", json.dumps(payload).encode())
            await ingestion.receive(self.world.db, self.runtime.channels[name], delivery, payload)

    async def push_all(self) -> None:
        async with self.world.db.transaction() as session:
            for row in await self.world.rows("SELECT id FROM tickets"):
                promise(session, Work.PUSH, row["id"])

    async def work_until_nothing_is_due(self) -> None:
        runs = 0
        while await self.world.rows("SELECT 1 FROM jobs WHERE status IN ('pending', 'running')"):
            await self.let_time_pass()
            due = await self.world.rows("SELECT id FROM jobs WHERE status = 'pending' ORDER BY id")
            await asyncio.gather(*(work(self.runtime, row["id"]) for row in due))
            runs += len(due)
            assert runs < MOST_RUNS, await self.world.rows("SELECT * FROM jobs WHERE status = 'pending'")

    async def times_said(self, channel: str) -> int:
        return sum("Thanks for telling us" in str(asked) for asked in await self.outside.sent(channel))

    async def let_time_pass(self) -> None:
        """Whatever waits for a moment or for a limit that is used up has waited for it."""
        await self.world.rows("UPDATE jobs SET run_at = now() WHERE status = 'pending'")
        await self.runtime.redis.flushdb()
        self.runtime.limits._closed.clear()


@pytest.fixture
async def hub(
    mode: str, world: World, world_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hub]:
    """Only where nothing is answered it does not wait for long: everything here goes on in one process."""
    patience = 0.5 if mode == "timeout" else 10.0
    monkeypatch.setattr(client, "BACKOFF_SECONDS", 0.0)
    async with AsyncExitStack() as stack:
        outside = await stack.enter_async_context(run_sandbox())
        settings = make_settings(
            database_url=world_url,
            redis_url=redis_url,
            slack_base_url=f"{outside.url}/slack/api/",
            intercom_base_url=f"{outside.url}/intercom",
            whatsapp_base_url=f"{outside.url}/whatsapp",
            notion_base_url=f"{outside.url}/notion",
            openai_base_url=f"{outside.url}/openai/v1",
            intercom_acknowledge=True,
            intercom_app_id="sandboxapp",
            whatsapp_acknowledge=True,
            triage_automatic=True,
            request_seconds=patience,
            openai_seconds=patience,
            retry_base_seconds=0.01,
            slack_posts_per_second=1000,
            whatsapp_pair_messages_per_minute=60_000,
            slack_updates_per_minute=60_000,
            notion_requests_per_second=1000,
        )
        yield Hub(world, await stack.enter_async_context(open_runtime(settings)), outside)


@pytest.mark.parametrize("mode", ANSWERING)
async def test_no_work_goes_on_for_ever(hub: Hub, mode: str):
    await hub.break_for_good(mode)
    await hub.receive()
    await hub.push_all()
    await hub.work_until_nothing_is_due()
    jobs = await hub.world.rows("SELECT kind, key, status, attempts, max_attempts FROM jobs")
    assert [job for job in jobs if job["attempts"] > job["max_attempts"]] == []
    buried = {(one["job_class"], one["job_key"]) for one in await hub.world.rows("SELECT * FROM dead_letter_jobs")}
    assert buried == {(job["kind"], job["key"]) for job in jobs if job["status"] == "dead"}
    assert {"triage", "push_to_notion", "draw_card", "identify"} <= {kind for kind, _ in buried}
    told = await hub.world.rows("SELECT channel, status, retry_count, last_error FROM notifications")
    assert {one["channel"] for one in told} == set(REPORTS)
    for one in told:
        assert one["status"] == "permanently_failed"
        assert one["last_error"]
        assert one["retry_count"] <= RETRIES, one
        assert await hub.times_said(one["channel"]) in ({1} if mode in UNSURE else range(1, RETRIES + 2))
