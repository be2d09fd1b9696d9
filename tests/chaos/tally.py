"""The count after a drill: what PostgreSQL holds, against what was delivered and what the platforms saw."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.agents import Agents, asked
from tests.chaos.deliveries import Delivery, Post
from tests.chaos.weather import FAULTS, Weather
from tests.stories.processes import TRIAGE, Story

SOURCES = "SELECT platform, external_id, ticket_id FROM ticket_sources"
TICKETS = "SELECT id, number, status, notion_page_id FROM tickets"
NOTIFICATIONS = """
SELECT notification.id, notification.ticket_id, ticket.number, notification.purpose, notification.channel,
       notification.status, notification.asks_agent, notification.place::text AS place, notification.last_error
FROM notifications notification JOIN tickets ticket ON ticket.id = notification.ticket_id
"""
JOBS = "SELECT status, count(*) AS number FROM jobs WHERE {is_work} GROUP BY status"
LEFT = """
SELECT kind, status, count(*) AS number, bool_or(run_at <= now()) AS is_due, min(error_class) AS error
FROM jobs WHERE status IN ('pending', 'running') AND {is_work} GROUP BY kind, status
"""
IS_WORK = "args->>'subject' <> 'all'"
"""What recurs is always promised anew."""
LETTERS = """
SELECT job_class, error_class, count(*) AS number FROM dead_letter_jobs WHERE status = 'unresolved'
GROUP BY job_class, error_class ORDER BY number DESC
"""
ADMIN = "admin"
HEADING = "How we fixed it"
ANSWERS = ("200", "503", "none")
"""What may become of an attempt: taken, PostgreSQL is away, or the process is."""
UNDER_WAY = ("pending", "sending", "failed")
SAID_TO_BE_THERE = ("sent", "delivered", "read")


@dataclass(slots=True)
class Tally:
    """All figures of one drill."""

    deliveries: int
    copies: int
    attempts: int
    answers: dict[str, int]
    answer_seconds: list[float]
    never_taken: int
    happened: Counter[str]
    ended: list[str]
    begun: int
    finished: int
    quiet_seconds: float | None
    """How long until nothing was left to do, None when it never came to that."""
    tickets: int = 0
    apart: Counter[str] = field(default_factory=Counter)
    """People with a ticket for each of their messages, by why that is as it should be."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    jobs: dict[str, int] = field(default_factory=dict)
    late: list[str] = field(default_factory=list)
    """Work that is left and should have run by now."""
    letters: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    """Messages the hub takes for sent and the platform does not have."""
    faults: Counter[str] = field(default_factory=Counter)
    """Requests of the hub that met a fault."""
    cards: Counter[str] = field(default_factory=Counter)
    cards_twice: list[str] = field(default_factory=list)
    pages: Counter[str] = field(default_factory=Counter)
    pages_twice: list[str] = field(default_factory=list)
    broken_promises: list[str] = field(default_factory=list)
    """Tickets without a card or an acknowledgement, where no dead letter says why."""

    @property
    def complaints(self) -> list[str]:
        """What must not be, in sentences."""
        found = [f"lost: {one}" for one in self.lost] + [f"doubled: {one}" for one in self.doubled]
        found += [f"told twice: {one}" for one in self.twice]
        found += [f"said to be sent, and the platform has none: {one}" for one in self.untrue]
        found += [f"two cards: {one}" for one in self.cards_twice] + [f"two pages: {one}" for one in self.pages_twice]
        found += [f"should have run: {one}" for one in self.late]
        found += [f"promised and not done: {one}" for one in self.broken_promises]
        found += [f"a process ended by itself: {one}" for one in self.ended]
        found += [
            f"answered {status}: {times} times" for status, times in self.answers.items() if status not in ANSWERS
        ]
        return found + [sentence for sentence, is_so in self._in_all() if is_so]

    def _in_all(self) -> list[tuple[str, bool]]:
        """What would make all other counts say nothing."""
        return [
            (f"{self.never_taken} deliveries were never answered 200", self.never_taken > 0),
            (
                f"{self.begun - self.finished} answers and triages were begun and not finished",
                self.finished < self.begun,
            ),
            ("agents began nothing", self.begun == 0),
            ("nobody was told anything", self.told["once"] == 0),
            ("there was always something left to do", self.quiet_seconds is None),
        ]

    def table(self) -> str:
        """One table in Markdown."""
        rows = [
            ("what went wrong on purpose", listed(self.happened)),
            ("requests of the hub that met a fault", listed(self.faults)),
            ("deliveries: each person's report, and more about it", self.deliveries),
            ("sent, with copies", self.copies),
            ("attempts, until each copy was answered 200", f"{self.attempts} ({listed(self.answers)})"),
            ("answers of 200 after (median, 99 %)", _times(self.answer_seconds)),
            ("never answered 200", self.never_taken),
            ("tickets", self.tickets),
            ("people with two of them", listed(self.apart)),
            ("**lost**: answered 200, and in no ticket of its person", len(self.lost)),
            ("**doubled**: in two tickets, or a ticket too many", len(self.doubled)),
            ("work done / dead / left", " / ".join(str(self.jobs.get(one, 0)) for one in ("done", "dead", "left"))),
            ("work left that should have run", "; ".join(self.late) or 0),
            ("answers and triages by agents, begun / finished", f"{self.begun} / {self.finished}"),
            ("promised, and neither done nor a dead letter", len(self.broken_promises)),
            ("quiet after", f"{self.quiet_seconds:.0f} s" if self.quiet_seconds is not None else "never"),
            ("notifications by state", listed(self.statuses)),
            ("messages as the platforms saw them", listed(self.told)),
            ("**told twice**", len(self.twice)),
            ("said to be sent, and the platform has none", len(self.untrue)),
            ("cards in the triage channel", listed(self.cards)),
            ("pages in Notion", listed(self.pages)),
            ("dead letters", "; ".join(self.letters) or "none"),
            ("processes that ended by themselves", "; ".join(self.ended) or "none"),
        ]
        lines = ["| what | how many |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
        return "\n".join(lines)


async def count(
    story: Story,
    deliveries: Sequence[Delivery],
    post: Post,
    *,
    weather: Weather,
    agents: Agents,
    quiet_seconds: float | None,
) -> Tally:
    tally = Tally(
        deliveries=len(deliveries),
        copies=post.copies,
        attempts=post.attempts,
        answers=post.answers,
        answer_seconds=post.seconds,
        never_taken=sum(1 for one in deliveries if not one.taken),
        happened=weather.happened,
        ended=weather.ended,
        begun=agents.begun,
        finished=agents.finished,
        quiet_seconds=quiet_seconds,
    )
    tickets = await asked(story.database_url, TICKETS)
    _count_tickets(tally, deliveries, tickets, await asked(story.database_url, SOURCES))
    await _count_jobs(tally, story.database_url)
    notifications = await asked(story.database_url, NOTIFICATIONS)
    _count_messages(tally, notifications, messages_seen(story))
    _count_acknowledgements(tally, tickets, notifications)
    for platform in FAULTS:
        rows = story.control("GET", f"sent?platform={platform}&faulty")["data"]
        tally.faults.update(f"{platform} {row['fault']}" for row in rows)
    _count_cards(tally, story, tickets)
    _count_pages(tally, story, tickets)
    return tally


async def left(url: str) -> int:
    """How much work is still to be done, now or later."""
    return sum(row["number"] for row in await asked(url, LEFT.format(is_work=IS_WORK)))


def _count_tickets(
    tally: Tally, deliveries: Sequence[Delivery], tickets: Sequence[Any], sources: Sequence[Any]
) -> None:
    """Every message stands once, no ticket has two people's, none has nobody's, and no person has one too many."""
    tally.tickets = len(tickets)
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in sources:
        found[row["platform"], row["external_id"]].append(row["ticket_id"])
    people: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        people[delivery.person].append(delivery)
        own = found[delivery.key]
        if delivery.taken and not own:
            tally.lost.append(f"{delivery.channel} {delivery.external_id} is in no ticket")
        if len(own) > 1:
            tally.doubled.append(f"{delivery.channel} {delivery.external_id}: {own}")
    known = {ticket["id"]: ticket for ticket in tickets}
    owners: Counter[Any] = Counter()
    for person, written in people.items():
        own = [known[ticket_id] for delivery in written for ticket_id in found[delivery.key]]
        owners.update({ticket["id"] for ticket in own})
        _count_apart(tally, person, written[0].channel, own)
    tally.doubled += [f"#{row['number']} is nobody's" for row in tickets if not owners[row["id"]]]
    tally.lost += [
        f"#{known[ticket_id]['number']} is of {number} people" for ticket_id, number in owners.items() if number > 1
    ]


def _count_apart(tally: Tally, person: str, channel: str, own: Sequence[Any]) -> None:
    """A second ticket is right where a platform does not say what a message belongs to, or it came when all was done.

    `own` are the tickets of the messages in the order they were written in.
    """
    numbers = [ticket["number"] for ticket in own]
    if len(set(numbers)) <= 1:
        return
    if channel == "slack" and numbers == sorted(numbers, reverse=True):
        tally.apart["whose reply in Slack came before what it replies to"] += 1
    elif channel == "whatsapp" and any(ticket["status"] == "resolved" for ticket in own):
        tally.apart["who wrote again on WhatsApp when their ticket was resolved"] += 1
    else:
        tally.doubled.append(f"{channel} {person} has tickets {numbers}")


async def _count_jobs(tally: Tally, url: str) -> None:
    tally.jobs = {row["status"]: row["number"] for row in await asked(url, JOBS.format(is_work=IS_WORK))}
    rows = await asked(url, LEFT.format(is_work=IS_WORK))
    tally.jobs["left"] = sum(row["number"] for row in rows)
    tally.late = [f"{row['number']} {row['kind']} {row['status']} ({row['error']})" for row in rows if row["is_due"]]
    tally.letters = [f"{row['number']} {row['job_class']} {row['error_class']}" for row in await asked(url, LETTERS)]


def messages_seen(story: Story) -> Counter[tuple[str, str]]:
    """Messages to customers as the platforms have them, by channel and what names them there."""
    seen: Counter[tuple[str, str]] = Counter()
    for row in story.control("GET", "whatsapp/messages")["data"]:
        seen["whatsapp", str(row["biz_opaque_callback_data"])] += 1
    for conversation in story.control("GET", "intercom/conversations")["data"]:
        for part in conversation["messages"]:
            if part["author"]["type"] == ADMIN:
                seen["intercom", _said_in(conversation["id"], is_outcome=HEADING in part["text"])] += 1
    for channel in story.control("GET", "slack/channels")["data"]:
        if channel["im"]:
            seen.update(_seen_in_slack(story, channel["id"]))
    return seen


def _seen_in_slack(story: Story, channel_id: str) -> list[tuple[str, str]]:
    messages = story.control("GET", f"slack/messages?channel={channel_id}")["data"]
    everything = [one for message in messages for one in (message, *message.get("replies", []))]
    payloads = [(one.get("metadata") or {}).get("event_payload") or {} for one in everything]
    return [("slack", payload["notification_id"]) for payload in payloads if "notification_id" in payload]


def _said_in(conversation_id: str, *, is_outcome: bool) -> str:
    """Intercom keeps no id of ours: a conversation has one acknowledgement and one outcome."""
    return f"{conversation_id} {'outcome' if is_outcome else 'acknowledgement'}"


def name_of(row: Any) -> tuple[str, str]:
    """What names a notification on its platform."""
    if row["channel"] != "intercom":
        return row["channel"], str(row["id"])
    conversation_id = str(json.loads(row["place"]).get("conversation_id"))
    return "intercom", _said_in(conversation_id, is_outcome=row["purpose"] == "resolution")


def _count_messages(tally: Tally, rows: Sequence[Any], seen: Counter[tuple[str, str]]) -> None:
    for row in rows:
        times = seen[name_of(row)]
        state = "unsure, waits for an agent" if row["asks_agent"] else row["status"]
        told = f"{row['channel']} {row['purpose']} #{row['number']} ({state}, {row['id']}): {times} times"
        tally.statuses[f"{row['purpose']} {state}"] += 1
        if row["asks_agent"]:
            tally.told["unsure, waiting for an agent"] += 1
        else:
            tally.told["once" if times == 1 else "never" if times == 0 else "twice or more"] += 1
        if times > 1:
            tally.twice.append(told)
        if times == 0 and row["status"] in SAID_TO_BE_THERE:
            tally.untrue.append(told)
        if row["status"] in UNDER_WAY and not row["asks_agent"]:
            tally.broken_promises.append(f"{told}, and nothing is left that would send it")


def _count_cards(tally: Tally, story: Story, tickets: Sequence[Any]) -> None:
    rows = story.control("GET", f"slack/messages?channel={TRIAGE}")["data"]
    numbers = Counter(str(row["text"]).partition(" ")[0] for row in rows if row["bot"])
    for ticket in tickets:
        times = numbers[f"#{ticket['number']}"]
        tally.cards["one" if times == 1 else "none" if times == 0 else "two or more"] += 1
        if times > 1:
            tally.cards_twice.append(f"#{ticket['number']}: {times}")
        if times == 0 and not _died(tally, "draw_card"):
            tally.broken_promises.append(f"#{ticket['number']} has no card")


def _count_acknowledgements(tally: Tally, tickets: Sequence[Any], rows: Sequence[Any]) -> None:
    owed = {row["ticket_id"] for row in rows if row["purpose"] == "acknowledgement"}
    for ticket in tickets:
        if ticket["id"] not in owed and not _died(tally, "welcome"):
            tally.broken_promises.append(f"#{ticket['number']} has no acknowledgement")


def _died(tally: Tally, kind: str) -> bool:
    return any(f" {kind} " in letter for letter in tally.letters)


def _count_pages(tally: Tally, story: Story, tickets: Sequence[Any]) -> None:
    pages = story.control("GET", "notion/pages")["data"]
    owned = {str(row["notion_page_id"]).replace("-", "") for row in tickets if row["notion_page_id"]}
    tally.pages["owned by a ticket"] = len(owned)
    strays = [page for page in pages if str(page["id"]).replace("-", "") not in owned]
    tally.pages["strays"] = len(strays)
    tally.pages_twice += [str(page.get("title") or page["id"]) for page in strays]


def listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counted.items())) or "nothing"


def _times(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2]:.2f} s, {ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]:.2f} s"
