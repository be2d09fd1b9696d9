"""How many requests an app may make in a window, and the headers that say what is left."""

import time
from dataclasses import dataclass

from sandbox.intercom.failure import Failure

WINDOW_SECONDS = 10
WINDOW_REQUESTS = 1667
"""Rate limiting (reference): limits are spread over ten-second windows; 10,000 a minute for an app."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What is left in a window (below 0: exceeded) and the Unix second it ends."""

    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(WINDOW_REQUESTS),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": str(self.reset),
        }


class Window:
    """Counts the requests of the window that is open."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._number, self._used = 0, 0

    def count(self) -> Rate:
        number = int(time.time()) // WINDOW_SECONDS
        self._used = self._used + 1 if number == self._number else 1
        self._number = number
        return Rate(WINDOW_REQUESTS - self._used, (number + 1) * WINDOW_SECONDS)


def exceeded() -> Failure:
    said = f"Exceeded rate limit of {WINDOW_REQUESTS} in {WINDOW_SECONDS}_seconds"
    return Failure(429, "rate_limit_exceeded", said)
