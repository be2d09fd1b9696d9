"""What every played platform shares: the clock, the log, the switches and the way to the hub."""

import asyncio
import base64
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from runtime.settings import Settings
from sandbox.faults import Faults
from sandbox.limits import Limits

Json = dict[str, Any]

KEPT = 10_000
"""How many requests of each direction are remembered, unless told otherwise."""
NOT_DELIVERED = 0
"""The status of a delivery that was dropped, is held back, or found nobody listening."""
NOT_WAITED_FOR = "The answer came too late to be read."
HELD_SECONDS = 2.0
"""How long a delivery held back waits for a later one to overtake it."""


class BadInput(Exception):
    """A control request that cannot be played; the message is a sentence, answered with 400."""


class Remembering(Protocol):
    """Something that survives a restart of the stand-in."""

    def state(self) -> Json:
        """Lists of rows by name: plain JSON, but files' contents as bytes.

        It is written while everything goes on: containers that grow are copied, what a row holds is not.
        """

    def restore(self, state: Json) -> None:
        """Be as `state` says and forget everything else; any exception when it has another form."""


class Platform(Remembering, Protocol):
    """One outside system. Its routes carry their full paths (`/intercom/…`, `/slack/api/…`)."""

    name: str

    def routes(self) -> list[web.RouteDef]: ...

    def control_routes(self) -> list[web.RouteDef]: ...

    async def report(self, body: Json) -> tuple[int, str | None]:
        """Send the hub what this platform would send for that person: the hub's status and the external id."""

    def rate_limited(self, retry_after: float | None) -> web.Response:
        """The platform's own 429, with Retry-After when `retry_after` is given."""

    def broken(self) -> web.Response:
        """The platform's own 500."""

    def refused(self, code: str, status: int | None) -> web.Response:
        """The platform's own error with this code, with its usual status unless one is given."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request the hub made.

    `status` is what the platform made of it, 0 when it was never looked at; `fault` names the switch that
    interfered (after `reset_after` the platform has done its work and only the answer is lost).
    """

    id: int
    at: str
    platform: str
    method: str
    path: str
    body: object
    status: int
    fault: str | None = None
    answer: object = None


@dataclass(slots=True)
class Delivery:
    """A request the sandbox made to the hub, kept so that it can be shown and sent again."""

    id: int
    at: str
    platform: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int = NOT_DELIVERED
    answer: str = ""
    fault: str | None = None
    attempts: int = 0
    way: str = "POST"
    """How it went last: a request, or what else a platform's carrier makes of it."""

    @property
    def is_under_way(self) -> bool:
        """Sent, and neither answered nor given up yet."""
        return self.attempts > 0 and self.status == NOT_DELIVERED and not self.answer


Carrier = Callable[[Delivery], Awaitable[tuple[int, str]]]
"""Takes a delivery to the hub by another way than a request: its status, 0 where it did not arrive, and answer."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes with a report."""

    name: str
    content_type: str
    content: bytes


@dataclass(slots=True)
class World:
    """The outside of one hub. `people` holds what platforms know of a person, by platform and their id."""

    settings: Settings
    kept: int = KEPT
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    sent: deque[Sent] = field(init=False)
    delivered: deque[Delivery] = field(init=False)
    people: dict[str, dict[str, Json]] = field(default_factory=dict)
    unhurried: bool = False
    """Whether people take their time, as somebody who watches would expect; tests do not wait for them."""
    advanced: timedelta = timedelta()
    changed: bool = False
    """Something may have happened that has not been saved yet."""
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced by a new one, whenever there is something new to see."""
    carriers: dict[str, Carrier] = field(default_factory=dict)
    """By platform, where it is not by request that things get to the hub."""
    _session: aiohttp.ClientSession | None = None
    _held: dict[str, list[Delivery]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.sent, self.delivered = deque(maxlen=self.kept), deque(maxlen=self.kept)

    @property
    def intake_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.intake_port}"

    @property
    def bot_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.bot_port}"

    @property
    def own_url(self) -> str:
        return f"http://127.0.0.1:{self.settings.sandbox_port}"

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("The sandbox's HTTP session is open only while its app runs.")
        return self._session

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))

    async def close(self) -> None:
        tasks = list(self._tasks)
        self._cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.session.close()

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    def state(self) -> Json:
        people = {platform: dict(known) for platform, known in self.people.items()}
        return {"advanced_seconds": self.advanced.total_seconds(), "people": people}

    def restore(self, state: Json) -> None:
        self.advanced = timedelta(seconds=state["advanced_seconds"])
        self.people = state["people"]

    def forget(self) -> None:
        """Drop what is not in the state: the log, the switches, what is held back or still to be sent."""
        self._cancel()
        self._held.clear()
        self.sent.clear()
        self.delivered.clear()
        self.faults.clear()
        self.limits.clear()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.advanced

    def advance(self, seconds: float) -> None:
        self.advanced += timedelta(seconds=seconds)

    def stir(self, *, changed: bool = True) -> None:
        """There is something new to see, and, if it `changed` what is remembered, to save."""
        self.changed = self.changed or changed
        self.stirred.set()
        self.stirred = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work` in the background; it is cancelled when the sandbox stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def record(
        self,
        platform: str,
        method: str,
        path: str,
        body: object,
        status: int,
        *,
        fault: str | None = None,
        answer: object = None,
    ) -> None:
        self.sent.append(Sent(next(self._ids), _stamp(), platform, method, path, body, status, fault, answer))
        self.stir(changed=False)

    async def deliver(self, platform: str, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """POST `body` to the hub as the delivery switches say; the hub's status (0: not delivered) and answer."""
        delivery = await self.post(platform, url, body, headers)
        return delivery.status, delivery.answer

    async def post(self, platform: str, url: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
        delivery = Delivery(next(self._ids), _stamp(), platform, url, dict(headers), body)
        self.delivered.append(delivery)
        self.stir()
        if self._held.get(platform):
            await self.send(delivery)
            await self.release(platform)
            return delivery
        delivery.fault = self.faults.for_delivery(platform, url)
        if delivery.fault == "reorder":
            self._held[platform] = [delivery]
            self.start(self._release_later(platform))
        elif delivery.fault == "duplicate":
            await self.send(delivery)
            await self.send(delivery)
        elif delivery.fault != "drop":
            await self.send(delivery)
        return delivery

    async def release(self, platform: str) -> None:
        """Send what the reorder switch held back."""
        for held in self._held.pop(platform, []):
            await self.send(held)

    async def _release_later(self, platform: str) -> None:
        await asyncio.sleep(HELD_SECONDS)
        await self.release(platform)

    async def send(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        carry = self.carriers.get(delivery.platform, self._request)
        try:
            delivery.status, delivery.answer = await carry(delivery)
        except asyncio.CancelledError:
            delivery.answer = NOT_WAITED_FOR
            raise
        except (aiohttp.ClientError, TimeoutError) as error:
            delivery.status, delivery.answer = NOT_DELIVERED, f"{type(error).__name__}: {error}"
        self.stir(changed=False)

    async def _request(self, delivery: Delivery) -> tuple[int, str]:
        async with self.session.post(
            delivery.url, data=delivery.body, headers=delivery.headers, allow_redirects=False
        ) as answer:
            return answer.status, await answer.text(errors="replace")


def uploads(report: Json) -> list[Upload]:
    """The files of a report that `control.read_report` has accepted; `size` alone makes that many bytes."""
    return [Upload(file["name"], file["content_type"], _content(file)) for file in report.get("files") or []]


def _content(file: Json) -> bytes:
    if isinstance(file.get("content_base64"), str):
        return base64.b64decode(file["content_base64"])
    if isinstance(file.get("content"), str):
        return str(file["content"]).encode("utf-8", "surrogatepass")
    return (b"sandbox " * (int(file["size"]) // 8 + 1))[: int(file["size"])]


def row(one: Any) -> Json:
    """The fields of a dataclass by name, as they are."""
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def readable(body: bytes) -> object:
    """A body as JSON where it is JSON, else as text."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def wire(payload: Json, *, ascii_only: bool) -> bytes:
    """JSON as it travels: escaped where a platform does so, or where a lone surrogate leaves no other way."""
    if not ascii_only:
        try:
            return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            pass
    return json.dumps(payload, separators=(",", ":")).encode()


def signing_secret(setting: SecretStr) -> str:
    """A platform signs with one secret: the first, where the hub lets in several."""
    return setting.get_secret_value().split(",")[0].strip()


def _stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
