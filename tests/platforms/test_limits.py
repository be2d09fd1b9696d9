"""Buckets give what they promise, are shared through Redis, and cost next to nothing while it is away."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from platforms.errors import Later
from platforms.limits import Limits


@pytest.fixture(params=["with redis", "without redis"])
def either(request, redis):
    return Limits(redis if request.param == "with redis" else None)


def seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()


async def test_burst_is_given_at_once_and_then_refused(either):
    for _ in range(3):
        await either.take("b", rate=1, burst=3)
    with pytest.raises(Later) as refusal:
        await either.take("b", rate=1, burst=3)
    assert 0.5 < seconds_until(refusal.value.until) <= 1.1


async def test_tokens_come_back_at_the_rate(either):
    await either.take("b", rate=20)
    with pytest.raises(Later):
        await either.take("b", rate=20)
    await asyncio.sleep(0.06)
    await either.take("b", rate=20)


async def test_idle_bucket_holds_no_more_than_its_burst(either):
    await either.take("b", rate=100, burst=2)
    await asyncio.sleep(0.1)
    await either.take("b", rate=100, burst=2)
    await either.take("b", rate=100, burst=2)
    with pytest.raises(Later):
        await either.take("b", rate=100, burst=2)


async def test_being_refused_costs_no_token(either):
    await either.take("b", rate=10)
    for _ in range(5):
        with pytest.raises(Later):
            await either.take("b", rate=10)
    await asyncio.sleep(0.12)
    await either.take("b", rate=10)


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
    await either.close("b", 0.15)
    with pytest.raises(Later) as refusal:
        await either.take("b", rate=100, burst=100)
    assert seconds_until(refusal.value.until) <= 0.15
    await asyncio.sleep(0.2)
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


async def test_silent_redis_is_asked_once_and_then_left_alone(raw_server):
    asked = []

    async def hang(reader, writer):
        asked.append(writer)
        await asyncio.sleep(1)

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


async def test_local_buckets_do_not_grow_for_ever(monkeypatch):
    monkeypatch.setattr("platforms.limits.LOCAL_BUCKETS", 10)
    limits = Limits(None)
    for number in range(50):
        await limits.take(f"pair:{number}", rate=1e6)
    assert len(limits._full_at) <= 10
