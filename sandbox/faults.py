"""The fault switches: which request or delivery goes wrong, how, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

ANSWERING = ("429", "500", "timeout", "reset_after", "bad_json")
"""What may go wrong with a request the hub makes."""
REFUSE = "refuse"
"""A request is answered with an error of the platform's own, by its `code`."""
DELIVERING = ("duplicate", "reorder", "drop")
"""What may go wrong with what the sandbox delivers to the hub."""
MODES = (*ANSWERING, REFUSE, *DELIVERING, "off")
LOWEST_STATUS, HIGHEST_STATUS = 200, 599


class BadFault(ValueError):
    """A switch that does not exist; the message is a sentence."""


@dataclass(slots=True)
class Fault:
    """One switch, on. `path` is a part of the path it concerns ("" all), `times` what is left (None: until off).

    `code` and `status` are those of a refusal; without a status it has the one that is usual on that platform.
    """

    platform: str
    mode: str
    path: str = ""
    retry_after: float | None = None
    times: int | None = None
    code: str = ""
    status: int | None = None


class Faults:
    """The switches that are on, newest first; a switch uses itself up when it has `times`."""

    def __init__(self, platforms: Sequence[str] = ("slack", "intercom", "whatsapp", "notion", "openai")) -> None:
        self._platforms = tuple(platforms)
        self._on: list[Fault] = []

    @property
    def on(self) -> list[Fault]:
        return list(self._on)

    def clear(self) -> None:
        self._on.clear()

    def switch(self, body: dict[str, Any]) -> None:
        """Turn a switch on or off as `POST /_control/faults` says; BadFault with a sentence when it cannot."""
        fault = self._read(body)
        self._on = [other for other in self._on if not _replaces(fault, other)]
        if fault.mode != "off":
            self._on.insert(0, fault)

    def for_request(self, platform: str, path: str) -> Fault | None:
        """The fault this request of the hub meets, taken from its count."""
        return self._take(platform, path, (*ANSWERING, REFUSE))

    def for_delivery(self, platform: str, path: str) -> str | None:
        """The mode of the fault this delivery to the hub meets, taken from its count."""
        fault = self._take(platform, path, DELIVERING)
        return fault.mode if fault else None

    def _take(self, platform: str, path: str, modes: tuple[str, ...]) -> Fault | None:
        for fault in self._on:
            if fault.platform != platform or fault.mode not in modes or fault.path not in path:
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self._on.remove(fault)
            return fault
        return None

    def _read(self, body: dict[str, Any]) -> Fault:
        platform, mode, path = body.get("platform"), body.get("mode"), body.get("path", "")
        retry_after, times = body.get("retry_after"), body.get("times")
        code, status = _text(body.get("code", "")), body.get("status")
        if platform not in self._platforms:
            raise BadFault(f'"platform" has to be one of {", ".join(self._platforms)}.')
        mode = _text(mode)
        if mode not in MODES:
            raise BadFault(f'"mode" has to be one of {", ".join(MODES)}.')
        if not isinstance(path, str | None):
            raise BadFault('"path" has to be a part of the path, as text.')
        if retry_after is not None and not _number(retry_after):
            raise BadFault('"retry_after" has to be a number of seconds, 0 or more.')
        if times is not None and (not _whole(times) or times < 1):
            raise BadFault('"times" has to be a whole number, 1 or more.')
        if mode == REFUSE and not _is_code(platform, code):
            raise BadFault(f'"code" has to be a word or number {platform} answers with.')
        if status is not None and (not _whole(status) or not LOWEST_STATUS <= status <= HIGHEST_STATUS):
            raise BadFault(f'"status" has to be a number from {LOWEST_STATUS} to {HIGHEST_STATUS}.')
        return Fault(platform, str(mode), path or "", retry_after, times, str(code), status)


def _text(value: object) -> object:
    """Numbers may come as such."""
    return str(value) if _whole(value) else value


def _is_code(platform: str, code: object) -> bool:
    return isinstance(code, str) and bool(code) and (platform != "whatsapp" or code.isdecimal())


def _replaces(new: Fault, old: Fault) -> bool:
    """Off without a path clears the platform; with one only what was set for it. A mode replaces itself."""
    if new.platform != old.platform:
        return False
    if new.mode == "off":
        return new.path in ("", old.path)
    return (new.mode, new.path) == (old.mode, old.path)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
