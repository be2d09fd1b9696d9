"""SIGTERM and SIGINT: the process is to end in order."""

import asyncio
import signal

from runtime.health import Health


def asked(health: Health) -> asyncio.Event:
    """Set when the process is asked to end; from then on it is not ready for anything new."""
    stop = asyncio.Event()

    def end() -> None:
        health.is_draining = True
        stop.set()

    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, end)
    return stop
