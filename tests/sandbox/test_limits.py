"""How much each platform takes at once, how it refuses the rest, and the switch that lets it take more or less.

Nobody is awaited here: what is sent at once is far more than what buckets fill with in the meantime.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import __main__ as sandbox
from tests.sandbox.conftest import KEYS, Outside

SLACK = {"Authorization": "Bearer xoxb-test"}
INTERCOM = {"Authorization": "Bearer intercom-token"}
WHATSAPP = {"Authorization": "Bearer whatsapp-token"}
NOTION = {"Authorization": "Bearer notion-key", "Notion_Version": "2025-09-03"}
MESSAGES = f"/whatsapp/v25.0/{KEYS['whatsapp_phone_number_id']}/messages"
PERSON = "34600111222"
Answer = tuple[int, Any, Any]


async def post(outside: Outside, channel: str = "C0TRIAGE") -> Answer:
    return await outside.ask("POST", "/slack/api/chat.postMessage", {"channel": channel, "text": "Hello"}, **SLACK)


async def write(outside: Outside, to: str = PERSON) -> Answer:
    said = {"messaging_product": "whatsapp", "to": to, "text": {"body": "Hello"}}
    return await outside.ask("POST", MESSAGES, said, **WHATSAPP)


async def ask_intercom(outside: Outside) -> Answer:
    return await outside.ask("GET", "/intercom/me", **INTERCOM)


async def ask_notion(outside: Outside) -> Answer:
    return await outside.ask("GET", "/notion/v1/users/me", **NOTION)


async def at_once(number: int, call: Callable[..., Any], outside: Outside) -> tuple[int, list[Answer]]:
    """How many of so many were taken, and what the others were answered."""
    answers = await asyncio.gather(*(call(outside) for _ in range(number)))
    return sum(status == 200 for status, _, _ in answers), [one for one in answers if one[0] != 200]


async def test_slack_takes_a_burst_in_a_channel_and_then_one_a_second(outside):
    taken, refused = await at_once(40, post, outside)
    assert 25 <= taken < 40
    for status, body, headers in refused:
        assert (status, body, headers["Retry-After"]) == (429, {"ok": False, "error": "ratelimited"}, "1")
    assert (await post(outside, "C0SUPPORT"))[0] == 200
    await asyncio.sleep(1)
    assert (await post(outside))[0] == 200


async def test_slack_counts_a_direct_message_once_however_it_is_named(outside):
    _, opened, _ = await outside.ask("POST", "/slack/api/conversations.open", {"users": "U0RITA"}, **SLACK)
    names = ("U0RITA", opened["channel"]["id"]) * 20
    statuses = Counter([status for status, _, _ in await asyncio.gather(*(post(outside, name) for name in names))])
    assert 25 <= statuses[200] < 40


async def test_whatsapp_takes_45_messages_to_one_person_at_once(outside):
    began = time.monotonic()
    taken, refused = await at_once(60, write, outside)
    assert 45 <= taken <= 46 + (time.monotonic() - began) / 6, "one more every six seconds"
    for status, body, _ in refused:
        assert (status, body["error"]["code"]) == (400, 131056)
        assert "pair rate limit" in body["error"]["message"]
    assert (await write(outside, "34600999888"))[0] == 200


async def test_whatsapp_takes_so_many_messages_of_a_number_a_second(outside):
    await outside.control("POST", "/limits", {"platform": "whatsapp", "factor": 0.1})
    answers = await asyncio.gather(*(write(outside, f"34600{count:06}") for count in range(60)))
    codes = Counter([body["error"]["code"] for status, body, _ in answers if status == 429])
    assert 60 - codes[130429] >= 8
    assert set(codes) == {130429}


async def test_what_whatsapp_refused_was_not_sent(outside):
    taken, _ = await at_once(60, write, outside)
    assert len((await outside.control("GET", "/whatsapp/messages"))["data"]) == taken


async def test_notion_takes_a_burst_and_then_three_requests_a_second(outside):
    taken, refused = await at_once(60, ask_notion, outside)
    assert 30 <= taken < 60
    for status, body, headers in refused:
        assert (status, body["code"], headers["Retry-After"]) == (429, "rate_limited", "1")
    await asyncio.sleep(1)
    assert (await ask_notion(outside))[0] == 200


async def test_intercom_takes_what_goes_into_its_window(outside):
    """Forty requests may fall into two windows of sixteen."""
    await outside.control("POST", "/limits", {"platform": "intercom", "factor": 0.01})
    taken, refused = await at_once(40, ask_intercom, outside)
    assert 16 <= taken <= 32
    for status, body, headers in refused:
        assert (status, body["errors"][0]["code"]) == (429, "rate_limit_exceeded")
        assert body["errors"][0]["message"] == "Exceeded rate limit of 16 in 10_seconds"
        assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("16", "0")


async def test_limits_are_those_of_the_real_platforms_until_switched(outside):
    real = {"slack": 1.0, "intercom": 1.0, "whatsapp": 1.0, "notion": 1.0}
    assert (await outside.control("GET", "/limits"))["data"] == real
    assert (await outside.control("POST", "/limits", {"platform": "slack", "factor": 2}))["data"] == real | {
        "slack": 2
    }
    assert (await outside.control("POST", "/limits", {"factor": 50}))["data"] == dict.fromkeys(real, 50)
    await outside.control("POST", "/reset", {})
    assert (await outside.control("GET", "/limits"))["data"] == real


@pytest.mark.parametrize("call", [post, write, ask_notion])
async def test_a_switched_platform_takes_more_and_at_once(outside, call):
    assert (await at_once(60, call, outside))[1]
    await outside.control("POST", "/limits", {"factor": 10})
    assert await at_once(60, call, outside) == (60, [])


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "factor"),
        ({"factor": 0}, "factor"),
        ({"factor": -1}, "factor"),
        ({"factor": True}, "factor"),
        ({"factor": "10"}, "factor"),
        ({"factor": 1e9}, "factor"),
        ({"factor": 10, "platform": "fax"}, "platform"),
        ({"factor": 10, "platform": ["slack"]}, "platform"),
    ],
)
async def test_a_limit_that_cannot_be_is_refused_in_a_sentence(outside, body, word):
    assert word in await outside.refused("POST", "/limits", body)


async def test_the_log_is_as_long_as_wanted(playing):
    async with playing(kept=3) as outside:
        for _ in range(5):
            await ask_notion(outside)
        assert [row["id"] for row in await outside.sent("notion")] == [3, 4, 5]


def test_how_much_is_remembered_is_an_option_of_the_command():
    assert sandbox._read(["--kept", "7", "--unhurried"]).kept == 7
    assert sandbox._read([]).kept == 10_000
