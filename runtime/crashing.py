"""Named places at which a process dies on the spot, to prove that nothing is lost there. In development only."""

import os
import signal
from typing import Literal, get_args

Point = Literal[
    "delivery_verified",
    "delivery_kept",
    "committed",
    "job_claimed",
    "message_promised",
    "message_sent",
    "card_posted",
    "page_made",
]
"""Each lies after something was done and before the next thing: keeping what was verified, answering what was kept,
ringing for what was committed, beginning what was claimed, sending what is marked as being sent, and noting what was
sent, posted or made."""
POINTS: tuple[Point, ...] = get_args(Point)

_fatal: set[str] = set()


def set_up(fatal: str) -> None:
    """Die at the point `fatal` (`HUB_CRASH_AT`), at none when it is empty."""
    _fatal.clear()
    _fatal.add(fatal)


def passed(point: Point) -> None:
    """kill -9 of ourselves where this is the fatal point: no cleaning up, as when a machine is lost."""
    if point in _fatal:
        os.kill(os.getpid(), signal.SIGKILL)
