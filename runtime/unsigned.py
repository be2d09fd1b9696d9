"""Whether a platform and we hold the same secret, told by deliveries that come signed with another."""

from collections import Counter

import structlog

from platforms.signature import MISMATCH

SUSPICIOUS = 3
"""So many in a row: somebody makes deliveries up, or the secret was copied wrongly."""
SETTINGS = {"slack": "SLACK_SIGNING_SECRET"}

log = structlog.get_logger(__name__)


class Unsigned:
    """Of one process. `troubles` is where its health is told from, by name."""

    def __init__(self, troubles: dict[str, str]) -> None:
        self._troubles = troubles
        self._in_a_row: Counter[str] = Counter()

    def signed(self, source: str) -> None:
        if self._in_a_row.pop(source, 0):
            self._troubles.pop(_name(source), None)

    def refused(self, source: str, reason: str) -> None:
        """Only what has the right shape and the right time counts: anybody can send anything."""
        if reason != MISMATCH:
            return
        self._in_a_row[source] += 1
        if self._in_a_row[source] == SUSPICIOUS:
            sentence = (
                f"Deliveries come that were not signed with {_setting(source)}, and none that was: "
                "copy it from the platform once more and start again. Should it be right, somebody makes them up."
            )
            self._troubles[_name(source)] = sentence
            log.warning("signed_with_another_secret", source=source, why=sentence)


def _name(source: str) -> str:
    return f"{source}_secret"


def _setting(source: str) -> str:
    return SETTINGS.get(source, f"{source.upper()}_WEBHOOK_SECRET")
