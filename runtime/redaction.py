"""What no log record may carry: our secrets, what looks like one, and strings without end."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from structlog.typing import EventDict

HIDDEN = "[hidden]"
LONGEST = 2000
"""Characters of one string."""
SHORTEST_SECRET = 7
"""A shorter one may be a word that other records need."""

_OURS = frozenset({"timestamp", "level", "logger", "service"})
"""Written by the code alone; every record has them, so not looking at them is worth it."""

_NAMES = re.compile(r"(?:^|[_-])(?:authorization|cookie|password|secret|signature|token|api[_-]?key)$", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b(?:(?:xox[a-z]-|xapp-|sk-)[\w.-]{4,}"
    r"|EAA[A-Za-z0-9]{20,}|(?:ntn|secret)_[A-Za-z0-9]{20,}|hub_[\w-]{20,}|eyJ[\w-]{10,}\.[\w.-]+"
    r"|[Bb]earer\s+[\w.~+/=-]+|[Bb]asic\s+[\w+/=-]{16,})"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
)


class Redaction:
    """A structlog processor. `hide` tells it the secrets to look for."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def hide(self, secrets: Iterable[str]) -> None:
        """The longest first: one may be part of another."""
        self._secrets = tuple(sorted((s for s in secrets if len(s) >= SHORTEST_SECRET), key=len, reverse=True))

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        return {name: value if name in _OURS else self._shown(name, value) for name, value in event.items()}

    def _shown(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): self._shown(str(key), each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._shown(name, each) for each in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return HIDDEN if _is_secret(name) else self._clean(value if isinstance(value, str) else repr(value))

    def _clean(self, text: str) -> str:
        """Twice as much is looked at as is shown, so that the end cuts no secret in two."""
        shown = text[: 2 * LONGEST]
        for secret in self._secrets:
            shown = shown.replace(secret, HIDDEN)
        shown = _SHAPES.sub(HIDDEN, shown)
        return shown if len(text) <= LONGEST else f"{shown[:LONGEST]}… ({len(text)} characters)"


@lru_cache(maxsize=1000)
def _is_secret(name: str) -> bool:
    return _NAMES.search(name) is not None
