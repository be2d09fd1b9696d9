"""The toy as a channel: a made-up platform, added as CONTRIBUTING.md says. A real one stands in platforms/."""

from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from hub.channel import File, Headers, Letter, Message, Profile, Reading
from hub.errors import ChannelOff
from platforms import signature
from platforms.http import Http
from platforms.limits import Limits
from platforms.toy import letter as letters
from platforms.toy import report
from platforms.toy.client import NAME, ToyClient


class ToySettings(Protocol):
    @property
    def toy_token(self) -> SecretStr: ...
    @property
    def toy_webhook_secret(self) -> SecretStr: ...
    @property
    def toy_base_url(self) -> str: ...
    @property
    def toy_messages_per_second(self) -> float: ...
    @property
    def request_seconds(self) -> float: ...


def open_channel(settings: ToySettings, http: Http, limits: Limits) -> "ToyChannel":
    token = settings.toy_token.get_secret_value().strip()
    client = ToyClient(
        token,
        base_url=settings.toy_base_url,
        seconds=settings.request_seconds,
        messages_per_second=settings.toy_messages_per_second,
        http=http,
        limits=limits,
    )
    return ToyChannel(client, token=token, secret=settings.toy_webhook_secret.get_secret_value())


class ToyChannel:
    name = NAME
    accepts = frozenset({"application/json"})
    max_body = 1024 * 1024

    def __init__(self, client: ToyClient, *, token: str, secret: str) -> None:
        self.client = client
        given = {"TOY_WEBHOOK_SECRET": secret, "TOY_TOKEN": token}
        self._missing = [name for name, value in given.items() if not signature.is_set(value)]
        self._secret = secret

    @property
    def off(self) -> str | None:
        return f"Toy is off: set {' and '.join(self._missing)}." if self._missing else None

    def verify(self, headers: Headers, body: bytes, now: datetime) -> None:
        if self.off:
            raise ChannelOff(self.off)
        signature.verify(
            body,
            headers.get("x-toy-signature", ()),
            secret=self._secret,
            algorithm="sha256",
            prefix="sha256=",
            setting="TOY_WEBHOOK_SECRET",
        )

    def read(self, payload: Any) -> list[Reading]:
        return report.read(payload)

    def compose(self, letter: Letter, now: datetime) -> Message:
        return letters.compose(letter)

    async def send(self, message: Message) -> str:
        return await self.client.send(message)

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        return await self.client.find_sent(letter.notification_id)

    async def check(self) -> None:
        await self.client.check()

    async def profile(self, account_id: str) -> Profile | None:
        return await self.client.profile(account_id)

    def may_fetch(self, url: str) -> bool:
        return self.client.may_fetch(url)

    async def fetch(self, file: File, limit: int) -> bytes:
        return await self.client.fetch(file.source, limit)

    async def aclose(self) -> None:
        """Nothing of its own is open: the connections are those of the process."""
