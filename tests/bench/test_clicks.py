"""The bench of clicks works: every click is acknowledged and does what it is for, and one that does not is told."""

from pathlib import Path

import pytest

from bench import clicks, table
from bench.clicks import BARE, KINDS, Outcome, Plan, Row
from bench.contender import Block
from sandbox.embedded import Servers

pytestmark = pytest.mark.usefixtures("forked")
PLAN = Plan((200,), rounds=1, count=3, per_second=10)
MANY = Block(per_second=10, p50=9, p99=60, errors=0, refused=(), server_cpu=20, database_cpu=3, redis_cpu=0)
FEW = Block(per_second=10, p50=6, p99=40, errors=0, refused=(), server_cpu=20, database_cpu=3, redis_cpu=0)


async def test_every_click_is_acknowledged_and_one_that_leads_to_nothing_is_a_problem(
    migrated: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What is refused afterwards is acknowledged all the same, and a window is opened that says why."""
    refused = clicks.Kind("another", lambda number, _id: clicks.open_ticket(number, "gone"), asks="views.open Ticket")
    monkeypatch.setattr(clicks, "KINDS", (*KINDS, refused))
    monkeypatch.setattr(clicks, "SETTLE_SECONDS", 5.0)
    outcome = await clicks.measure(migrated, tmp_path, PLAN, say=lambda _words: None)
    assert set(outcome.problems) == {"3 clicks (another) led to 0 requests of Slack."}, "while it warms up, too"
    assert [row.name for row in outcome.table] == [*(kind.name for kind in KINDS), "another"]
    assert {tuple(row.blocks) for row in outcome.table} == {("200 tickets", BARE)}


def test_the_table_compares_many_with_few_and_with_the_bare_handler():
    row = Row("a button", {"10 tickets": [FEW] * 2, "20 tickets": [MANY] * 2, BARE: [FEW] * 2})
    drawn = table.compose_clicks(Outcome(PLAN, [row], []), where="2 cores.")
    assert "| a button | 10 tickets | 6.0 | 40.0 | 0 | 20.00 | 3.00 |" in drawn
    assert "|  | **many ÷ few** | **1.50** | **1.50** |  |  |  |" in drawn
