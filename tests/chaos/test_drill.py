"""The drill in short: what `make chaos` plays for minutes."""

from pathlib import Path

import pytest

from sandbox.embedded import servers
from tests.chaos.drill import Plan, drill

pytestmark = pytest.mark.story

SHORT = Plan(
    seed=1,
    deliveries=45,
    kills=2,
    crashes=3,
    freezes=1,
    floods=2,
    redis_freezes=1,
    redis_restarts=1,
    postgres_restarts=1,
    faults=8,
    seconds=10,
    patience=240,
    told=0.3,
)


async def test_nothing_is_lost_and_nothing_said_twice_whatever_goes_wrong(tmp_path: Path) -> None:
    with servers(tmp_path / "servers") as running:  # of its own, and durable: its PostgreSQL is killed
        tally = await drill(SHORT, running, tmp_path)
    print(tally.table())
    assert tally.never_taken == 0
    assert tally.lost == []
    assert tally.doubled == []
    assert tally.twice == []
    assert tally.complaints == []
