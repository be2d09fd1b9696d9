"""Socket Mode: we connect to Slack, and what it would post comes by that connection instead.

An envelope is made what Slack would have posted; from there on both ways are one, so that an event is durable before
its envelope is acknowledged. docs/decisions/0017-one-door-two-ways-in.md says why slack_sdk's client is not used.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog
from aiohttp import WSMsgType, web
from slack_bolt.response import BoltResponse

from hub import ingestion
from hub.errors import HubError, Invalid
from platforms.errors import Later, PlatformError, RateLimited
from platforms.slack.client import SlackClient
from platforms.slack.report import as_form
from runtime.health import Health
from runtime.metrics import ACK_SECONDS, SOCKETS, WEBHOOKS
from runtime.refusals import AWAY
from runtime.serving import FINISH_SECONDS
from runtime.wiring import Runtime
from storage.arrivals import Delivery

Json = dict[str, Any]
Take = Callable[[Delivery, object], Awaitable[BoltResponse]]
"""What becomes of a verified delivery and its payload; the answer is Slack's to read."""

CONNECT_SECONDS = 10.0
HEARTBEAT_SECONDS = 10.0
"""How often a connection is asked whether it is there; half of it later it is given up."""
LEAVING_SECONDS = 10.0
"""How long a connection Slack has said goodbye on is still listened to."""
CLOSE = aiohttp.ClientWSTimeout(ws_close=1.0)
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
STEADY_SECONDS = 60.0
"""A connection that held so long is replaced at once; after a shorter one that broke the pause grows."""
RENEWALS = ("warning", "refresh_requested")
"""Reasons of a goodbye after which Slack wants another connection, some seconds before this one ends."""

log = structlog.get_logger(__name__)


def connected(runtime: Runtime, take: Take) -> Callable[[web.Application], AsyncIterator[None]]:
    """While the app runs there is a connection, where SLACK_APP_TOKEN is set."""

    async def connection(_app: web.Application) -> AsyncIterator[None]:
        token = runtime.settings.slack_app_token.get_secret_value().strip()
        if not token or runtime.channels["slack"].off:
            yield
            return
        socket = Socket(runtime.slack(), token, take, runtime.health)
        socket.open()
        yield
        await socket.close()

    return connection


class Socket:
    """One connection at a time, and for a moment two: the next is opened as soon as Slack says that one will end."""

    def __init__(self, slack: SlackClient, app_token: str, take: Take, health: Health) -> None:
        self._slack = slack
        self._token = app_token
        self._take = take
        self._health = health
        self._session = aiohttp.ClientSession()
        self._keeping: asyncio.Task[None] | None = None
        self._listening: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._is_closing = False

    def open(self) -> None:
        self._keeping = asyncio.create_task(self._stay_connected())

    async def close(self) -> None:
        """What came is finished and acknowledged; what comes now is not, so that Slack sends it again elsewhere."""
        self._is_closing = True
        if self._answering:
            await asyncio.wait(self._answering, timeout=FINISH_SECONDS)
        tasks = [*self._listening, *([self._keeping] if self._keeping else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def _stay_connected(self) -> None:
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            began = time.monotonic()
            asked = await self._until_left()
            is_steady = time.monotonic() - began > STEADY_SECONDS
            pause = 0.0 if is_steady or asked is None else max(asked, _longer(pause))

    async def _until_left(self) -> float | None:
        """Connect, and return when another connection is needed: in at least so many seconds, None for at once."""
        try:
            socket = await self._connect()
        except RateLimited as limited:
            self._tell(limited.message)
            return limited.retry_after or SHORTEST_PAUSE
        except (PlatformError, Later) as error:
            self._tell(str(error))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:  # what it says has the ticket in it
            self._tell(f"Slack's socket could not be reached ({type(error).__name__}).")
        else:
            self._health.own.pop("slack", None)
            leaving: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self._start(self._listening, self._listen(socket, leaving))
            if await leaving in RENEWALS:
                return None
        return 0.0

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        """The address is good for one connection, so each asks for its own."""
        url = await self._slack.open_socket(self._token)
        async with asyncio.timeout(CONNECT_SECONDS):
            return await self._session.ws_connect(
                url, heartbeat=HEARTBEAT_SECONDS, timeout=CLOSE, proxy=self._slack.web.proxy
            )

    def _tell(self, sentence: str) -> None:
        """In the log, and to whoever asks whether this process is ready."""
        log.warning("socket_not_open", reason=sentence)
        self._health.own["slack"] = f"The bot is not connected to Slack: {sentence}"

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse, leaving: asyncio.Future[str]) -> None:
        """Until it ends; `leaving` becomes Slack's reason as soon as it says goodbye, empty when it just ended."""
        SOCKETS.inc()
        try:
            async with asyncio.timeout(None) as limit:
                async for frame in socket:
                    reason = self._hear(socket, frame.data) if frame.type is WSMsgType.TEXT else None
                    if reason is not None and not leaving.done():
                        leaving.set_result(reason)
                        limit.reschedule(asyncio.get_running_loop().time() + LEAVING_SECONDS)
        except TimeoutError:
            log.info("socket_left")
        finally:
            if not leaving.done():
                leaving.set_result("")
            SOCKETS.dec()
            await socket.close()
            log.info("socket_closed", code=socket.close_code)

    def _hear(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> str | None:
        """Take an envelope up; the reason where Slack says goodbye."""
        message = _read(text)
        kind = message.get("type")
        if kind == "disconnect":
            log.info("socket_leaving", reason=message.get("reason"))
            return str(message.get("reason"))
        if kind == "hello":
            log.info("socket_open", connections=message.get("num_connections"))
        elif "envelope_id" in message and not self._is_closing:
            self._start(self._answering, self._answer(socket, message))
        return None

    async def _answer(self, socket: aiohttp.ClientWebSocketResponse, envelope: Json) -> None:
        """Without an acknowledgement within three seconds Slack sends an event again."""
        structlog.contextvars.bind_contextvars(request_id=str(envelope["envelope_id"]))
        began, outcome = time.perf_counter(), "failed"
        try:
            delivery = posted(envelope)
            answer = await self._take(delivery, ingestion.parse(delivery.body, delivery.content_type))
            await socket.send_str(json.dumps(reply(envelope, answer)))
            outcome = "accepted"
        except HubError as error:
            outcome = "unparseable"
            log.warning("envelope_refused", reason=error.message)
        except AWAY as error:
            outcome = "unavailable"
            log.warning("envelope_not_answered", error=type(error).__name__)
        except Exception as error:  # the last net: it was not acknowledged, so that it comes again
            log.exception("envelope_failed", error=type(error).__name__)
        finally:
            WEBHOOKS.labels("slack", outcome).inc()
            ACK_SECONDS.labels("slack").observe(time.perf_counter() - began)

    def _start(self, tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def posted(envelope: Json) -> Delivery:
    """What Slack would have posted; Invalid for what is no envelope."""
    kind, payload = envelope.get("type"), envelope.get("payload")
    if not isinstance(payload, dict):
        raise Invalid("The envelope has no payload.")
    if kind == "events_api":
        return Delivery("slack", "application/json", json.dumps(payload).encode())
    if kind == "interactive":
        return Delivery("slack", ingestion.FORM, as_form(payload).encode())
    if kind == "slash_commands":
        fields = {name: value for name, value in payload.items() if value is not None}
        return Delivery("slack", ingestion.FORM, urlencode(fields, errors="replace").encode())
    raise Invalid("The envelope is of a kind Slack does not send.")


def reply(envelope: Json, answer: BoltResponse) -> Json:
    """The acknowledgement, with what a request would have been answered, where Slack takes that; Invalid for none."""
    if answer.status != 200:
        raise Invalid("Nobody listens to this.")
    told: Json = {"envelope_id": envelope["envelope_id"]}
    if not answer.body or not envelope.get("accepts_response_payload"):
        return told
    is_json = answer.headers["content-type"][0].startswith("application/json")
    return told | {"payload": json.loads(answer.body) if is_json else {"text": answer.body}}


def _read(text: str) -> Json:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    return message if isinstance(message, dict) else {}


def _longer(pause: float) -> float:
    """Twice as long, and never as long as another process waits: Slack ends many connections at once."""
    return min(max(2 * pause, SHORTEST_PAUSE), LONGEST_PAUSE) * random.uniform(0.7, 1)
