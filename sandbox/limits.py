"""How much the platforms take: as much as the real ones, times a factor that a switch sets for each."""

import time
from collections.abc import Iterable

LIMITED = ("slack", "intercom", "whatsapp", "notion")


class Limits:
    """Buckets that fill by themselves. Nobody is kept waiting: what finds its bucket empty is refused."""

    def __init__(self) -> None:
        self.factors = dict.fromkeys(LIMITED, 1.0)
        self._full_at: dict[str, float] = {}

    def clear(self) -> None:
        self.switch(LIMITED, 1.0)

    def switch(self, platforms: Iterable[str], factor: float) -> None:
        """Let these take so many times what the real ones do; every bucket is full again."""
        self.factors |= dict.fromkeys(platforms, factor)
        self._full_at.clear()

    def take(self, platform: str, name: str, *, per_second: float, burst: float) -> float:
        """Take one of a bucket: 0, or the seconds until it has one again."""
        factor = self.factors[platform]
        spacing = 1 / (per_second * factor)
        slack = spacing * max(0.0, burst * factor - 1)
        bucket, now = f"{platform}:{name}", time.monotonic()
        full_at = max(self._full_at.get(bucket, now), now)
        if full_at - now > slack:
            return full_at - now - slack
        self._full_at[bucket] = full_at + spacing
        return 0.0
