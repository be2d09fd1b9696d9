"""`python -m tests.chaos --seed 1 --deliveries 10000 --kills 30 --crashes 30` plays one drill and prints what it came to."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from sandbox.embedded import servers
from tests.chaos.drill import Plan, drill

SHOWN = 20
"""Complaints of which the rows are printed."""


def main(arguments: list[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    plan = Plan(
        seed=given.seed,
        deliveries=given.deliveries,
        kills=given.kills,
        crashes=given.crashes,
        freezes=given.freezes,
        floods=given.floods if given.floods is not None else max(2, round(given.minutes * 12)),
        redis_freezes=given.redis_freezes,
        redis_restarts=given.redis_restarts,
        postgres_restarts=given.postgres_restarts,
        faults=given.faults if given.faults is not None else max(5, round(given.minutes * 30)),
        seconds=given.minutes * 60,
        patience=given.patience,
        told=given.told,
    )
    with tempfile.TemporaryDirectory(prefix="drill-") as made:
        home = Path(given.home or made)
        home.mkdir(parents=True, exist_ok=True)
        with servers(home / "servers", durable=True) as running:
            tally = asyncio.run(drill(plan, running, home))
    print(f"Seed {plan.seed}\n\n{tally.table()}")
    for complaint in tally.complaints[:SHOWN]:
        print(f"- {complaint}")
    return 1 if tally.complaints else 0


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=12, help="at any moment")
    parser.add_argument("--crashes", type=int, default=12, help="at a named place in the code")
    parser.add_argument("--freezes", type=int, default=6)
    parser.add_argument("--floods", type=int, help="how often Redis is emptied; every five seconds unless given")
    parser.add_argument("--redis-freezes", type=int, default=2)
    parser.add_argument("--redis-restarts", type=int, default=2)
    parser.add_argument("--postgres-restarts", type=int, default=2)
    parser.add_argument("--faults", type=int, help="of platforms; one every two seconds unless given")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long all that goes on")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds that quiet is waited for")
    parser.add_argument("--told", type=float, default=0.5, help="share of the reports whose answer is approved")
    parser.add_argument("--home", help="keeps logs and data there; unless given they are thrown away")
    return parser


if __name__ == "__main__":
    sys.exit(main())
