"""Every limiter as it is set by default, against the limits of the platforms, which the sandbox plays.

Two processes are two `Limits` on one Redis. What a platform grants above its rate is used up first, by somebody else,
where two processes that did not know of each other would otherwise go unnoticed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from itertools import cycle
from typing import Any

import pytest
from redis.asyncio import Redis

from hub.channel import Channel, Letter
from platforms.errors import Later, RateLimited
from platforms.http import Http
from platforms.intercom.client import BURST_SECONDS as INTERCOM_BURST_SECONDS
from platforms.limits import Limits, burst
from platforms.notion import Notion, TicketPage, open_notion
from runtime.settings import Settings
from tests.ports import free_port
from tests.sandbox.conftest import KEYS, Outside, make_settings, run_sandbox

NUMBER = KEYS["whatsapp_phone_number_id"]
PERSON, CHANNEL = "34600111222", "C0TRIAGE"
DEFAULT = {name: field.default for name, field in Settings.model_fields.items()}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with much to do is no Redis that is away."""
    monkeypatch.setattr("platforms.limits.REDIS_SECONDS", 10.0)


@pytest.fixture
async def sandbox() -> AsyncIterator[Outside]:
    nobody = free_port()
    async with run_sandbox(intake_port=nobody, bot_port=nobody) as outside:
        await outside.control("POST", "/whatsapp", {"receipts": "none"})
        yield outside


@pytest.fixture
async def processes(sandbox: Outside, redis: Redis) -> AsyncIterator[Callable[..., list[Channel]]]:
    """Opens a channel twice."""
    http, opened = Http(trust_env=False), []

    def open_twice(name: str, **changes: Any) -> list[Channel]:
        module, settings = import_module(f"platforms.{name}"), played(sandbox, **changes)
        two = [module.open_channel(settings, http, Limits(redis)) for _ in range(2)]
        opened.extend(two)
        return two

    yield open_twice
    for channel in opened:
        await channel.aclose()
    await http.aclose()


@pytest.fixture
async def notions(sandbox: Outside, redis: Redis) -> AsyncIterator[list[Notion]]:
    """Two of them, which have read the columns."""
    two = [open_notion(played(sandbox), Limits(redis)) for _ in range(2)]
    for notion in two:
        await notion.schema()
    yield two
    for notion in two:
        await notion.aclose()


def played(sandbox: Outside, **changes: Any) -> Settings:
    addresses = {
        "slack_base_url": f"{sandbox.url}/slack/api/",
        "intercom_base_url": f"{sandbox.url}/intercom",
        "whatsapp_base_url": f"{sandbox.url}/whatsapp",
        "notion_base_url": f"{sandbox.url}/notion",
    }
    return make_settings(**addresses, **changes)


def letters(number: int, recipient: str, **place: str) -> list[Letter]:
    """So many; a `{}` in `recipient` makes each go to somebody else."""
    return [
        Letter(
            notification_id=f"n-{count}",
            channel="any",
            recipient=recipient.format(count),
            text=f"Letter {count}",
            place=place,
            last_heard_at=datetime.now(UTC),
        )
        for count in range(number)
    ]


def sends(channels: list[Channel], written: Iterable[Letter]) -> list[Callable[[], Awaitable[str]]]:
    """Each channel sends every second letter."""
    now = datetime.now(UTC)
    return [partial(channel.send, channel.compose(letter, now)) for channel, letter in zip(cycle(channels), written)]


async def all_at_once(calls: Iterable[Callable[[], Awaitable[object]]]) -> list[float]:
    """Each done to its end, as by a job: whoever hears Later comes back then. What they heard, in seconds.

    Nobody has to hear of more than all who wait need at the rate.
    """
    return [pause for pauses in await asyncio.gather(*map(to_its_end, calls)) for pause in pauses]


async def to_its_end(call: Callable[[], Awaitable[object]]) -> list[float]:
    pauses: list[float] = []
    while True:
        try:
            await call()
        except Later as later:
            pauses.append(seconds_until(later))
            await asyncio.sleep(max(pauses[-1], 0))
        else:
            return pauses


def seconds_until(later: Later) -> float:
    return (later.until - datetime.now(UTC)).total_seconds()


async def somebody_else(sandbox: Outside, number: int, method: str, path: str, body: Any, token: str) -> None:
    """So many requests that no limiter of ours knows of; all are taken."""
    headers = {"Authorization": f"Bearer {token}", "Notion_Version": "2025-09-03"}
    answers = await asyncio.gather(*(sandbox.ask(method, path, body, **headers) for _ in range(number)))
    assert [status for status, _, _ in answers] == [200] * number


def spread(rows: list[dict[str, Any]]) -> float:
    """The seconds from the first request to the last, as the platform saw them."""
    at = [datetime.fromisoformat(row["at"]) for row in rows]
    return (max(at) - min(at)).total_seconds()


async def test_slack_refuses_no_post_of_a_burst(sandbox, processes):
    """Four at once, then one a second."""
    post = {"channel": CHANNEL, "text": "Lunch?"}
    await somebody_else(sandbox, 19, "POST", "/slack/api/chat.postMessage", post, KEYS["slack_bot_token"])
    pauses = await all_at_once(sends(processes("slack"), letters(7, "T0SANDBOX:U0RITA", channel=CHANNEL)))
    rows = (await sandbox.sent("slack"))[19:]
    assert [row["status"] for row in rows] == [200] * 7
    assert {row["body"]["text"] for row in rows} == {f"Letter {count}" for count in range(7)}
    assert len(pauses) >= 2
    assert max(pauses) <= 3


async def test_whatsapp_refuses_no_message_of_a_burst_to_one_person(sandbox, processes):
    """Three at once, then one in six seconds, which are not waited for here."""
    to = {"messaging_product": "whatsapp", "to": PERSON, "text": {"body": "Hello"}}
    await somebody_else(sandbox, 41, "POST", f"/whatsapp/v25.0/{NUMBER}/messages", to, KEYS["whatsapp_api_token"])
    calls = sends(processes("whatsapp"), letters(5, f"{NUMBER}:{PERSON}"))
    answers = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
    assert [row["status"] for row in (await sandbox.sent("whatsapp"))[41:]] == [200] * 3
    told = [answer for answer in answers if isinstance(answer, Later)]
    assert len(told) == 2
    assert all(0 < seconds_until(later) <= 2 * 6 for later in told)


async def test_whatsapp_refuses_no_message_of_a_burst_from_one_number(sandbox, processes):
    """Forty at once and eighty a second, of both processes together."""
    pauses = await all_at_once(sends(processes("whatsapp"), letters(120, NUMBER + ":34600{:06}")))
    rows = await sandbox.sent("whatsapp")
    assert [row["status"] for row in rows] == [200] * 120
    assert len({row["body"]["to"] for row in rows}) == 120
    assert pauses
    assert max(pauses) <= 80 / 80
    assert spread(rows) > 0.7


async def test_intercom_refuses_no_reply_of_a_burst(sandbox, processes):
    """Twenty at once and fourteen a second; with the window of its smallest apps, a tenth of what is played."""
    await sandbox.control("POST", "/limits", {"platform": "intercom", "factor": 0.1})
    report = {"channel": "intercom", "from": "lena", "text": "The total is wrong"}
    place = (await sandbox.control("POST", "/report", report))["external_id"].split(":")[1]
    pauses = await all_at_once(sends(processes("intercom"), letters(40, "abc123def:lena", conversation_id=place)))
    rows = await sandbox.sent("intercom")
    assert [row["status"] for row in rows] == [200] * 40
    assert {row["body"]["body"] for row in rows} == {f"<p>Letter {count}</p>" for count in range(40)}
    assert pauses
    assert max(pauses) <= 20 / 14
    assert spread(rows) > 0.9


def test_intercom_s_window_of_ten_seconds_is_never_overrun():
    """Whenever it begins: the burst and ten seconds of the rate, of 166."""
    rate = DEFAULT["intercom_requests_per_second"]
    assert burst(rate, seconds=INTERCOM_BURST_SECONDS) + 10 * rate <= 160


async def test_notion_refuses_no_page_of_a_burst(sandbox, notions):
    """Ten at once, four of which were used for the columns, then three a second."""
    await somebody_else(sandbox, 16, "GET", "/notion/v1/users/me", None, KEYS["notion_api_key"])
    before = len(await sandbox.sent("notion"))
    tickets = [
        TicketPage(external_id=f"t-{count}", title="T", priority=1, ticket_type="bug_report", channel="slack")
        for count in range(14)
    ]
    pauses = await all_at_once(partial(notion.create_page, ticket) for notion, ticket in zip(cycle(notions), tickets))
    rows = (await sandbox.sent("notion"))[before:]
    assert [row["status"] for row in rows] == [200] * 14
    pages = (await sandbox.control("GET", "/notion/pages"))["data"]
    assert len(pages) == len({str(page["id"]) for page in pages}) == 14
    assert all(pause <= 14 / 3 for pause in pauses)


@pytest.mark.parametrize(
    ("name", "setting", "factor", "recipient", "code"),
    [
        ("slack", "slack_posts_per_second", 0.1, "T0SANDBOX:U0RITA", "ratelimited"),
        ("intercom", "intercom_requests_per_second", 0.01, "abc123def:lena", "rate_limit_exceeded"),
        ("whatsapp", "whatsapp_pair_messages_per_minute", 0.1, f"{NUMBER}:{PERSON}", "131056"),
        ("whatsapp", "whatsapp_messages_per_second", 0.1, NUMBER + ":34600{:06}", "130429"),
    ],
)
async def test_a_limiter_set_too_high_is_told_by_the_platform(
    sandbox, processes, name, setting, factor, recipient, code
):
    await sandbox.control("POST", "/limits", {"platform": name, "factor": factor})
    place = {"channel": CHANNEL} if name == "slack" else {}
    calls = sends(processes(name, **{setting: 100_000}), letters(40, recipient, **place))
    answers = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
    assert code in {answer.code for answer in answers if isinstance(answer, RateLimited)}
    with pytest.raises(Later):
        await calls[0]()
