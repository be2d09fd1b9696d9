"""Deliveries at a steady rate, a process of its own: `python -m bench.steady PORT PER_SECOND`, given what load.py is.

Each goes out when its moment has come, over a connection of its own, whether or not the one before is answered. Its
time counts from that moment, so that what is late because others are late is late. Prints what it saw as JSON.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Sequence
from time import perf_counter

from bench import load

SECONDS = 60.0
"""What is unanswered by then counts as refused."""


async def deliver(port: int, per_second: int, given: Sequence[bytes]) -> dict[str, object]:
    gc.disable()
    begin = perf_counter() + 0.1
    sent = [_send(port, request, begin + number / per_second) for number, request in enumerate(given)]
    answers = await asyncio.gather(*sent)
    seconds = perf_counter() - begin
    refused = [answer for _, answer in answers if not answer.startswith("HTTP/1.1 200 ")]
    latencies = [waited for waited, _ in answers]
    return {"seconds": seconds, "latencies": latencies, "errors": len(refused), "refused": refused[:3]}


async def _send(port: int, request: bytes, due: float) -> tuple[float, str]:
    """Seconds until the answer's head was there, and its first line."""
    await asyncio.sleep(due - perf_counter())
    try:
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
    except (OSError, asyncio.IncompleteReadError) as error:
        return perf_counter() - due, type(error).__name__
    return perf_counter() - due, head.decode().splitlines()[0]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(deliver(*map(int, sys.argv[1:]), given=load.requests()))))
