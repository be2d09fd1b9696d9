"""Slack as a channel: reports from messages, forms and workflows; letters into threads and direct messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from hub.channel import File, Headers, Letter, Message, Profile, Reading
from hub.errors import ChannelOff
from platforms import signature
from platforms.checking import Probe
from platforms.http import Http
from platforms.limits import Limits
from platforms.slack import checks, directory, report
from platforms.slack import letter as letters
from platforms.slack.client import SlackClient
from platforms.slack.refusals import NAME


class SlackSettings(checks.Given, Protocol):
    @property
    def slack_bot_token(self) -> SecretStr: ...
    @property
    def slack_base_url(self) -> str: ...
    @property
    def slack_posts_per_second(self) -> float: ...
    @property
    def slack_updates_per_minute(self) -> float: ...
    @property
    def request_seconds(self) -> float: ...


def open_channel(settings: SlackSettings, http: Http, limits: Limits) -> "SlackChannel":
    token = settings.slack_bot_token.get_secret_value()
    client = SlackClient(
        token,
        base_url=settings.slack_base_url,
        seconds=settings.request_seconds,
        posts_per_second=settings.slack_posts_per_second,
        updates_per_minute=settings.slack_updates_per_minute,
        http=http,
        limits=limits,
    )
    return SlackChannel(client, settings)


class SlackChannel:
    name = NAME
    accepts = frozenset({"application/json", "application/x-www-form-urlencoded"})
    max_body = 1024 * 1024

    def __init__(self, client: SlackClient, settings: SlackSettings) -> None:
        self.client = client
        self._settings = settings
        self._secret = settings.slack_signing_secret.get_secret_value()

    @property
    def off(self) -> str | None:
        """Without a way in, which is signed or a socket of our own, or without a token there is no channel."""
        has_token = signature.is_set(self._settings.slack_bot_token.get_secret_value())
        has_socket = signature.is_set(self._settings.slack_app_token.get_secret_value())
        has_way_in = has_socket or signature.is_set(self._secret)
        if has_token and has_way_in:
            return None
        if has_way_in:
            return "Slack is off: set SLACK_BOT_TOKEN."
        missing = "SLACK_SIGNING_SECRET" if has_token else "SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN"
        return f"Slack is off: set {missing} (with Socket Mode SLACK_APP_TOKEN in place of the signing secret)."

    def verify(self, headers: Headers, body: bytes, now: datetime) -> None:
        if self.off:
            raise ChannelOff(self.off)
        signature.verify_slack(
            body,
            headers.get("x-slack-signature", ()),
            headers.get("x-slack-request-timestamp", ()),
            secret=self._secret,
            now=now,
        )

    def read(self, payload: Any) -> list[Reading]:
        return report.read(payload)

    def compose(self, letter: Letter, now: datetime) -> Message:
        return letters.compose(letter)

    async def send(self, message: Message) -> str:
        """The id is `channel:ts` of the posted message."""
        return ":".join(await self.client.post(message.request))

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        """Look for the letter's id in the conversation it went to, from the report it answers onwards."""
        request = message.request
        channel = request["channel"]
        if not letter.place.get("channel"):
            channel = await self.client.open_direct(channel)
        posted = await self.client.find_posted(
            channel=channel,
            notification_id=letter.notification_id,
            thread_ts=request.get("thread_ts"),
            since=letter.place.get("thread_ts") or letter.place.get("ts"),
        )
        return ":".join(posted) if posted else None

    async def check(self) -> None:
        await self.client.check()

    def probes(self) -> Sequence[Probe]:
        return checks.probes(self.client, self._settings)

    async def profile(self, account_id: str) -> Profile | None:
        return await directory.profile(self.client, account_id)

    def may_fetch(self, url: str) -> bool:
        return self.client.may_fetch(url)

    async def fetch(self, file: File, limit: int) -> bytes:
        return await self.client.fetch(file, limit)

    async def aclose(self) -> None:
        await self.client.aclose()
