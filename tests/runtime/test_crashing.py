"""A process dies where it is told to, and nowhere else."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from runtime import crashing
from runtime.settings import Settings

HERE = {"database_url": "postgresql://db.test/hub", "redis_url": "redis://redis.test"}
PASSING = """
from runtime import crashing
crashing.set_up({fatal!r})
for point in crashing.POINTS:
    crashing.passed(point)
    print(point, flush=True)
"""


def passes(fatal: str) -> tuple[int, list[str]]:
    command = [sys.executable, "-c", PASSING.format(fatal=fatal)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.split()


def test_nobody_dies_unless_told_to():
    assert passes("") == (0, list(crashing.POINTS))


def test_who_passes_the_fatal_point_is_killed_at_once():
    before = list(crashing.POINTS[: crashing.POINTS.index("message_sent")])
    assert passes("message_sent") == (-9, before)


def test_it_cannot_be_set_in_production_nor_to_a_place_there_is_not():
    assert Settings(_env_file=None, hub_env="development", hub_crash_at="message_sent", **HERE)
    with pytest.raises(ValidationError, match="kills processes on purpose"):
        Settings(_env_file=None, hub_crash_at="message_sent", **HERE)
    with pytest.raises(ValidationError, match="hub_crash_at"):
        Settings(_env_file=None, hub_env="development", hub_crash_at="nowhere", **HERE)
