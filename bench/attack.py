"""How long good reports take while garbage comes to the same door: `python -m bench.attack`.

Three states take turns: nobody attacks (*quiet*); the attackers are at a bare handler beside the intake, which shows
what their own work takes of the machine (*beside*); they are at the intake's door (*attack*).
"""

import argparse
import asyncio
import json
import logging
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

import structlog

from bench import arrival, cpu, machine, rows, table
from bench.contender import ROOT, Contender, Failed, contender, free_port, send
from bench.deliveries import CHANNELS, SECRET
from bench.figures import median, quotient
from sandbox.embedded import NotStarted, Servers, servers

PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Strength:
    """Which kind of `tests/stories/attackers.py` is thrown, how often; None: again as soon as it is answered."""

    name: str
    kind: str
    per_second: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """In each state `count` good reports come, `per_second` of them."""

    strengths: tuple[Strength, ...]
    rounds: int
    count: int
    per_second: int
    warm_up: int


STRENGTHS = (
    Strength("of all kinds, 100/s", "all", 100),
    Strength("small, without end", "small"),
    Strength("large, without end", "large"),
    Strength("signed, without end", "signed"),
)
PLAN = Plan(STRENGTHS, rounds=5, count=240, per_second=20, warm_up=1000)
QUICK = Plan(STRENGTHS[:1], rounds=1, count=20, per_second=20, warm_up=20)


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds of good reports in one state, once; CPU milliseconds of the attacked are per refusal."""

    p50: float
    p99: float
    errors: tuple[str, ...]
    refused_per_second: float = 0
    cpu: float = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One strength of attack, round by round."""

    strength: Strength
    beside: list[Seen] = field(default_factory=list)
    attack: list[Seen] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`problems` are reasons not to believe the figures."""

    plan: Plan
    quiet: list[Seen]
    table: list[Row]
    problems: list[str]


async def measure(servers: Servers, home: Path, plan: Plan, *, say: Callable[[str], None]) -> Outcome:
    """Raises Failed when a server does not start or answer at all."""
    intake, bare = await arrival.open_intake(servers, home), _bare(servers, home)
    try:
        intake.start()
        bare.start()
        outcome = _take_turns(Place(intake, bare, plan), plan, say)
    finally:
        intake.process.stop()
        bare.process.stop()
    sent = plan.warm_up + plan.count * plan.rounds * (1 + 2 * len(plan.strengths))
    tickets = await rows.count(intake.database_url, "tickets")
    if tickets != sent:
        outcome.problems.append(f"{sent} good reports made {tickets} tickets.")
    return outcome


class Place:
    """Where it happens; counts what was sent."""

    def __init__(self, intake: Contender, bare: Contender, plan: Plan) -> None:
        self.intake, self.bare = intake, bare
        self._plan = plan
        self._sent = plan.warm_up
        intake.take(CHANNELS["whatsapp"].requests(0, plan.warm_up, port=intake.port), connections=8)

    def quiet(self) -> tuple[Seen, float]:
        """And the CPU seconds the intake needs for the good ones alone."""
        before = cpu.seconds(self.intake.process.pid)
        seen = self._deliver()
        return seen, cpu.seconds(self.intake.process.pid) - before

    def under(self, strength: Strength, attacked: Contender, *, own: float) -> Seen:
        """While the attackers are at `attacked`, which needs `own` CPU seconds for other things."""
        before = cpu.seconds(attacked.process.pid)
        with _attackers(strength, attacked.port) as told:
            seen = self._deliver()
        spent = cpu.seconds(attacked.process.pid) - before - own
        number = sum(told["answered"].values())
        errors = [f"An attacker was answered {status}." for status in told["answered"] if status[0] not in "04"]
        return Seen(
            seen.p50,
            seen.p99,
            (*seen.errors, *errors),
            refused_per_second=number / told["seconds"],
            cpu=spent * 1000 / number if number else math.nan,
        )

    def _deliver(self) -> Seen:
        plan, port = self._plan, self.intake.port
        given = CHANNELS["whatsapp"].requests(self._sent, plan.count, port=port)
        seen = send("bench.steady", given, port, plan.per_second)
        self._sent += plan.count
        return Seen(seen.of_hundred(50), seen.of_hundred(99), seen.refused)


@contextmanager
def _attackers(strength: Strength, port: int) -> Iterator[dict[str, Any]]:
    """They throw while the block runs; what they were answered is there afterwards."""
    pace = ["--per-second", str(strength.per_second)] if strength.per_second else []
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.stories.attackers", str(port), "--kind", strength.kind, *pace],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "WHATSAPP_WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, Any] = {}
    try:
        if process.stdout is None or not process.stdout.readline():
            raise Failed("The attackers did not start.")
        yield told
    finally:
        process.terminate()
        said, _ = process.communicate()
    told |= json.loads(said)


def _take_turns(place: Place, plan: Plan, say: Callable[[str], None]) -> Outcome:
    quiet: list[Seen] = []
    found = [Row(strength) for strength in plan.strengths]
    for number in range(plan.rounds):
        seen, own = place.quiet()
        quiet.append(seen)
        for row in found:
            row.beside.append(place.under(row.strength, place.bare, own=0))
            row.attack.append(place.under(row.strength, place.intake, own=own))
        say(f"round {number + 1} of {plan.rounds}")
    states = [quiet, *(state for row in found for state in (row.beside, row.attack))]
    problems = [f"An answer was: {error}" for state in states for seen in state for error in seen.errors]
    return Outcome(plan, quiet, found, problems)


def _bare(servers: Servers, home: Path) -> Contender:
    port = free_port()
    return contender(servers, home, "bare", ["bench.bare", "refusing", str(port)], port=port, url="", given={})


HEADINGS = ["garbage", "at", "refused/s", "CPU ms each", "good p50 ms", "÷ quiet", "good p99 ms", "÷ quiet"]


def compose(outcome: Outcome, *, where: str) -> str:
    lines = [HEADINGS, [":---", ":---", *["---:"] * 6]]
    lines.append(["none (quiet)", "", "", "", *_times(outcome.quiet, outcome.quiet)])
    for row in outcome.table:
        lines += [
            [row.strength.name, "a bare handler", *_refusals(row.beside), *_times(row.beside, outcome.quiet)],
            ["", "the intake", *_refusals(row.attack), *_times(row.attack, outcome.quiet)],
            ["", "**ratio**", "", _ratio(row, "cpu"), "", _ratio(row, "p50"), "", _ratio(row, "p99")],
        ]
    drawn = [f"| {' | '.join(cells)} |" for cells in lines]
    plan = outcome.plan
    rounds = f"Medians of {plan.rounds} rounds; in each state {plan.count} good reports, {plan.per_second} a second."
    return "\n".join([*drawn, "", where, rounds])


def _refusals(states: list[Seen]) -> list[str]:
    return [f"{median(states, attrgetter('refused_per_second')):.0f}", f"{median(states, attrgetter('cpu')):.2f}"]


def _times(states: list[Seen], quiet: list[Seen]) -> list[str]:
    return [
        cell
        for of in (attrgetter("p50"), attrgetter("p99"))
        for cell in (f"{median(states, of):.1f}", f"**{quotient(states, quiet, of):.2f}**")
    ]


def _ratio(row: Row, name: str) -> str:
    return f"**{quotient(row.attack, row.beside, attrgetter(name)):.2f}**"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little to see that it works; write nothing")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        return asyncio.run(_show(quick=given.quick))
    except (NotStarted, Failed) as error:
        print(error, file=sys.stderr)
        return 1


async def _show(*, quick: bool) -> int:
    """The data lie beside the code, not in /tmp, as those of `make bench`."""
    kept = ROOT / ".hub"
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept, prefix="bench-") as folder, servers(Path(folder)) as running:
        where = await machine.describe(running.database_url, Path(folder))
        outcome = await measure(running, Path(folder), QUICK if quick else PLAN, say=_say)
    measured = compose(outcome, where=where)
    print(measured)
    if outcome.problems:
        print("\nNot to be believed:", *outcome.problems, sep="\n  ", file=sys.stderr)
        return 1
    if not quick:
        table.write(PAGE, "attack", measured)
        print(f"\nThe table stands in {PAGE.relative_to(ROOT)}.")
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
