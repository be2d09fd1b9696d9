"""How many connections a process takes, and how long one may say nothing. A proxy limits both for each address."""

import asyncio

from aiohttp import web

from runtime.metrics import CONNECTIONS_ENDED
from runtime.requests import Handler

MOST = 800
"""A process may usually have 1,024 files open (`ulimit -n`): the rest is for PostgreSQL, Redis and the platforms."""
HEAD_SECONDS = 10.0
"""Within which the head of a connection's first request has come. aiohttp itself waits 75 seconds for it."""


class Connections:
    """What asyncio asks for the protocol of every new connection, once it is told whose they are."""

    def __init__(self, app: web.Application) -> None:
        """To be made before the app is frozen."""
        self._server: web.Server | None = None
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}

        @web.middleware
        async def hear(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._hear(request)
            return await handler(request)

        app.middlewares.insert(0, hear)

    def of(self, server: web.Server | None) -> "Connections":
        self._server = server
        return self

    def __call__(self) -> asyncio.Protocol:
        if self._server is None:
            raise RuntimeError("Say whose connections these are.")
        if len(self._server.connections) >= MOST:
            CONNECTIONS_ENDED.labels("too_many").inc()
            return _TurnedAway()
        connection = self._server()
        loop = asyncio.get_running_loop()
        self._silent[connection] = loop.call_later(HEAD_SECONDS, self._end, connection)
        return connection

    def _hear(self, request: web.Request) -> None:
        waiting = self._silent.pop(request.protocol, None)
        if waiting is not None:
            waiting.cancel()

    def _end(self, connection: web.RequestHandler) -> None:
        del self._silent[connection]
        if connection.transport is not None:
            CONNECTIONS_ENDED.labels("silent").inc()
            connection.force_close()


class _TurnedAway(asyncio.Protocol):
    """Closed without a word: whoever is no attacker comes again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
