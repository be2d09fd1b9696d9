"""The bench of an attack works: what it finds is read by people, never decided by a test."""

from pathlib import Path

import pytest

from bench import attack
from bench.attack import Outcome, Plan, Row, Seen, Strength
from sandbox.embedded import Servers

pytestmark = pytest.mark.usefixtures("forked")


async def test_every_good_report_is_taken_in_every_state(migrated: Servers, tmp_path: Path) -> None:
    """A problem would be one that was not, or an attacker who was let in."""
    plan = Plan((Strength("some", "all", 20),), rounds=1, count=10, per_second=10, warm_up=8)
    outcome = await attack.measure(migrated, tmp_path, plan, say=lambda _words: None)
    assert outcome.problems == []
    assert [len(states) for states in (outcome.quiet, outcome.table[0].beside, outcome.table[0].attack)] == [1, 1, 1]
    assert outcome.table[0].attack[0].refused_per_second > 0


def test_the_table_compares_with_quiet_and_with_the_bare_handler_round_by_round() -> None:
    quiet = [Seen(5, 10, ()), Seen(10, 20, ())]
    beside = [Seen(10, 20, (), refused_per_second=90, cpu=0.5), Seen(20, 40, (), refused_per_second=110, cpu=0.5)]
    found = [Seen(15, 40, (), refused_per_second=80, cpu=1), Seen(30, 80, (), refused_per_second=80, cpu=1)]
    plan = Plan((Strength("some", "all"),), rounds=2, count=9, per_second=3, warm_up=0)
    drawn = attack.compose(Outcome(plan, quiet, [Row(plan.strengths[0], beside, found)], []), where="2 cores.")
    assert "| none (quiet) |  |  |  | 7.5 | **1.00** | 15.0 | **1.00** |" in drawn
    assert "| some | a bare handler | 100 | 0.50 | 15.0 | **2.00** | 30.0 | **2.00** |" in drawn
    assert "|  | the intake | 80 | 1.00 | 22.5 | **3.00** | 60.0 | **4.00** |" in drawn
    assert "|  | **ratio** |  | **2.00** |  | **1.50** |  | **2.00** |" in drawn
