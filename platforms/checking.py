"""What trying a platform finds: a sentence each, and whether it is good."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

State = Literal["ok", "note", "wrong", "off"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong` keeps something from working; a `note` is worth knowing and no more; what is `off` was not tried."""

    state: State
    sentence: str


Probe = Callable[[], Awaitable[Sequence[Finding]]]
"""Tries one thing; raises platforms.errors where the platform says no."""


@runtime_checkable
class Tried(Protocol):
    """A platform that can be tried in parts. What cannot has one harmless request, its `check`."""

    def probes(self) -> Sequence[Probe]:
        """The first tries the token: when that fails there is no sense in trying the others."""


def ok(sentence: str) -> Finding:
    return Finding("ok", sentence)


def note(sentence: str) -> Finding:
    return Finding("note", sentence)


def wrong(sentence: str) -> Finding:
    return Finding("wrong", sentence)
