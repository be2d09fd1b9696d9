"""`make bench`: measure, print the table and write it into docs/performance.md."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bench import arrival, machine, table
from bench.contender import Failed
from sandbox.embedded import NotStarted, servers

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few deliveries to see that it works; write nothing")
    quick = parser.parse_args(arguments).quick
    try:
        where, outcome = asyncio.run(_measure(arrival.QUICK if quick else arrival.PLAN))
    except (NotStarted, Failed) as error:
        print(error, file=sys.stderr)
        return 1
    measured = table.compose(outcome, where=where)
    print(measured)
    if outcome.problems:
        print(
            "\nNot written, because the two did not do the same:",
            *outcome.problems,
            sep="\n  ",
            file=sys.stderr,
        )
        return 1
    print("\nBoth wrote the same rows.")
    if not quick:
        table.write(PAGE, measured)
        print(f"The table stands in {PAGE.relative_to(ROOT)}.")
    return 0


async def _measure(plan: arrival.Plan) -> tuple[str, arrival.Outcome]:
    """The data lie beside the code, not in /tmp: that is often memory, where syncing to disk costs nothing."""
    kept = ROOT / ".hub"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept, prefix="bench-") as folder, servers(Path(folder)) as running:
        where = await machine.describe(running.database_url, Path(folder))
        return where, await arrival.measure(running, Path(folder), plan, say=_say)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
