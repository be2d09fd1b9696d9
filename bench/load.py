"""The sender, a process of its own: `python -m bench.load PORT CONNECTIONS` prints what it saw as JSON.

It is given whole requests, which are signed before the clock starts (`requests`). Each connection is kept alive and
sends its next one when the answer to the last one is complete.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Iterator, Sequence
from time import perf_counter

SECONDS = 60.0
"""What is unanswered by then counts as an error."""


class Connection(asyncio.Protocol):
    def __init__(self, waiting: Iterator[bytes], latencies: list[float], refused: list[str]) -> None:
        self.done = asyncio.get_running_loop().create_future()
        self._waiting, self._latencies, self._refused = waiting, latencies, refused
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._transport.close()
            return
        self._received = b""
        self._sent_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not _is_whole(self._received):
            return
        self._latencies.append(perf_counter() - self._sent_at)
        if not self._received.startswith(b"HTTP/1.1 200 "):
            self._refused.append(self._received.decode(errors="replace"))
        self.send_next()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _is_whole(answer: bytes) -> bool:
    head, found, content = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _, _, length = head.lower().partition(b"\r\ncontent-length:")
    return len(content) >= int(length.partition(b"\r\n")[0] or 0)


def requests() -> list[bytes]:
    """What is to be sent, from standard input: a JSON list, a letter for a byte."""
    return [request.encode("latin-1") for request in json.load(sys.stdin)]


async def deliver(port: int, connections: int, given: Sequence[bytes]) -> dict[str, object]:
    waiting = iter(given)
    latencies: list[float] = []
    refused: list[str] = []
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(waiting, latencies, refused), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    gc.disable()
    started = perf_counter()
    for connection in opened:
        connection.send_next()
    await asyncio.wait([connection.done for connection in opened], timeout=SECONDS)
    seconds = perf_counter() - started
    errors = len(given) - len(latencies) + len(refused)
    return {"seconds": seconds, "latencies": latencies, "errors": errors, "refused": refused[:3]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(deliver(*map(int, sys.argv[1:]), given=requests()))))
