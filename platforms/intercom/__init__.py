"""Intercom as a channel: conversations and tickets in, replies of a teammate out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from hub.channel import File, Headers, Letter, Message, Profile, Reading
from hub.errors import ChannelOff
from platforms import signature
from platforms.checking import Probe
from platforms.http import Http
from platforms.intercom import checks, report
from platforms.intercom import letter as letters
from platforms.intercom.client import IntercomClient
from platforms.intercom.refusals import NAME
from platforms.limits import Limits


class IntercomSettings(Protocol):
    @property
    def intercom_api_token(self) -> SecretStr: ...
    @property
    def intercom_webhook_secret(self) -> SecretStr: ...
    @property
    def intercom_admin_id(self) -> str: ...
    @property
    def intercom_app_id(self) -> str: ...
    @property
    def intercom_base_url(self) -> str: ...
    @property
    def intercom_version(self) -> str: ...
    @property
    def intercom_requests_per_second(self) -> float: ...
    @property
    def request_seconds(self) -> float: ...


def open_channel(settings: IntercomSettings, http: Http, limits: Limits) -> "IntercomChannel":
    token = settings.intercom_api_token.get_secret_value()
    client = IntercomClient(
        token,
        base_url=settings.intercom_base_url,
        version=settings.intercom_version,
        admin_id=settings.intercom_admin_id,
        seconds=settings.request_seconds,
        requests_per_second=settings.intercom_requests_per_second,
        http=http,
        limits=limits,
    )
    return IntercomChannel(
        client,
        token=token,
        secret=settings.intercom_webhook_secret.get_secret_value(),
        admin_id=settings.intercom_admin_id,
        app_id=settings.intercom_app_id,
    )


class IntercomChannel:
    name = NAME
    accepts = frozenset({"application/json"})
    max_body = 1024 * 1024

    def __init__(self, client: IntercomClient, *, token: str, secret: str, admin_id: str, app_id: str) -> None:
        self.client = client
        given = {"INTERCOM_WEBHOOK_SECRET": secret, "INTERCOM_API_TOKEN": token}
        self._missing = [name for name, value in given.items() if not signature.is_set(value)]
        self._secret = secret
        self._admin_id = admin_id
        self._app_id = app_id

    @property
    def off(self) -> str | None:
        return f"Intercom is off: set {' and '.join(self._missing)}." if self._missing else None

    def verify(self, headers: Headers, body: bytes, now: datetime) -> None:
        """Intercom's "Signed notifications": HMAC-SHA1 of the raw body, keyed by the app's client secret."""
        if self.off:
            raise ChannelOff(self.off)
        signature.verify(
            body,
            headers.get("x-hub-signature", ()),
            secret=self._secret,
            algorithm="sha1",
            prefix="sha1=",
            setting="INTERCOM_WEBHOOK_SECRET",
        )

    def read(self, payload: Any) -> list[Reading]:
        return report.read(payload, app_id=self._app_id)

    def compose(self, letter: Letter, now: datetime) -> Message:
        return letters.compose(letter, admin_id=self._admin_id)

    async def send(self, message: Message) -> str:
        return await self.client.send(message)

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        return await self.client.find_sent(letter, message)

    async def check(self) -> None:
        await self.client.check()

    def probes(self) -> Sequence[Probe]:
        return checks.probes(self.client, admin_id=self._admin_id, app_id=self._app_id)

    async def profile(self, account_id: str) -> Profile | None:
        found = await self.client.profile(account_id.rpartition(":")[2])
        return replace(found, account_id=account_id) if found else None

    def may_fetch(self, url: str) -> bool:
        return self.client.may_fetch(url)

    async def fetch(self, file: File, limit: int) -> bytes:
        return await self.client.fetch(file.source, limit)

    async def aclose(self) -> None:
        """Nothing of its own is open: the connections are those of the process."""
