"""The bench of the whole loop works: every channel's reporter is told, and each step has its time."""

from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from bench import loop, table
from bench.contender import Contender, Failed
from bench.loop import PEOPLE, Outcome, Plan, Step, Way
from bench.whole import Whole
from sandbox.embedded import Servers

pytestmark = pytest.mark.usefixtures("forked")


async def test_every_reporter_is_told_and_each_step_has_its_time(migrated: Servers, tmp_path: Path):
    outcome = await loop.measure(migrated, tmp_path, Plan(rounds=1, warms_up=False), say=lambda _words: None)
    assert len(outcome.steps) == 6
    assert all(list(by_channel) == list(PEOPLE) for by_channel in outcome.steps.values())
    (told,) = outcome.steps["approved → reporter told"]["whatsapp"]
    assert told.whole > told.outside > 0, "the platform was asked, and that is part of it"


def test_the_table_adds_the_steps_of_each_round_up():
    first, second = Step(10, 0), Step(30, 4)
    steps = {"one": dict.fromkeys(PEOPLE, [first] * 3), "two": dict.fromkeys(PEOPLE, [second] * 3)}
    drawn = table.compose_loop(Outcome(Plan(3), steps), where="2 cores.")
    assert "| one | 10 |  | 10 |  | 10 |  |" in drawn
    assert "| **all** | **40** | **4** | **40** | **4** | **40** | **4** |" in drawn


async def test_what_does_not_happen_is_no_figure(
    database_url: str, silent: Contender, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(loop, "SECONDS", 0.1)
    connection = await asyncpg.connect(database_url)
    way = Way(Whole(silent, silent, silent, silent), connection, None)
    with pytest.raises(Failed, match=r"Still not:\s+SELECT EXISTS"):
        await way._until(loop.TOLD, uuid4())
    await connection.close()
