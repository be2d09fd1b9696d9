"""A process takes so many connections and no more, and none that says nothing; whoever speaks is left alone."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from runtime import connections, internal
from runtime.connections import Connections

REQUEST = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Open = Callable[[], Connection]


@pytest.fixture
async def connect(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    """To a process that takes three connections and waits a second for a head."""
    monkeypatch.setattr(connections, "MOST", 3)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=await request.text() or "hello")

    app = web.Application()
    app.router.add_route("*", "/", answer)
    taken, opened = Connections(app), []
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    server = await internal.listen(taken.of(runner.server), "127.0.0.1", 0, setting="A_PORT")
    port = server.sockets[0].getsockname()[1]

    async def connect() -> Connection:
        opened.append(await asyncio.open_connection("127.0.0.1", port))
        return opened[-1]

    yield connect
    for _, writer in opened:
        writer.close()
    server.close()
    await runner.cleanup()


async def said(connection: Connection, raw: bytes = b"") -> str:
    """The status line that is answered; nothing when the connection is closed."""
    reader, writer = connection
    writer.write(raw)
    async with asyncio.timeout(20):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return head.partition(b"\r\n")[0].decode()


@pytest.mark.parametrize("raw", [b"", b"GET ", REQUEST[:-2]])
async def test_who_sends_no_whole_head_is_ended(connect: Open, raw: bytes):
    before = ended("silent")
    assert await said(await connect(), raw) == ""
    assert ended("silent") == before + 1


async def test_who_has_spoken_may_take_its_time(connect: Open):
    idle, slow = await connect(), await connect()
    assert await said(idle, REQUEST) == "HTTP/1.1 200 OK"
    slow[1].write(b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\n")
    await asyncio.sleep(1.5)
    assert await said(idle, REQUEST) == "HTTP/1.1 200 OK"
    assert await said(slow, b"body") == "HTTP/1.1 200 OK"


async def test_one_more_than_there_may_be_is_turned_away_until_another_has_gone(connect: Open):
    before = ended("too_many")
    taken = [await connect() for _ in range(3)]
    assert [await said(each, REQUEST) for each in taken] == ["HTTP/1.1 200 OK"] * 3
    assert await said(await connect(), REQUEST) == ""
    assert ended("too_many") == before + 1
    assert await said(taken[0], REQUEST) == "HTTP/1.1 200 OK"
    taken[1][1].close()
    async with asyncio.timeout(20):
        while not await said(await connect(), REQUEST):
            await asyncio.sleep(0.01)


def ended(why: str) -> float:
    return connections.CONNECTIONS_ENDED.labels(why)._value.get()
