"""Agents at work during a drill: a share of the tickets is answered, another triaged, over REST, until it is done."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from tests.stories.processes import KEY, Story

TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended, {number}.\n\n**Going forward:**\nAll well."
AT_ONCE = 8
LOOK_SECONDS = 0.5
SOON, LATE = 0.3, 20.0
"""Seconds until an agent does again what changed nothing: twice as long each time, and soon after every change."""
STATES = """
SELECT id, number, status, ai_outcome,
       EXISTS (SELECT FROM changelog_entries entry WHERE entry.ticket_id = tickets.id AND entry.status = 'draft')
         AS has_draft,
       EXISTS (SELECT FROM changelog_entries entry WHERE entry.ticket_id = tickets.id AND entry.status = 'approved')
         AS is_approved
FROM tickets WHERE number > $1 OR id = ANY($2) ORDER BY number
"""
AWAY = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)
"""PostgreSQL or the hub is not there, or goes in the middle of a question."""

Act = tuple[str, str, Any]
"""Method, path below the ticket's own, body."""
NextAct = Callable[[Any], Act | None]


@dataclass(slots=True)
class Begun:
    """A ticket somebody sees to. `seen` is how it was when they last did something, `again` when they would repeat it."""

    next_act: NextAct
    seen: Any = None
    again: float = 0.0
    pause: float = SOON
    is_acting: bool = False


@dataclass(slots=True)
class Agents:
    """`told` and `triaged` are shares of all tickets; no ticket is both."""

    story: Story
    told: float
    triaged: float
    finished: int = 0
    _open: dict[UUID, Begun] = field(default_factory=dict)
    _newest: int = 0
    _limit: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def begun(self) -> int:
        return self.finished + len(self._open)

    async def work(self, *, until: asyncio.Event, patience: float) -> None:
        """Take up every new ticket that is ours until `until`, then finish what was begun within `patience`."""
        ends, saw_all = None, False
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            while not (saw_all and not self._open) and (ends is None or time.monotonic() < ends):
                if until.is_set() and ends is None:
                    ends = time.monotonic() + patience
                with suppress(*AWAY):
                    found = await asked(self.story.database_url, STATES, self._newest, list(self._open))
                    await self._take_up([state for state in found if state["number"] > self._newest])
                    self._newest = max(self._newest, *(state["number"] for state in found), 0)
                    for state in found:
                        self._look_at(session, group, state)
                    saw_all = ends is not None
                await asyncio.sleep(LOOK_SECONDS)

    async def _take_up(self, fresh: Sequence[Any]) -> None:
        for state in fresh:
            share = (state["number"] * 37 % 100) / 100
            if share < self.told + self.triaged:
                self._open[state["id"]] = Begun(_answer if share < self.told else _triage)

    def _look_at(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup, state: Any) -> None:
        ticket = self._open.get(state["id"])
        if ticket is None or ticket.is_acting:
            return
        act = ticket.next_act(state)
        if act is None:
            del self._open[state["id"]]
            self.finished += 1
        elif state != ticket.seen or time.monotonic() > ticket.again:
            ticket.pause = SOON if state != ticket.seen else min(2 * ticket.pause, LATE)
            ticket.seen, ticket.is_acting = state, True
            group.create_task(self._act(session, ticket, state["id"], *act))

    async def _act(
        self, session: aiohttp.ClientSession, ticket: Begun, ticket_id: UUID, method: str, path: str, body: Any
    ) -> None:
        url = f"{self.story.intake}/api/tickets/{ticket_id}{path}"
        with suppress(*AWAY):
            async with (
                self._limit,
                session.request(method, url, json=body, headers={"Authorization": f"Bearer {KEY}"}) as answer,
            ):
                await answer.read()
        ticket.is_acting, ticket.again = False, time.monotonic() + ticket.pause


def _answer(state: Any) -> Act | None:
    """What comes next until the answer is approved."""
    if state["is_approved"]:
        return None
    if state["status"] != "resolved":
        return "PATCH", "", {"status": "resolved"}
    if not state["has_draft"]:
        return "POST", "/manual_changelog", {"content": TEXT.format(number=state["number"])}
    return "PATCH", "/approve_changelog", {}


def _triage(state: Any) -> Act | None:
    """A suggestion is asked for and taken over; a page in Notion follows."""
    if state["ai_outcome"] in ("accepted", "modified"):
        return None
    if state["ai_outcome"] == "waiting":
        return "POST", "/accept_suggestion", {}
    return "POST", "/triage", {}


async def asked(url: str, sql: str, *values: Any) -> list[Any]:
    """The rows of one question to PostgreSQL, on a connection of its own: the server may be another one by now."""
    connection = await asyncpg.connect(url, timeout=5, server_settings={"jit": "off"})
    try:
        return list(await connection.fetch(sql, *values, timeout=20))
    finally:
        connection.terminate()
