"""Socket Mode (docs.slack.dev, "Using Socket Mode"): the app connects, and deliveries go by that connection."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import APP
from sandbox.world import NOT_DELIVERED, BadInput, Delivery, World

OPEN = "apps.connections.open"
MOST_CONNECTIONS = 10
TICKET_SECONDS = 30.0
"""How long an address is good for; the documentation says only that it is temporary."""
ANSWER_SECONDS = 3.0
GOODBYE_SECONDS = {"warning": 2.0, "refresh_requested": 0.5, "link_disabled": 0.0, "too_many_websockets": 0.0}
"""From the goodbye to the end. Slack warns about ten seconds before; the sandbox has less time."""
HOST = "applink-sandbox"
UNANSWERED = "operation_timeout"


@dataclass(slots=True, eq=False)
class Connection:
    """One of the app. What is delivered by it is acknowledged by it."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    delivered: int = 0
    is_leaving: bool = False
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    async def ask(self, envelope: Json) -> tuple[int, str]:
        """Send it, and what the acknowledgement carries; 200 stands for one, 0 for none in time."""
        acknowledged = self.waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.socket.send_json(envelope)
                self.delivered += 1
                answer = await acknowledged
        except (TimeoutError, ConnectionError):
            return NOT_DELIVERED, UNANSWERED
        finally:
            self.waiting.pop(envelope["envelope_id"], None)
        payload = answer.get("payload") if envelope["accepts_response_payload"] else None
        return 200, json.dumps(payload) if payload is not None else ""

    def hear(self, text: str) -> None:
        answer = json.loads(text)
        acknowledged = self.waiting.get(answer.get("envelope_id"))
        if acknowledged is not None and not acknowledged.done():
            acknowledged.set_result(answer)

    def shown(self) -> Json:
        return {"number": self.number, "delivered": self.delivered, "leaving": self.is_leaving}


class Sockets:
    """An app that has connected once is in Socket Mode for good: without a connection nothing reaches it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._tickets: dict[str, float] = {}
        self._open: list[Connection] = []
        self._numbers = count(1)
        self._turn = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/slack/link", self.link)]

    def authenticate(self, request: web.Request) -> None:
        """apps.connections.open (reference): POST, and the app-level token in the header only."""
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        settings = self.world.settings
        if request.method != "POST":
            raise Refusal("insecure_request")
        if not given:
            raise Refusal("not_authed")
        if given == settings.slack_bot_token.get_secret_value():
            raise Refusal("not_allowed_token_type")
        if given != settings.slack_app_token.get_secret_value():
            raise Refusal("invalid_auth")

    def address(self) -> Json:
        """Of one connection."""
        ticket = secrets.token_urlsafe(18)
        self._tickets[ticket] = time.monotonic()
        return {"url": f"{self.world.own_url.replace('http', 'ws', 1)}/slack/link?ticket={ticket}&app_id={APP}"}

    async def link(self, request: web.Request) -> web.StreamResponse:
        made = self._tickets.pop(request.query.get("ticket", ""), None)
        if made is None or time.monotonic() - made > TICKET_SECONDS:
            return web.Response(status=403)
        socket = web.WebSocketResponse(heartbeat=10.0)
        await socket.prepare(request)
        connection = Connection(next(self._numbers), socket, request)
        if len(self._open) >= MOST_CONNECTIONS:
            await self._bid_goodbye(connection, "too_many_websockets")
        self._open.append(connection)
        self.world.carriers["slack"] = self.carry
        try:
            await socket.send_json(self._hello())
            async for frame in socket:
                if isinstance(frame.data, str):
                    connection.hear(frame.data)
        finally:
            self._open.remove(connection)
        return socket

    async def carry(self, delivery: Delivery) -> tuple[int, str]:
        """By one of the connections; Slack does not say which."""
        chosen = self._choose()
        envelope = _envelope(delivery)
        delivery.way = f"SOCKET {envelope['type']}"
        return await chosen.ask(envelope) if chosen else (NOT_DELIVERED, "no connection is open")

    async def disconnect(self, body: Json) -> Json:
        """`{"reason"}` bids every connection goodbye, as Slack does; without a reason they just break."""
        reason = body.get("reason")
        if reason is not None and reason not in GOODBYE_SECONDS:
            raise BadInput(f'"reason" has to be one of {", ".join(GOODBYE_SECONDS)}, or left out.')
        for connection in list(self._open):
            if reason is not None:
                await self._bid_goodbye(connection, reason)
            elif connection.request.transport is not None:
                connection.request.transport.abort()
        return self.sockets({})

    def sockets(self, _query: dict[str, str]) -> Json:
        return {"data": [connection.shown() for connection in self._open]}

    async def _bid_goodbye(self, connection: Connection, reason: str) -> None:
        connection.is_leaving = True
        await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
        self.world.start(_close(connection, GOODBYE_SECONDS[reason]))

    def _choose(self) -> Connection | None:
        staying = [connection for connection in self._open if not connection.is_leaving]
        self._turn += 1
        return staying[self._turn % len(staying)] if staying else None

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "connection_info": {"app_id": APP},
            "num_connections": len(self._open),
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": 18060},
        }


async def _close(connection: Connection, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await connection.socket.close()


def _envelope(delivery: Delivery) -> Json:
    """What would have been posted, in Socket Mode's form. Only events are sent again, and say for which time."""
    kind, payload = _payload(delivery)
    envelope: Json = {
        "envelope_id": secrets.token_hex(16),
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        again = int(delivery.headers.get("X-Slack-Retry-Num", "0"))
        envelope |= {"retry_attempt": again, "retry_reason": "timeout" if again else ""}
    return envelope


def _payload(delivery: Delivery) -> tuple[str, Any]:
    if delivery.headers["Content-Type"] == "application/json":
        return "events_api", json.loads(delivery.body)
    fields = dict(parse_qsl(delivery.body.decode(), keep_blank_values=True))
    if "payload" in fields:
        return "interactive", json.loads(fields["payload"])
    return "slash_commands", fields
