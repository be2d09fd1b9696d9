"""Agents at work during a drill: a share of the tickets is answered, another triaged, over REST, until it is done."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import asyncpg

from tests.stories.processes import KEY, Story

TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended, {number}.\n\n**Going forward:**\nAll well."
AT_ONCE = 8
SOON, LATE = 0.3, 20.0
"""Seconds until an agent looks again, and does again what changed nothing: sooner after every change."""
STATE = """
SELECT status, ai_outcome, enrichment_status,
       EXISTS (SELECT FROM changelog_entries entry WHERE entry.ticket_id = tickets.id AND entry.status = 'draft')
         AS has_draft,
       EXISTS (SELECT FROM changelog_entries entry WHERE entry.ticket_id = tickets.id AND entry.status = 'approved')
         AS is_approved
FROM tickets WHERE id = $1
"""
FRESH = "SELECT id, number FROM tickets WHERE number > $1 ORDER BY number"
AWAY = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)
"""PostgreSQL or the hub is not there, or goes in the middle of a question."""


@dataclass(slots=True)
class Agents:
    """`told` and `triaged` are shares of all tickets; no ticket is both."""

    story: Story
    told: float
    triaged: float
    begun: int = 0
    finished: int = 0

    async def work(self, *, until: asyncio.Event, patience: float) -> None:
        """Take up every new ticket that is ours until `until`, then finish what was begun within `patience`."""
        newest, limit = 0, asyncio.Semaphore(AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            while True:
                last_look = until.is_set()
                fresh = await self._fresh(newest)
                for row in fresh:
                    newest = row["number"]
                    group.create_task(self._see_to(session, limit, row["id"], row["number"], until, patience))
                if last_look:
                    return
                await asyncio.sleep(0.5)

    async def _fresh(self, newest: int) -> Sequence[Any]:
        try:
            return await asked(self.story.database_url, FRESH, newest)
        except AWAY:
            return []

    async def _see_to(
        self,
        session: aiohttp.ClientSession,
        limit: asyncio.Semaphore,
        ticket_id: Any,
        number: int,
        until: asyncio.Event,
        patience: float,
    ) -> None:
        share = (number * 37 % 100) / 100
        if share >= self.told + self.triaged:
            return
        next_act = self._answer if share < self.told else self._triage
        self.begun += 1
        gives_up, before, pause = None, None, SOON
        while gives_up is None or time.monotonic() < gives_up:
            if until.is_set() and gives_up is None:
                gives_up = time.monotonic() + patience
            try:
                async with limit:
                    [state] = await asked(self.story.database_url, STATE, ticket_id)
                    act = next_act(state, number)
                    if act is not None:
                        await self._call(session, ticket_id, *act)
            except AWAY:
                act, state = ("", "", {}), before
            if act is None:
                self.finished += 1
                return
            pause = SOON if state != before else min(2 * pause, LATE)
            before = state
            await asyncio.sleep(pause)

    def _answer(self, state: Any, number: int) -> tuple[str, str, Any] | None:
        """What comes next until the answer is approved."""
        if state["is_approved"]:
            return None
        if state["status"] != "resolved":
            return "PATCH", "", {"status": "resolved"}
        if not state["has_draft"]:
            return "POST", "/manual_changelog", {"content": TEXT.format(number=number)}
        return "PATCH", "/approve_changelog", {}

    def _triage(self, state: Any, number: int) -> tuple[str, str, Any] | None:
        """A suggestion is asked for and taken over; a page in Notion follows."""
        if state["ai_outcome"] in ("accepted", "modified"):
            return None
        if state["ai_outcome"] == "waiting":
            return "POST", "/accept_suggestion", {}
        return "POST", "/triage", {}

    async def _call(self, session: aiohttp.ClientSession, ticket_id: Any, method: str, path: str, body: Any) -> None:
        url = f"{self.story.intake}/api/tickets/{ticket_id}{path}"
        async with session.request(method, url, json=body, headers={"Authorization": f"Bearer {KEY}"}) as answer:
            await answer.read()


async def asked(url: str, sql: str, *values: Any) -> list[Any]:
    """The rows of one question to PostgreSQL, on a connection of its own: the server may be another one by now."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        return list(await connection.fetch(sql, *values, timeout=20))
    finally:
        connection.terminate()
