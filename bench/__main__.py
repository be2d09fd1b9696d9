"""`make bench`: measure, print the table and write it into docs/performance.md."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from bench import arrival, finding, lists, machine, meaning, table
from bench.contender import Failed
from sandbox.embedded import NotStarted, Servers, servers

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of each to see that it works; write nothing")
    parser.add_argument(
        "--only", choices=("arrival", "lists", "similar", "meaning"), help="one table; without it all"
    )
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        return asyncio.run(_measure(quick=given.quick, only=given.only))
    except (NotStarted, Failed) as error:
        print(error, file=sys.stderr)
        return 1


async def _measure(*, quick: bool, only: str | None) -> int:
    """The data lie beside the code, not in /tmp: that is often memory, where syncing to disk costs nothing."""
    kept = ROOT / ".hub"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept, prefix="bench-") as folder, servers(Path(folder)) as running:
        where = await machine.describe(running.database_url, Path(folder))
        if only in {None, "arrival"} and not await _arrival(running, Path(folder), where, quick=quick):
            return 1
        if only in {None, "lists"}:
            rows = await lists.measure(running, (1_000, 2_000) if quick else lists.SIZES, say=_say)
            _show("lists", table.compose_lists(rows, where=where), quick=quick)
        if only in {None, "similar"}:
            found = await finding.measure(running, (200, 400) if quick else finding.SIZES, say=_say)
            _show("similar", table.compose_finding(found, where=where), quick=quick)
        if only in {None, "meaning"}:
            row = await meaning.measure(running, (200, 400) if quick else meaning.SIZES, say=_say)
            _show("meaning", table.compose_meaning(row, where=where), quick=quick)
    return 0


async def _arrival(running: Servers, folder: Path, where: str, *, quick: bool) -> bool:
    outcome = await arrival.measure(running, folder, arrival.QUICK if quick else arrival.PLAN, say=_say)
    measured = table.compose(outcome, where=where)
    if outcome.problems:
        print(measured)
        print("\nNot written, because the two did not do the same:", *outcome.problems, sep="\n  ", file=sys.stderr)
        return False
    _show("arrival", f"{measured}\nBoth wrote the same rows.", quick=quick)
    return True


def _show(name: str, measured: str, *, quick: bool) -> None:
    print(measured)
    if not quick:
        table.write(PAGE, name, measured)
        print(f"\nThe table stands in {PAGE.relative_to(ROOT)}.")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
