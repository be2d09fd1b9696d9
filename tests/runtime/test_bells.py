"""Bells: rung in order and once, whoever rings again; without Redis nobody waits."""

import asyncio
from collections.abc import Callable

from redis.asyncio import Redis

from runtime.bells import MANY, SAME_BELL_MS, Bells
from storage.database import Bell


async def rung(redis_url: str, *, at_least: int = 1) -> list[str]:
    """Names of the bells in Redis, in their order, once there are so many."""
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        async with asyncio.timeout(60):
            while await redis.zcard("arq:queue") < at_least:
                await asyncio.sleep(0.02)
        return [str(name) for name in await redis.zrange("arq:queue", 0, -1)]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.02)


def of(names: list[str]) -> list[str]:
    """Job and claim, without the time."""
    return [name.rpartition(":")[0] for name in names]


async def test_many_are_rung_together_each_once(redis_url: str):
    bells = Bells(redis_url)
    bells.ring([Bell(1, 0), Bell(2, 0), Bell(1, 0)])
    bells.ring([Bell(2, 0), Bell(2, 1)])
    bells.ring([])
    names = await rung(redis_url, at_least=3)
    await bells.close()
    assert of(names) == ["1:0", "2:0", "2:1"]
    async with Redis.from_url(redis_url) as redis:
        left = [await redis.pttl(f"arq:job:{name}") for name in names]
    assert all(milliseconds > SAME_BELL_MS for milliseconds in left), "its body outlives the bell's name"


async def test_a_bell_that_is_rung_again_keeps_its_place(redis_url: str):
    bells = Bells(redis_url)
    bells.ring([Bell(7, 2)])
    [first] = await rung(redis_url)
    bells.ring([Bell(8, 0)])
    await rung(redis_url, at_least=2)
    bells.ring([Bell(7, 2), Bell(9, 0)])
    names = await rung(redis_url, at_least=3)
    await bells.close()
    assert names[0] == first
    assert set(of(names)) == {"7:2", "8:0", "9:0"}


async def test_there_are_many_when_nobody_hears_them(redis_url: str):
    bells, deaf = Bells(redis_url), Bells("redis://127.0.0.1:9/0")
    assert not await bells.are_many()
    bells.ring([Bell(number, 0) for number in range(MANY)])
    await rung(redis_url, at_least=MANY)
    assert await bells.are_many()
    assert not await deaf.are_many(), "who cannot ask rings"
    await bells.close()
    await deaf.close()


async def test_without_redis_nobody_waits_and_it_is_known():
    bells = Bells("redis://127.0.0.1:9/0")
    assert not bells.is_away
    bells.ring([Bell(1, 0)])
    await until(lambda: bells.is_away)
    await bells.close()


async def test_they_are_rung_in_the_database_that_is_named(redis_url: str):
    """A Unix socket's address names it behind a question mark, as redis-py reads it."""
    beside = f"{redis_url}?db=3"
    bells = Bells(beside)
    bells.ring([Bell(1, 0)])
    assert of(await rung(beside)) == ["1:0"]
    await bells.close()
    async with Redis.from_url(redis_url) as redis:
        assert await redis.zcard("arq:queue") == 0
    async with Redis.from_url(beside) as redis:
        await redis.flushdb()
