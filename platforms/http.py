"""One HTTP call with one deadline, its failures in our words, and a guard around downloads."""

import asyncio
import ipaddress
import json
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx2

from platforms import calls
from platforms.errors import FIND_OUT, WAIT, PlatformError, Refused, Unreachable, Unsure

CONNECT_SECONDS = 3.0
ANSWER_LIMIT = 8 * 1024 * 1024
ADDRESSES_TRIED = 3
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

CHECK = f"check the network, or {WAIT}"
LOOK_THERE = "look at it where it was sent"
BAD_ADDRESS = f"The attachment's address is no address: {LOOK_THERE}."

NAMES = {"whatsapp": "WhatsApp", "openai": "OpenAI", "in_app": "In-app"}

NEVER_LEFT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
    httpx2.InvalidURL,
)

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status. `headers` ignores case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    platform: str
    sends: bool = False

    def json(self) -> Any:
        """The body read as JSON; Unsure or Unreachable when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise _failure(
                f"{named(self.platform)} answered {self.status} with something that is not JSON",
                platform=self.platform,
                done=self.sends,
            ) from error

    def peek(self) -> dict[str, Any]:
        """The body's JSON object, or {} when there is none: an error page may be a proxy's."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def is_ok(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_throttled(self) -> bool:
        """Nothing was done, come back: 429, or 503 that says when."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return True
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE and self.retry_after is not None

    @property
    def is_failure(self) -> bool:
        """The other side failed; whether something was done is for its body to say."""
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status == HTTPStatus.REQUEST_TIMEOUT

    @property
    def outcome(self) -> str:
        """For counting, in the words of our errors."""
        if self.is_throttled:
            return "rate_limited"
        return "ok" if self.is_ok else "failed" if self.is_failure else "refused"

    @property
    def retry_after(self) -> float | None:
        """What the Retry-After header says in seconds (it may also be a date), None when it says nothing usable."""
        said = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", said):
            return float(said)
        try:
            return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError):
            return None


@cache
def certificates() -> ssl.SSLContext:
    """Whom every client of this process trusts: as the machine does, or SSL_CERT_FILE. Read once: it takes 30 ms."""
    return httpx2.create_ssl_context()


class Http:
    """One connection pool per process. Redirects are never followed; `seconds` bounds a whole call."""

    def __init__(
        self,
        *,
        seconds: float = 10.0,
        connect_seconds: float = CONNECT_SECONDS,
        trust_env: bool = True,
        resolve: Resolve | None = None,
    ) -> None:
        self._seconds = seconds
        self._resolve = resolve or _addresses
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(seconds, connect=connect_seconds, pool=connect_seconds),
            follow_redirects=False,
            trust_env=trust_env,
            verify=certificates(),
            headers={"User-Agent": "feedback-hub"},
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def call(
        self,
        method: str,
        url: str,
        *,
        platform: str,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        seconds: float | None = None,
        sends: bool = False,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """One request, no retry. `sends`: the request tells somebody something and must not be repeated blindly.

        Raises Unreachable when nothing left, Unsure when a sending request left and no whole answer came. It does
        not judge statuses.
        """
        return await self._talk(
            method,
            url,
            platform=platform,
            headers=headers,
            seconds=seconds,
            sends=sends,
            limit=limit,
            raw=False,
            extensions={},
            json=json,
            params=params,
            data=data,
        )

    async def download(
        self,
        url: str,
        *,
        platform: str,
        limit: int,
        allowed: Callable[[str], bool],
        headers: Mapping[str, str] | None = None,
        trusted: str = "",
        seconds: float | None = None,
    ) -> bytes:
        """The bytes behind `url`, at most `limit`; Refused when larger, redirected or not `allowed`.

        Outside addresses must be https on the default port and public, and the address that was checked is the
        one connected to. An address on the origin of `trusted` (a base URL the operator set) is taken as it is.
        """
        target = _parsed(url, platform)
        if not (allowed(url) and allowed(str(target))):
            raise Refused(
                f"{target.host} is not a host of {named(platform)}, so the attachment was not fetched: {LOOK_THERE}.",
                platform=platform,
                code="foreign_host",
            )
        if trusted and _origin(target) == _origin(httpx2.URL(trusted)):
            return await self._fetch(url, _Wanted(platform, dict(headers or {}), limit, seconds))
        return await self._fetch_checked(target, _Wanted(platform, dict(headers or {}), limit, seconds))

    async def _fetch_checked(self, target: httpx2.URL, wanted: "_Wanted") -> bytes:
        addresses = await self._checked_addresses(target, wanted.platform)
        for address in addresses[:-1]:
            try:
                return await self._fetch_at(address, target, wanted)
            except Unreachable:
                continue
        return await self._fetch_at(addresses[-1], target, wanted)

    async def _checked_addresses(self, target: httpx2.URL, platform: str) -> Sequence[str]:
        if target.scheme != "https" or target.port not in (None, 443):
            raise Refused(
                f"The attachment's address is not https on the default port, so it was not fetched: {LOOK_THERE}.",
                platform=platform,
                code="not_https",
            )
        try:
            addresses = await asyncio.wait_for(self._resolve(target.host, 443), CONNECT_SECONDS)
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"The host {target.host} has no address: {CHECK}.", platform=platform) from error
        if not addresses:
            raise Unreachable(f"The host {target.host} has no address: {CHECK}.", platform=platform)
        if not all(is_public(address) for address in addresses):
            raise Refused(
                f"The host {target.host} leads to a private address, so nothing was fetched: {LOOK_THERE}.",
                platform=platform,
                code="private_address",
            )
        return addresses[:ADDRESSES_TRIED]

    async def _fetch_at(self, address: str, target: httpx2.URL, wanted: "_Wanted") -> bytes:
        """Connect to the address that was checked, as the host that was meant.

        The pool knows a connection by its address only, so it is closed afterwards: the next host behind the same
        address must show its own certificate.
        """
        headers = {**wanted.headers, "Host": target.netloc.decode("ascii"), "Connection": "close"}
        pinned = str(target.copy_with(host=address))
        return await self._fetch(pinned, replace(wanted, headers=headers), server=target.host)

    async def _fetch(self, url: str, wanted: "_Wanted", *, server: str = "") -> bytes:
        answer = await self._talk(
            "GET",
            url,
            platform=wanted.platform,
            headers={**wanted.headers, "Accept-Encoding": "identity"},
            seconds=wanted.seconds,
            sends=False,
            limit=wanted.limit,
            raw=True,
            extensions={"sni_hostname": server} if server else {},
        )
        # A compressed answer nobody asked for could unpack to any size.
        if answer.status == HTTPStatus.OK and "content-encoding" not in answer.headers:
            return answer.body
        raise _not_fetched(answer)

    async def _talk(self, method: str, url: str, *, platform: str, **form: Any) -> Answer:
        with calls.counted(platform) as call:
            answer = await self._asked(method, url, platform=platform, **form)
            call.outcome = answer.outcome
        return answer

    async def _asked(
        self,
        method: str,
        url: str,
        *,
        platform: str,
        headers: Mapping[str, str] | None,
        seconds: float | None,
        sends: bool,
        limit: int,
        raw: bool,
        extensions: Mapping[str, Any],
        **form: Any,
    ) -> Answer:
        left = _Left()
        watched = {**extensions, "trace": left.trace}
        try:
            async with asyncio.timeout(seconds or self._seconds):
                request = self._client.stream(method, url, headers=headers, extensions=watched, **form)
                async with request as response:
                    body = await _body(response, limit, platform, sends=sends, raw=raw)
                    return Answer(
                        status=response.status_code,
                        headers=response.headers,
                        body=body,
                        platform=platform,
                        sends=sends,
                    )
        except NEVER_LEFT as error:
            raise _not_reached(platform, error) from error
        except (httpx2.HTTPError, TimeoutError) as error:
            if not left.yes:
                raise _not_reached(platform, error) from error
            sentence = _said(platform, "gave no whole answer", error)
            raise _failure(sentence, platform=platform, done=sends) from error


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a download asks for, whichever address it is asked of."""

    platform: str
    headers: Mapping[str, str]
    limit: int
    seconds: float | None


class _Left:
    """Whether the request's first byte has gone out."""

    def __init__(self) -> None:
        self.yes = False

    async def trace(self, event: str, _facts: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self.yes = True


async def _body(response: httpx2.Response, limit: int, platform: str, *, sends: bool, raw: bool) -> bytes:
    chunks, size = [], 0
    async for chunk in response.aiter_raw() if raw else response.aiter_bytes():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit, platform, sends=sends, raw=raw)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limit: int, platform: str, *, sends: bool, raw: bool) -> PlatformError:
    sentence = f"What {named(platform)} answered is larger than {limit} bytes and was not read to its end"
    if raw:
        return Refused(f"{sentence}: {LOOK_THERE}.", platform=platform, code="too_large")
    return _failure(sentence, platform=platform, done=sends)


def _failure(sentence: str, *, platform: str, done: bool) -> PlatformError:
    """`done`: what was asked for may have happened. `sentence` comes without its full stop."""
    if done:
        return Unsure(f"{sentence} and the message may have arrived: {FIND_OUT}.", platform=platform)
    return Unreachable(f"{sentence}: {WAIT}.", platform=platform)


def _not_reached(platform: str, error: BaseException) -> Unreachable:
    return Unreachable(f"{_said(platform, 'could not be reached', error)}: {CHECK}.", platform=platform)


def _not_fetched(answer: Answer) -> PlatformError:
    sentence = f"{named(answer.platform)} answered {answer.status} when the attachment was fetched"
    if answer.is_failure or answer.is_throttled:
        return Unreachable(f"{sentence}: {WAIT}.", platform=answer.platform, code=str(answer.status))
    return Refused(f"{sentence}: {LOOK_THERE}.", platform=answer.platform, code=str(answer.status))


def _parsed(url: str, platform: str) -> httpx2.URL:
    try:
        target = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError, ValueError) as error:
        raise Refused(BAD_ADDRESS, platform=platform, code="bad_url") from error
    if not target.host or target.userinfo:
        raise Refused(BAD_ADDRESS, platform=platform, code="bad_url")
    return target


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def is_public(address: str) -> bool:
    """Whether the world may be sent there: no private, loopback, link-local, shared, reserved or mapped address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found.ipv4_mapped or found.sixtofour or found.teredo or found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


async def _addresses(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _said(platform: str, what: str, error: BaseException) -> str:
    return f"{named(platform)} {what} ({type(error).__name__})"


def named(platform: str) -> str:
    """The platform's name as people write it."""
    return NAMES.get(platform, platform.capitalize())
