"""The bench of memory works: children count, and what three processes take together is the sum."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench import idle, table
from bench.idle import TOGETHER, Plan
from sandbox.embedded import Servers

EATS = "x = bytearray(64 * 1024 * 1024); print(flush=True); input()"


def test_memory_of_a_child_counts():
    before, _, processes = idle.memory(os.getpid())
    with subprocess.Popen([sys.executable, "-c", EATS], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        pss, rss, now = idle.memory(os.getpid())
        child.communicate(b"\n")
    assert now == processes + 1
    assert rss > pss > before + 60


@pytest.mark.usefixtures("forked")
async def test_all_three_answer_and_are_added_up(migrated: Servers, tmp_path: Path):
    outcome = await idle.measure(migrated, tmp_path, Plan(rounds=1, idle=0), say=lambda _words: None)
    seen = {name: one for name, (one,) in outcome.table.items()}
    hub = [seen[name] for name in ("bot", "intake", "worker")]
    assert seen[TOGETHER].pss == sum(one.pss for one in hub)
    assert all(one.up > 0 and one.rss > 20 and one.rss >= one.pss > 0 for one in seen.values())  # pages are shared
    drawn = table.compose_idle(outcome, where="2 cores.")
    assert f"| **{TOGETHER}** | **{seen[TOGETHER].pss:.0f}** |" in drawn
