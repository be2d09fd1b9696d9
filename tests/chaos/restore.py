"""`python -m tests.chaos.restore`: PostgreSQL is lost and comes back from a backup, as docs/operations.md says.

Customers write and agents answer before the backup, after it and after the restore. Then it is counted whether a
report was lost, a person told twice, or a ticket's number said to two people.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sandbox.embedded import Servers, servers
from storage.migrations import upgrade
from tests.chaos import deliveries, drill, tally
from tests.chaos.agents import Agents, asked
from tests.chaos.deliveries import CHANNELS, Delivery, Post
from tests.chaos.said import Said, places, said
from tests.chaos.tally import SAID_TO_BE_THERE, Tally
from tests.chaos.weather import Weather
from tests.stories.processes import ROOT, Story, answers

BACK_UP = """
pg_dump --format=custom --file="$BACKUP/hub.dump" "$DATABASE_URL"
tar --create --file="$BACKUP/attachments.tar" --directory="$HUB_HOME" --exclude='*.part' attachments
"""
RESTORE = """
pg_restore --exit-on-error --no-owner --dbname="$DATABASE_URL" "$BACKUP/hub.dump"
tar --extract --file="$BACKUP/attachments.tar" --directory="$HUB_HOME"
python -m runtime.migrate
"""
TAKE_UP = "python -m runtime.restored"
STEPS = {
    "command": TAKE_UP,
    "statement": """
        psql --quiet --command="UPDATE notifications SET status = 'sending' WHERE status IN ('pending', 'failed')" \
             "$DATABASE_URL"
        """,
    "nothing": "true",
}
"""What is done before the first process starts; the last two show what the first is for."""
PROCESSES = ("bot", "intake", "worker")
HELD_UP_SECONDS = 4.0
"""How long the platforms have taken nothing when the backup is made: then something is owed in it."""
PATIENCE_SECONDS = 600
"""For the backup, and for each step of the restore."""
FILES = 4
SHOWN = 20
"""Complaints of which the rows are printed."""
LATER = 6
"""People who write when all is well again."""
PICTURE = {"name": "screen.png", "content_type": "image/png", "content": "a picture"}
CARDED = "SELECT number FROM tickets JOIN cards ON subject_id = tickets.id WHERE ts IS NOT NULL"
FILES_KEPT = "SELECT status, storage_url FROM attachments"
WRITTEN_BEFORE = """
SELECT number FROM tickets JOIN ticket_sources source ON ticket_id = tickets.id
WHERE kind = 'report' AND sent_at < to_timestamp($1)
"""
UNDER_WAY = ("pending", "failed", "sending")


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` is how long customers write until PostgreSQL is lost, `patience` how long quiet is waited for."""

    seed: int
    deliveries: int
    seconds: float
    patience: float
    told: float
    step: str


@dataclass(slots=True)
class Past:
    """What there was before: `said` on the platforms when PostgreSQL was lost, the rest in the backup."""

    said: list[Said] = field(default_factory=list)
    tickets: int = 0
    """When it was lost."""
    tickets_kept: int = 0
    owed: set[str] = field(default_factory=set)
    """Notifications of the backup that were to be sent, or on their way."""
    sent_since: set[str] = field(default_factory=set)
    """Those of them that were sent before the loss."""
    carded: set[int] = field(default_factory=set)
    backup_seconds: float = 0.0
    restore_seconds: float = 0.0
    restored_at: float = 0.0


@dataclass(slots=True)
class Count:
    """Figures of one drill."""

    rows: list[tuple[str, Any]]
    complaints: list[str]

    def table(self) -> str:
        return "\n".join(
            ["| what | how many |", "|---|---|", *(f"| {name} | {value} |" for name, value in self.rows)]
        )


@dataclass
class Careful(Agents):
    """They look at the platform first: whoever was told by a hub that is gone is not told again."""

    found: set[int] = field(default_factory=set)

    async def _take_up(self, fresh: Sequence[Any]) -> None:
        if fresh:
            told = {one.place for one in await asyncio.to_thread(said, self.story) if one.is_outcome}
            where = await places(self.story.database_url)
            known = {row["number"] for row in fresh if where.get(row["number"]) in told}
            self.found |= known
            fresh = [row for row in fresh if row["number"] not in known]
        await super()._take_up(fresh)


async def play(plan: Plan, running: Servers, home: Path) -> Count:
    await upgrade(running.database_url)
    story = Story(home, database_url=running.database_url, redis_url=running.redis_url, **drill.SETTINGS)
    story.commands["sandbox"] = drill.SANDBOX
    (home / "backup").mkdir(exist_ok=True)
    with story:
        story.control("POST", "limits", {"factor": drill.FACTOR})
        written = deliveries.write(story, plan.deliveries)
        Random(plan.seed).shuffle(written)
        past, others = Past(), _write(story, FILES, "early", files=[PICTURE])
        await _work(plan, running, story, written, past)
        await _lose(running, story, past)
        await _restore(plan, running, story, past)
        return await _go_on(plan, running, story, [*written, *others], past)


async def _work(plan: Plan, running: Servers, story: Story, written: Sequence[Delivery], past: Past) -> None:
    """Half of the reports come before the backup, half after it; agents answer all the time."""
    half, lost = len(written) // 2, asyncio.Event()
    agents = Agents(story, told=plan.told, triaged=0.1)
    async with asyncio.TaskGroup() as group:
        group.create_task(agents.work(until=lost, patience=0))
        sending = group.create_task(_send(plan, written[:half]))
        await asyncio.sleep(max(0.0, plan.seconds / 2 - HELD_UP_SECONDS))
        _switch(story, "429")
        await asyncio.sleep(HELD_UP_SECONDS)
        past.backup_seconds = await asyncio.to_thread(_run, story, running, BACK_UP)
        _switch(story, "off")
        await sending
        await _send(plan, written[half:])
        lost.set()


async def _lose(running: Servers, story: Story, past: Past) -> None:
    """Everything there is of it, while work is under way."""
    past.said, past.tickets = said(story), len(await places(story.database_url))
    for name in PROCESSES:
        story.kill(name)
    running.database.kill()
    shutil.rmtree(running.database.data)
    shutil.rmtree(story.home / "attachments")
    running.database.start()


async def _restore(plan: Plan, running: Servers, story: Story, past: Past) -> None:
    past.restore_seconds = _run(story, running, RESTORE)
    there = tally.messages_seen(story)
    rows = [row for row in await asked(story.database_url, tally.NOTIFICATIONS) if row["status"] in UNDER_WAY]
    past.owed = {str(row["id"]) for row in rows if not row["asks_agent"]}
    past.sent_since = {str(row["id"]) for row in rows if there[tally.name_of(row)]} & past.owed
    past.tickets_kept = len(await places(story.database_url))
    past.carded = {row["number"] for row in await asked(story.database_url, CARDED)}
    past.restore_seconds += _run(story, running, STEPS[plan.step])
    past.restored_at = time.time()


async def _go_on(plan: Plan, running: Servers, story: Story, written: Sequence[Delivery], past: Past) -> Count:
    """Processes start, the platforms deliver everything again, and some people write for the first time."""
    for name in PROCESSES:
        story.start(name)
    for address in (story.bot, story.intake):
        story.until(lambda address=address: answers(f"{address}/up"))
    agents, over, began = Careful(story, told=plan.told, triaged=0.1), asyncio.Event(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(agents.work(until=over, patience=plan.patience))
        again = await _send(plan, [one for one in written if one.body])
        later = await asyncio.to_thread(_write, story, LATER, "late")
        over.set()
    quiet = await drill.becomes_quiet(story.database_url, plan.patience)
    counted = await tally.count(
        story,
        [*written, *later],
        again,
        weather=Weather(story, running, drill.forecast(drill.Plan()), Random()),
        agents=agents,
        quiet_seconds=time.monotonic() - began if quiet else None,
    )
    return await _count(story, counted, past, agents)


def _write(story: Story, number: int, who: str, **facts: Any) -> list[Delivery]:
    """So many people write, and their platforms deliver it themselves."""
    written = []
    for one in range(number):
        channel = CHANNELS[one % len(CHANNELS)]
        account = f"347{len(who)}{one:07}" if channel == "whatsapp" else f"{who}{one}"
        answer = story.report(channel, account, f"The page of {who} {one} stays empty", **facts)
        written.append(
            Delivery(channel, answer["external_id"], account, (), b"", {}, taken=int(answer["status"] == 200))
        )
    return written


async def _send(plan: Plan, written: Sequence[Delivery]) -> Post:
    return await deliveries.send_all(written, Random(plan.seed), seconds=plan.seconds / 2, patience=plan.patience)


def _switch(story: Story, mode: str) -> None:
    for channel in CHANNELS:
        story.faults(channel, mode, **({} if mode == "off" else {"retry_after": 1}))


def _run(story: Story, running: Servers, commands: str) -> float:
    """As an operator types them; how many seconds they took."""
    began = time.monotonic()
    programs = os.pathsep.join((str(running.database.programs), str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = story.environment | {"PATH": programs, "BACKUP": str(story.home / "backup")}
    done = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    if done.returncode:
        raise SystemExit(f"{commands.strip()}\nended with {done.returncode}:\n{done.stderr}")
    return time.monotonic() - began


async def _count(story: Story, counted: Tally, past: Past, agents: Careful) -> Count:
    url, messages = story.database_url, said(story)
    second_cards = [one for one in counted.cards_twice if _number(one) not in past.carded]
    await _forgive(counted, url, past, second_cards)
    acknowledged = Counter(one.place for one in messages if not one.is_outcome)
    told = Counter(one.place for one in messages if one.is_outcome)
    where = await places(url)
    taken = [one.number for one in past.said if one.number and where.get(one.number, one.place) != one.place]
    files = [str(row["storage_url"]) for row in await asked(url, FILES_KEPT)]
    lacking = [one for one in files if not (story.home / "attachments" / one.removeprefix("local:")).is_file()]
    doubled, strays = _pages(story, {str(row["id"]) for row in await asked(url, "SELECT id FROM tickets")})
    complaints = [
        *counted.complaints,
        *(f"acknowledged {times} times: {place}" for place, times in acknowledged.items() if times > 1),
        *(f"told {times} times: {place}" for place, times in told.items() if times > 1),
        *(f"#{number} was said to somebody else before" for number in taken),
        *(f"the file {one} is not there" for one in lacking),
        *(f"two pages: {one}" for one in doubled),
    ]
    notifications = {str(row["id"]): row for row in await asked(url, tally.NOTIFICATIONS)}
    work = [counted.jobs.get(one, 0) for one in ("done", "dead", "left")]
    rows = [
        ("backup took / restore took", f"{past.backup_seconds:.1f} s / {past.restore_seconds:.1f} s"),
        ("tickets in the backup / at the loss / at the end", _all(past.tickets_kept, past.tickets, counted.tickets)),
        ("deliveries sent again, with copies", f"{counted.copies} ({tally.listed(counted.answers)})"),
        ("**lost**: not exactly one ticket", len(counted.lost)),
        ("**doubled**: more than one ticket, or a ticket of nobody's", len(counted.doubled)),
        ("messages owed in the backup / of them sent before the loss", _all(len(past.owed), len(past.sent_since))),
        ("what became of these", tally.listed(Counter(_state(notifications[one]) for one in past.owed))),
        ("people acknowledged / told", _all(len(acknowledged), len(told))),
        ("people **acknowledged twice** / **told twice**", _all(*(_twice(one) for one in (acknowledged, told)))),
        ("answers an agent found on the platform, and did not give again", len(agents.found)),
        ("unsure, put before an agent", sum(1 for row in notifications.values() if row["asks_agent"])),
        ("**numbers** said to one person, then to another", len(taken)),
        ("attachments / of them missing", _all(len(files), len(lacking))),
        ("second cards, of tickets that had none in the backup", len(second_cards)),
        ("pages in Notion of a ticket / of tickets that are gone", _all(counted.pages["owned by a ticket"], strays)),
        ("work done / dead / left", _all(*work)),
        ("quiet after", f"{counted.quiet_seconds:.0f} s" if counted.quiet_seconds is not None else "never"),
        ("all that must not be", len(complaints)),
    ]
    return Count(rows, complaints)


async def _forgive(counted: Tally, url: str, past: Past, second_cards: Iterable[str]) -> None:
    """What docs/operations.md says of a restore: no second acknowledgement, and what is left of tickets that are gone."""
    old = {row["number"] for row in await asked(url, WRITTEN_BEFORE, past.restored_at)}
    counted.broken_promises = [
        one for one in counted.broken_promises if not (one.endswith("no acknowledgement") and _number(one) in old)
    ]
    counted.cards_twice = [one for one in counted.cards_twice if one not in second_cards]
    counted.pages_twice = []


def _pages(story: Story, tickets: set[str]) -> tuple[list[str], int]:
    """Tickets with more than one page, and how many pages are of tickets there are no more."""
    pages = Counter(str(page["external_id"]) for page in story.control("GET", "notion/pages")["data"])
    doubled = [ticket for ticket, times in pages.items() if times > 1]
    return doubled, sum(times for ticket, times in pages.items() if ticket not in tickets)


def _state(row: Any) -> str:
    if row["asks_agent"]:
        return "put before an agent"
    return "there" if row["status"] in SAID_TO_BE_THERE else str(row["status"]).replace("_", " ")


def _twice(times: Counter[Any]) -> int:
    return sum(number > 1 for number in times.values())


def _all(*numbers: int) -> str:
    return " / ".join(map(str, numbers))


def _number(sentence: str) -> int:
    """Of the ticket a complaint begins with."""
    return int(sentence.lstrip("#").split(":")[0].split()[0])


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    plan = Plan(given.seed, given.deliveries, given.seconds, given.patience, given.told, given.step)
    with tempfile.TemporaryDirectory(prefix="drill-") as made:
        home = Path(given.home or made)
        home.mkdir(parents=True, exist_ok=True)
        with servers(home / "servers", durable=True) as running:
            count = asyncio.run(play(plan, running, home))
    print(f"Seed {plan.seed}, {plan.deliveries} deliveries, before the first process: {plan.step}\n\n{count.table()}")
    for complaint in count.complaints[:SHOWN]:
        print(f"- {complaint}")
    return 1 if count.complaints else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.restore", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deliveries", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=40.0, help="how long customers write before the loss")
    parser.add_argument("--patience", type=float, default=180.0, help="seconds that quiet is waited for")
    parser.add_argument("--told", type=float, default=0.6, help="share of the reports whose answer is approved")
    parser.add_argument("--step", choices=STEPS, default="command", help="what is done before the first process")
    parser.add_argument("--home", help="keeps logs and data there; unless given they are thrown away")
    return parser


if __name__ == "__main__":
    sys.exit(main())
