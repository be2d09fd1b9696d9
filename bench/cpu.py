"""CPU time of a process and everything it started, from /proc (Linux; proc(5), stat)."""

import os
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
QUIET_SECONDS = 0.15
SETTLE_SECONDS = 10.0


def seconds(pid: int) -> float:
    """User and system time of `pid` and its descendants, the ended and reaped ones included."""
    return sum(_ticks(each) for each in tree(pid)) / TICKS


def settled(pid: int) -> float:
    """The same, once the process has stopped working on what it was asked."""
    deadline = time.monotonic() + SETTLE_SECONDS
    before, now = -1.0, seconds(pid)
    while now != before and time.monotonic() < deadline:
        time.sleep(QUIET_SECONDS)
        before, now = now, seconds(pid)
    return now


def tree(pid: int) -> list[int]:
    """`pid` and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        children.setdefault(_parent(int(entry.name)), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _parent(pid: int) -> int:
    return _stat(pid)[1]


def _ticks(pid: int) -> int:
    """utime, stime, and cutime, cstime of children that were waited for."""
    return sum(_stat(pid)[11:15])


def _stat(pid: int) -> list[int]:
    """The numbers after the name and the state; zeros for a process that has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return [0] * 16
    return [0, *map(int, stat.rpartition(")")[2].split()[1:])]
