"""Jobs are counted by how they ended, and timed from when they were due."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from hub.pii import ScrubbingFailed
from platforms.errors import Later, Refused, Unreachable
from tests.jobs.test_job import Bench, bench

__all__ = ["bench"]


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "done"),
        (Unreachable("Away.", platform="slack"), "put_back"),
        (Later(datetime.now(UTC) + timedelta(seconds=30), "closed"), "later"),
        (Refused("No.", platform="slack"), "dead"),
    ],
)
async def test_a_run_is_counted_by_how_it_ended(bench: Bench, error: Exception | None, outcome: str):
    async def act(claim) -> None:
        if error is not None:
            raise error

    bench.does(act)
    before = counted("hub_jobs_total", kind="upkeep", outcome=outcome)
    timed = counted("hub_job_duration_seconds_count", kind="upkeep")
    await bench.work()
    assert counted("hub_jobs_total", kind="upkeep", outcome=outcome) == before + 1
    assert counted("hub_job_duration_seconds_count", kind="upkeep") == timed + 1


async def test_a_fenced_run_is_lost(bench: Bench):
    async def act(claim) -> None:
        await bench.world.rows("UPDATE jobs SET lease = gen_random_uuid()")

    bench.does(act)
    before = counted("hub_jobs_total", kind="upkeep", outcome="lost")
    await bench.work()
    assert counted("hub_jobs_total", kind="upkeep", outcome="lost") == before + 1


async def test_the_wait_is_from_when_it_was_due(bench: Bench):
    async def act(claim) -> None: ...

    bench.does(act)
    await bench.world.rows("UPDATE jobs SET run_at = now() - interval '100 s'")
    before = counted("hub_job_wait_seconds_sum", kind="upkeep")
    await bench.work()
    assert 100 <= counted("hub_job_wait_seconds_sum", kind="upkeep") - before < 130


async def test_a_job_of_a_lost_worker_is_counted_and_any_other_is_not(bench: Bench):
    async def act(claim) -> None: ...

    bench.does(act)
    before = counted("hub_jobs_lease_expired_total")
    await bench.world.rows("UPDATE jobs SET status = 'running', attempts = 1, lease_until = now() - interval '1 s'")
    await bench.work()
    await bench.world.rows("UPDATE jobs SET status = 'pending'")
    await bench.work()
    assert counted("hub_jobs_lease_expired_total") == before + 1


async def test_text_that_could_not_be_made_safe_is_counted(bench: Bench):
    bench.raises(ScrubbingFailed("Not safe."))
    before = counted("hub_pii_scrub_failures_total")
    await bench.work()
    assert counted("hub_pii_scrub_failures_total") == before + 1
