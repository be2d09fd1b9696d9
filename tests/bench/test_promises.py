"""The bench of promises works: both workers do every job, what a log says is read as it was meant."""

from pathlib import Path

import pytest

from bench import promises, table
from bench.contender import Contender, Failed
from bench.promises import Block, Outcome, Plan, Ran, Side
from sandbox.embedded import Servers

pytestmark = pytest.mark.usefixtures("forked")
SLOW = Block(p50=30, p99=60, per_second=200, worker_cpu=4, database_cpu=1, redis_cpu=0.1)
FAST = Block(p50=25, p99=50, per_second=1000, worker_cpu=0.8, database_cpu=0.2, redis_cpu=0.1)
IDS = (1, 2, 3)


async def test_both_workers_do_every_job_and_none_before_it_was_promised(migrated: Servers, tmp_path: Path):
    plan = Plan(alone=3, many=30, rounds=2)
    outcome = await promises.measure(migrated, tmp_path, plan, say=lambda _words: None)
    assert [len(outcome.worker), len(outcome.bare)] == [2, 2]
    for block in (*outcome.worker, *outcome.bare):
        assert 0 <= block.p50 <= block.p99
        assert block.per_second > 0


async def test_a_job_that_is_not_done_is_no_figure(silent: Contender, monkeypatch: pytest.MonkeyPatch):
    async def promised(number: int) -> dict[int, float]:
        return dict.fromkeys(IDS[:number], 0.0)

    monkeypatch.setattr(promises, "SECONDS", 0.1)
    with pytest.raises(Failed, match=r"silent did 0 of 3 jobs"):
        await Side(silent, promised).take(Plan(alone=0, many=3, rounds=1))


async def test_lines_of_a_log_are_read_once_they_are_whole_and_others_jobs_passed_over(silent: Contender):
    log = silent.process.log
    lines = [
        '{"message": "job_left", "job_id": 1, "duration_ms": 20, "timestamp": "2026-01-01T00:00:01.020000Z"}',
        '{"message": "sweep_failed", "job_id": 2}',
        '{"message": "job_left", "job_id": 9, "duration_ms": 1, "timestamp": "2026-01-01T00:00:01Z"}',
        '{"message": "job_left", "job_id": 2, "began": 5.0, "left": 5.5}',
    ]
    log.write_text("\n".join(lines)[:-9])
    side = Side(silent, None)
    first = await side._ran({1})
    assert first[1] == Ran(pytest.approx(1767225601.0), pytest.approx(1767225601.02))
    log.write_text("\n".join(lines) + "\n")
    assert await side._ran({2}) == {2: Ran(5.0, 5.5)}


def test_the_table_gives_the_ratios_of_jobs_a_second_and_cpu_time():
    outcome = Outcome(Plan(60, 1000, 3), [SLOW] * 3, [FAST] * 3)
    drawn = table.compose_promises(outcome, where="2 cores.")
    assert "| worker | 30.0 | 60.0 | 200 | 4.00 | 1.00 | 0.10 | 5.00 |" in drawn
    assert "| **ratio** |  |  | **0.20** |  |  |  | **5.00** |" in drawn
