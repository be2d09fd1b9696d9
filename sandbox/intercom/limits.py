"""How many requests an app may make in a window, and the headers that say what is left."""

import time
from dataclasses import dataclass

from sandbox.intercom.failure import Failure
from sandbox.limits import Limits

WINDOW_SECONDS = 10
WINDOW_REQUESTS = 1667
"""Rate limiting (reference): limits are spread over ten-second windows; 10,000 a minute for an app."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How much goes into a window, what is left of it (below 0: exceeded), and the Unix second it ends."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": str(self.reset),
        }


class Window:
    """Counts the requests of the window that is open."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.clear()

    @property
    def limit(self) -> int:
        return int(WINDOW_REQUESTS * self._limits.factors["intercom"])

    def clear(self) -> None:
        self._number, self._used = 0, 0

    def count(self) -> Rate:
        number = int(time.time()) // WINDOW_SECONDS
        self._used = self._used + 1 if number == self._number else 1
        self._number = number
        return Rate(self.limit, self.limit - self._used, (number + 1) * WINDOW_SECONDS)


def exceeded(limit: int) -> Failure:
    said = f"Exceeded rate limit of {limit} in {WINDOW_SECONDS}_seconds"
    return Failure(429, "rate_limit_exceeded", said)
