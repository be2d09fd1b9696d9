"""The worker's process with platforms that have no rate limits: a drill would wait for them most of its time."""

import sys

from jobs.__main__ import main
from platforms.intercom import client as intercom
from platforms.notion import client as notion
from platforms.slack import client as slack
from platforms.whatsapp import client as whatsapp

A_SECOND = 10_000
"""Requests, and as many at once."""


def hurry() -> None:
    """Raise what the clients allow themselves; a 429 still closes their buckets."""
    slack._POST_RATE = slack._POST_BURST = A_SECOND
    notion._RATE = notion._BURST = A_SECOND
    intercom.RATE = intercom.BURST = A_SECOND
    whatsapp.PAIR_RATE = whatsapp.PAIR_BURST = A_SECOND
    whatsapp.NUMBER_RATE = whatsapp.NUMBER_BURST = A_SECOND


if __name__ == "__main__":
    hurry()
    sys.exit(main())
