"""`make bench`: measure, print the tables and write them into docs/performance.md."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from redis.asyncio import Redis

from bench import arrival, clicks, finding, idle, lists, loop, machine, meaning, promises, table
from bench.contender import Failed
from sandbox.embedded import NotStarted, Servers, servers

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
HOME = ROOT / ".hub" / "bench"
"""Beside the code, not in /tmp: that is often memory, where syncing to disk costs nothing. What is kept between runs
is kept here, and may be removed."""
FEW = (200, 400)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is measured, and in words; `quick` is a little of each."""

    running: Servers
    home: Path
    where: str
    quick: bool


class NotBelieved(Exception):
    """Something was measured, and there is a reason not to believe it."""

    def __init__(self, measured: str, problems: Sequence[str]) -> None:
        super().__init__("\n  ".join(["\nNot written:", *problems]))
        self.measured = measured


async def _arrival(place: Place) -> str:
    plan = arrival.QUICK if place.quick else arrival.PLAN
    outcome = await arrival.measure(place.running, place.home, plan, say=_say)
    measured = table.compose(outcome, where=place.where)
    return _believed(f"{measured}\nBoth wrote the same rows.", outcome.problems)


async def _promises(place: Place) -> str:
    plan = promises.QUICK if place.quick else promises.PLAN
    outcome = await promises.measure(place.running, place.home, plan, say=_say)
    return table.compose_promises(outcome, where=place.where)


async def _idle(place: Place) -> str:
    plan = idle.QUICK if place.quick else idle.PLAN
    return table.compose_idle(await idle.measure(place.running, place.home, plan, say=_say), where=place.where)


async def _loop(place: Place) -> str:
    plan = loop.QUICK if place.quick else loop.PLAN
    return table.compose_loop(await loop.measure(place.running, place.home, plan, say=_say), where=place.where)


async def _lists(place: Place) -> str:
    sizes = (1_000, 2_000) if place.quick else lists.SIZES
    return table.compose_lists(await lists.measure(place.running, sizes, say=_say), where=place.where)


async def _clicks(place: Place) -> str:
    plan = clicks.QUICK if place.quick else clicks.PLAN
    outcome = await clicks.measure(place.running, place.home, plan, say=_say)
    return _believed(table.compose_clicks(outcome, where=place.where), outcome.problems)


async def _similar(place: Place) -> str:
    sizes = FEW if place.quick else finding.SIZES
    return table.compose_finding(await finding.measure(place.running, sizes, say=_say), where=place.where)


async def _meaning(place: Place) -> str:
    sizes = FEW if place.quick else meaning.SIZES
    return table.compose_meaning(await meaning.measure(place.running, sizes, say=_say), where=place.where)


def _believed(measured: str, problems: Sequence[str]) -> str:
    if problems:
        raise NotBelieved(measured, problems)
    return measured


TABLES: dict[str, Callable[[Place], Awaitable[str]]] = {
    "arrival": _arrival,
    "promises": _promises,
    "idle": _idle,
    "loop": _loop,
    "lists": _lists,
    "clicks": _clicks,
    "similar": _similar,
    "meaning": _meaning,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of each to see that it works; write nothing")
    parser.add_argument("--only", choices=tuple(TABLES), help="one table; without it all")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        asyncio.run(_measure([given.only] if given.only else list(TABLES), quick=given.quick))
    except NotBelieved as found:
        print(found.measured)
        print(found, file=sys.stderr)
        return 1
    except (NotStarted, Failed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _measure(names: Sequence[str], *, quick: bool) -> None:
    with servers(HOME) as running:
        await _forget_bells(running)
        where = await machine.describe(running.database_url, HOME)
        for name in names:
            measured = await TABLES[name](Place(running, HOME, where, quick))
            print(measured)
            if not quick:
                table.write(PAGE, name, measured)
                print(f"\nThe table stands in {PAGE.relative_to(ROOT)}.")


async def _forget_bells(running: Servers) -> None:
    """Those of an earlier run would be answered in this one."""
    async with Redis.from_url(running.redis_url) as redis:
        await redis.flushall()


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
