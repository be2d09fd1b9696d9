"""Slack's Web API through slack_sdk: our time limits, our retries, our words for what went wrong."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from hub.channel import File, Json
from platforms import calls
from platforms.errors import WAIT, CannotTell, RateLimited, Refused, Unreachable, Unsure
from platforms.http import Http
from platforms.limits import Limits, burst
from platforms.slack import refusals
from platforms.slack.refusals import NAME

_CONNECT_SECONDS = 3.0
_FILE_HOST = "files.slack.com"
_OWN_MACHINE = ("127.0.0.1", "localhost", "::1")
_PAGE = 200
_PAGES = 50
_BURST_SECONDS = 4
"""Slack's "Rate limits" allows short bursts above the rate of a channel."""
_UPDATE_BURST_SECONDS = 30
_PAUSE = 30.0
"""How long a 429 without Retry-After closes the bucket of edits."""


class Posted(NamedTuple):
    """Where a message stands: the channel Slack chose (a DM's own id) and the message's ts."""

    channel: str
    ts: str


class SlackClient:
    """One workspace's Web API. Every method raises platforms.errors, posts and edits also limits' Later."""

    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        seconds: float,
        posts_per_second: float,
        updates_per_minute: float,
        http: Http,
        limits: Limits,
    ) -> None:
        self._token = token
        self._base = base_url
        self._trusted = "" if urlsplit(base_url).hostname == "slack.com" else base_url
        self._seconds = seconds
        self._rate, self._burst = posts_per_second, burst(posts_per_second, seconds=_BURST_SECONDS)
        self._update_rate = updates_per_minute / 60
        self._update_burst = burst(self._update_rate, seconds=_UPDATE_BURST_SECONDS)
        self._update_bucket = "slack:update:" + hashlib.sha256(token.encode()).hexdigest()[:12]
        self._http = http
        self._limits = limits
        self._web: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._identity: Json | None = None

    @property
    def web(self) -> AsyncWebClient:
        """slack_sdk's client on our one session; its own retries are off (they post twice when a reply is lost)."""
        if self._web is None:
            limit = aiohttp.ClientTimeout(total=self._seconds, connect=min(_CONNECT_SECONDS, self._seconds))
            self._session = aiohttp.ClientSession(timeout=limit)
            self._web = AsyncWebClient(
                self._token,
                base_url=self._base,
                session=self._session,
                retry_handlers=[],
                timeout=int(self._seconds) or 1,
            )
            if urlsplit(self._base).hostname in _OWN_MACHINE:
                self._web.proxy = None  # slack_sdk sends even loopback addresses through HTTPS_PROXY
        return self._web

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
        self._web = self._session = None

    async def post(self, arguments: Json) -> Posted:
        """chat.postMessage; Unsure when it may have been posted."""
        bucket = f"slack:post:{arguments['channel']}"
        await self._limits.take(bucket, rate=self._rate, burst=self._burst, turn=_notification_of(arguments))
        quiet = {"unfurl_links": False, "unfurl_media": False, **arguments}
        try:
            answer = await self._call("chat.postMessage", json=quiet, creates=True)
        except RateLimited as limited:
            await self._limits.close(bucket, limited.retry_after or 1.0)
            raise
        return _posted(answer)

    async def update(self, *, channel: str, ts: str, text: str, blocks: Sequence[Json]) -> None:
        """chat.update; text and blocks always go together, because text alone removes the blocks."""
        await self._limits.take(
            self._update_bucket, rate=self._update_rate, burst=self._update_burst, turn=f"{channel}:{ts}"
        )
        arguments = {"channel": channel, "ts": ts, "text": text, "blocks": list(blocks)}
        try:
            await self._call("chat.update", json=arguments)
        except RateLimited as limited:
            await self._limits.close(self._update_bucket, limited.retry_after or _PAUSE)
            raise

    async def post_ephemeral(self, *, channel: str, user: str, text: str, blocks: Sequence[Json] = ()) -> None:
        """chat.postEphemeral: not guaranteed to be seen, gone at a reload; nothing needed may depend on it."""
        optional = {"blocks": list(blocks) or None}
        await self._call("chat.postEphemeral", json=_given(channel=channel, user=user, text=text, **optional))

    async def find_posted(
        self, *, channel: str, notification_id: str, thread_ts: str | None = None, since: str | None = None
    ) -> Posted | None:
        """Our message with this notification id in its metadata, None if the channel surely has none.

        Looks at what was written after `since` (a ts), newest 10,000; CannotTell beyond them or when Slack
        does not let us look. Reading metadata needs the scope metadata.message:read.
        """
        try:
            async for message in self._written(channel, thread_ts, since):
                if _notification_of(message) == notification_id:
                    return Posted(channel, message["ts"])
        except Refused as refused:
            raise CannotTell(refused.message, platform=NAME, code=refused.code) from refused
        return None

    async def _written(self, channel: str, thread_ts: str | None, since: str | None) -> AsyncIterator[Json]:
        method = "conversations.replies" if thread_ts else "conversations.history"
        arguments = _given(
            channel=channel, ts=thread_ts, oldest=since, inclusive=True, include_all_metadata=True, limit=_PAGE
        )
        async for message in self._pages(method, "messages", arguments):
            if isinstance(message, dict):
                yield message

    async def message_at(self, channel: str, ts: str) -> Json | None:
        """The message with this `ts`, on top or in a thread; None when it is gone."""
        for method, where in (("conversations.history", "latest"), ("conversations.replies", "ts")):
            arguments = _given(channel=channel, inclusive=True, limit=1, **{where: ts})
            try:
                answer = await self._call(method, verb="GET", params=arguments)
            except Refused as refused:
                if refused.code in ("thread_not_found", "message_not_found"):
                    continue
                raise
            found = [one for one in answer.get("messages") or [] if isinstance(one, dict) and one.get("ts") == ts]
            if found:
                return found[0]
        return None

    async def open_view(self, trigger_id: str, view: Json) -> Json:
        return await self._view("views.open", trigger_id=trigger_id, view=view)

    async def push_view(self, trigger_id: str, view: Json) -> Json:
        return await self._view("views.push", trigger_id=trigger_id, view=view)

    async def update_view(self, view_id: str, view: Json, *, seen: str | None = None) -> Json:
        """`seen` is the hash of the view the change is based on; Refused with hash_conflict if it is not the last."""
        return await self._view("views.update", view_id=view_id, view=view, hash=seen)

    async def publish_view(self, user: str, view: Json, *, seen: str | None = None) -> Json:
        return await self._view("views.publish", user_id=user, view=view, hash=seen)

    async def _view(self, method: str, **arguments: Any) -> Json:
        answer = await self._call(method, json=_given(**arguments))
        view = answer.get("view")
        return view if isinstance(view, dict) else {}

    async def check(self) -> None:
        """auth.test, asked anew."""
        await self._call("auth.test")

    async def granted(self) -> tuple[Json, frozenset[str] | None]:
        """auth.test, asked anew, and the token's scopes, which Slack names in a header; None where it does not."""
        answer = await self._answered("auth.test")
        named = answer.headers.get("x-oauth-scopes")
        scopes = frozenset(one.strip() for one in named.split(",")) - {""} if named is not None else None
        return _content(answer), scopes

    async def open_socket(self, app_token: str) -> str:
        """apps.connections.open: the address of a WebSocket, good once and soon. Needs an app-level token."""
        try:
            answer = await self._call("apps.connections.open", params={"token": app_token})
        except Refused as refused:
            raise Refused(
                f"Slack opens no socket ({refused.code}): is SLACK_APP_TOKEN an app-level token with the scope"
                " connections:write, and Socket Mode switched on in the app's settings?",
                platform=NAME,
                code=refused.code,
            ) from None
        url = answer.get("url")
        if not isinstance(url, str) or not url.startswith("ws" if self._trusted else "wss://"):
            raise Unreachable("Slack named no address for a socket.", platform=NAME, code="no_url")
        return url

    async def channel(self, channel: str) -> Json:
        """conversations.info: `name`, `is_member`, `is_archived`."""
        answer = await self._call("conversations.info", verb="GET", params={"channel": channel})
        found = answer.get("channel")
        return found if isinstance(found, dict) else {}

    async def identity(self) -> Json:
        """auth.test, asked once: `team_id`, our `user_id` and `bot_id`."""
        if self._identity is None:
            self._identity = await self._call("auth.test")
        return self._identity

    async def user(self, user: str) -> Json | None:
        """users.info; None for an id Slack does not know."""
        try:
            answer = await self._call("users.info", verb="GET", params={"user": user, "include_locale": True})
        except Refused as refused:
            if refused.code in ("user_not_found", "user_not_visible"):
                return None
            raise
        found = answer.get("user")
        return found if isinstance(found, dict) else None

    async def usergroups(self) -> list[Json]:
        answer = await self._call("usergroups.list", verb="GET", params={})
        return [group for group in answer.get("usergroups") or [] if isinstance(group, dict)]

    async def usergroup_members(self, usergroup: str) -> list[str]:
        answer = await self._call("usergroups.users.list", verb="GET", params={"usergroup": usergroup})
        return [user for user in answer.get("users") or [] if isinstance(user, str)]

    async def channel_members(self, channel: str) -> list[str]:
        pages = self._pages("conversations.members", "members", {"channel": channel, "limit": _PAGE})
        return [user async for user in pages if isinstance(user, str)]

    async def open_direct(self, user: str) -> str:
        """The id of the direct-message channel with this person."""
        answer = await self._call("conversations.open", json={"users": user})
        channel = answer.get("channel")
        if not isinstance(channel, dict) or not isinstance(channel.get("id"), str):
            raise Unreachable(f"Slack opened no direct message: {WAIT}.", platform=NAME)
        return str(channel["id"])

    def may_fetch(self, url: str) -> bool:
        """Only Slack's file host over https, or the played workspace's own address, may see our token."""
        try:
            parts = urlsplit(url)
            plain = parts.username is None and parts.password is None and parts.port in (None, 443)
        except ValueError:
            return False
        if self._trusted and parts[:2] == urlsplit(self._trusted)[:2]:
            return True
        return plain and parts.scheme == "https" and parts.hostname == _FILE_HOST

    async def fetch(self, file: File, limit: int) -> bytes:
        return await self._http.download(
            file.source,
            platform=NAME,
            headers={"Authorization": f"Bearer {self._token}"},
            limit=limit,
            allowed=self.may_fetch,
            trusted=self._trusted,
        )

    async def _pages(self, method: str, key: str, arguments: Json) -> AsyncIterator[Any]:
        cursor = ""
        for _ in range(_PAGES):
            params = {**arguments, "cursor": cursor} if cursor else arguments
            answer = await self._call(method, verb="GET", params=params)
            for item in answer.get(key) or []:
                yield item
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
        raise CannotTell(f"{method} has more than {_PAGES * _PAGE} entries.", platform=NAME, code="too_many")

    async def _call(
        self,
        method: str,
        *,
        verb: str = "POST",
        json: Json | None = None,
        params: Json | None = None,
        creates: bool = False,
    ) -> Json:
        """`creates`: doing it twice would be seen, so an unknown outcome is Unsure and not Unreachable."""
        return _content(await self._answered(method, verb, json, params, creates=creates))

    async def _answered(
        self,
        method: str,
        verb: str = "POST",
        json: Json | None = None,
        params: Json | None = None,
        *,
        creates: bool = False,
    ) -> AsyncSlackResponse:
        if not self._token:
            raise refusals.refused("not_authed", method)
        with calls.counted(NAME):
            return await self._asked(method, verb, json, params, Unsure if creates else Unreachable)

    async def _asked(
        self, method: str, verb: str, json: Json | None, params: Json | None, unknown: type[Unsure | Unreachable]
    ) -> AsyncSlackResponse:
        try:
            return await self.web.api_call(method, http_verb=verb, json=json, params=params)
        except SlackApiError as error:
            raise refusals.translated(error.response, method, unknown) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"Slack could not be reached: check the network, or {WAIT}.", platform=NAME) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise refusals.lost("Slack did not answer in time", unknown, code="no_answer") from error
        except (ValueError, AttributeError, RecursionError) as error:
            raise refusals.lost("Slack answered something that is not JSON", unknown, code="not_json") from error


def _content(answer: AsyncSlackResponse) -> Json:
    return dict(answer.data) if isinstance(answer.data, dict) else {}


def _posted(answer: Json) -> Posted:
    channel, ts = answer.get("channel"), answer.get("ts")
    if not isinstance(channel, str) or not isinstance(ts, str):
        raise refusals.lost("Slack took the message and did not say where it is", Unsure, code="no_ts")
    return Posted(channel, ts)


def _notification_of(message: Json) -> str | None:
    metadata = message.get("metadata")
    content = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return content.get("notification_id") if isinstance(content, dict) else None


def _given(**arguments: Any) -> Json:
    return {key: value for key, value in arguments.items() if value is not None}
