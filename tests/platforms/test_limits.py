"""Buckets give what they promise, are shared through Redis, and cost next to nothing while it is away."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from redis.asyncio import Redis

from platforms.errors import Later
from platforms.limits import Limits


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """A machine with much to do keeps Redis' answer longer than this product would wait for one."""
    monkeypatch.setattr("platforms.limits.REDIS_SECONDS", 30)


@pytest.fixture(params=["with redis", "without redis"])
def either(request, redis):
    return Limits(redis if request.param == "with redis" else None)


def seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()


async def test_burst_is_given_at_once_and_then_refused(either):
    for _ in range(3):
        await either.take("b", rate=0.1, burst=3)
    with pytest.raises(Later) as refusal:
        await either.take("b", rate=0.1, burst=3)
    assert 5 < seconds_until(refusal.value.until) <= 10.1


async def test_tokens_come_back_at_the_rate(either):
    await either.take("b", rate=2)
    with pytest.raises(Later):
        await either.take("b", rate=2)
    await asyncio.sleep(0.6)
    await either.take("b", rate=2)


async def test_idle_bucket_holds_no_more_than_its_burst(either):
    await either.take("b", rate=2, burst=2)
    await asyncio.sleep(1.2)
    await either.take("b", rate=2, burst=2)
    await either.take("b", rate=2, burst=2)
    with pytest.raises(Later):
        await either.take("b", rate=2, burst=2)


async def test_being_refused_costs_no_token(either):
    await either.take("b", rate=2)
    for _ in range(5):
        with pytest.raises(Later):
            await either.take("b", rate=2)
    await asyncio.sleep(0.6)
    await either.take("b", rate=2)


async def test_buckets_do_not_share(either):
    await either.take("whatsapp:pair:a", rate=1)
    await either.take("whatsapp:pair:b", rate=1)


async def test_parallel_takers_get_exactly_the_burst(redis):
    processes = [Limits(redis) for _ in range(4)]
    taken = await asyncio.gather(
        *(processes[n % 4].take("b", rate=0.1, burst=7) for n in range(40)), return_exceptions=True
    )
    assert sum(answer is None for answer in taken) == 7


async def test_closed_bucket_gives_nothing_until_it_opens(either):
    await either.close("b", 0.5)
    with pytest.raises(Later) as refusal:
        await either.take("b", rate=100, burst=100)
    assert seconds_until(refusal.value.until) <= 0.5
    await asyncio.sleep(0.6)
    await either.take("b", rate=100, burst=100)


async def test_closing_never_shortens_a_closing(either):
    await either.close("openai:rate_limited", 60)
    await either.close("openai:rate_limited", 1)
    assert seconds_until(await either.closed_until("openai:rate_limited")) > 50


async def test_longer_closing_wins(either):
    await either.close("b", 1)
    await either.close("b", 60)
    assert seconds_until(await either.closed_until("b")) > 50


async def test_open_bucket_has_no_closing(either):
    await either.close("other", 60)
    await either.close("b", 0)
    assert await either.closed_until("b") is None


async def test_closing_is_shared_under_the_very_name_given(redis):
    await Limits(redis).close("openai:rate_limited", 60)
    assert 50 < await redis.ttl("openai:rate_limited") <= 60
    assert seconds_until(await Limits(redis).closed_until("openai:rate_limited")) > 50
    with pytest.raises(Later):
        await Limits(redis).take("openai:rate_limited", rate=100)


async def test_buckets_leave_redis_when_they_are_full_again(redis):
    await Limits(redis).take("b", rate=20)
    await asyncio.sleep(0.1)
    assert await redis.keys("*") == []


async def test_refused_connection_falls_back_to_this_process(unused_tcp_port):
    limits = Limits(Redis(host="127.0.0.1", port=unused_tcp_port))
    await limits.take("b", rate=0.1)
    with pytest.raises(Later):
        await limits.take("b", rate=0.1)
    await limits.close("c", 60)
    assert await limits.closed_until("c") > datetime.now(UTC) + timedelta(seconds=50)


async def test_silent_redis_is_asked_once_and_then_left_alone(raw_server, monkeypatch):
    monkeypatch.setattr("platforms.limits.REDIS_SECONDS", 0.1)
    asked = []

    async def hang(reader, writer):
        asked.append(writer)
        await asyncio.sleep(2)

    url = await raw_server(hang)
    limits = Limits(Redis.from_url(url.replace("http", "redis")))
    await limits.take("a", rate=1)
    for name in "bcdefgh":
        await limits.take(name, rate=1)
    assert len(asked) == 1


async def test_redis_is_asked_again_after_its_rest(redis, monkeypatch):
    monkeypatch.setattr("platforms.limits.REDIS_REST_SECONDS", 0.05)
    await redis.set("b:bucket", "not a number")
    limits = Limits(redis)
    await limits.take("b", rate=0.1)
    await redis.delete("b:bucket")
    await asyncio.sleep(0.06)
    await limits.take("b", rate=0.1)
    assert await redis.exists("b:bucket")


async def refused(limits: Limits, turn: str, *, rate: float, burst: int = 1) -> datetime:
    """When its turn comes."""
    with pytest.raises(Later) as refusal:
        await limits.take("b", rate=rate, burst=burst, turn=turn)
    return refusal.value.until


def are_spaced(turns: list[datetime], seconds: float) -> bool:
    ordered = sorted(turns)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(ordered)]
    return all(abs(gap - seconds) < seconds / 2 for gap in gaps)


async def test_of_many_that_wait_each_has_a_turn_of_its_own(either):
    await either.take("b", rate=1)
    turns = [await refused(either, str(number), rate=1) for number in range(20)]
    assert turns == sorted(turns)
    assert are_spaced(turns, 1)


async def test_who_comes_too_early_keeps_the_place_and_who_comes_in_time_gets_through_once(either):
    await either.take("b", rate=2)
    await refused(either, "first", rate=2)
    second = await refused(either, "second", rate=2)
    assert abs((await refused(either, "second", rate=2) - second).total_seconds()) < 0.25
    await asyncio.sleep(1.1)
    await either.take("b", rate=2, turn="second")
    await asyncio.sleep(0.6)
    await either.take("b", rate=2, turn="first")
    await refused(either, "second", rate=2)


async def test_those_who_come_late_do_not_all_go_at_once(either):
    for _ in range(2):
        await either.take("b", rate=4, burst=2)
    for number in range(8):
        await refused(either, str(number), rate=4, burst=2)
    await asyncio.sleep(2.2)
    went = 0
    for number in range(8):
        with suppress(Later):
            await either.take("b", rate=4, burst=2, turn=str(number))
            went += 1
    assert 2 <= went <= 4, "a burst, and what became free while they went"
    await asyncio.sleep(1)
    await either.take("b", rate=4, burst=2, turn="7")


async def test_who_waits_is_not_overtaken(either):
    await either.take("b", rate=1)
    last = [await refused(either, str(number), rate=1) for number in range(5)][-1]
    with pytest.raises(Later) as refusal:
        await either.take("b", rate=1)
    assert refusal.value.until > last


async def test_a_place_nobody_came_for_is_lost_after_a_while(either, monkeypatch):
    monkeypatch.setattr("platforms.limits.PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr("platforms.limits.LOCAL_BUCKETS", 1)
    await either.take("b", rate=2)
    await refused(either, "late", rate=2)
    await asyncio.sleep(0.6)
    await either.take("b", rate=2, turn="other")
    following = await refused(either, "next", rate=2)
    assert await refused(either, "late", rate=2) > following, (
        "it is given a new one, behind those that came meanwhile"
    )


async def test_two_processes_give_no_turn_twice(redis):
    processes = [Limits(redis), Limits(redis)]
    await processes[0].take("b", rate=1)
    turns = await asyncio.gather(*(refused(processes[number % 2], str(number), rate=1) for number in range(10)))
    assert are_spaced(turns, 1)
    assert await redis.pttl("b:last") > 9_000
    assert not [key async for key in redis.scan_iter("b:turn:*") if await redis.pttl(key) < 0]


async def test_what_this_process_keeps_does_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr("platforms.limits.LOCAL_BUCKETS", 10)
    monkeypatch.setattr("platforms.limits.PATIENCE_SECONDS", 0)
    limits = Limits(None)
    for number in range(30):
        await limits.take(str(number), rate=20)
        with pytest.raises(Later):
            await limits.take(str(number), rate=20, turn="mine")
        await asyncio.sleep(0.03)
    assert len(limits._moments) <= 13
