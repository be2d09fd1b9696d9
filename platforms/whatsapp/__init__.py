"""WhatsApp as a channel: the Cloud API's messages and receipts in, session texts and the template out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from pydantic import SecretStr

from hub.channel import File, Headers, Letter, Message, Profile, Reading
from hub.errors import ChannelOff
from platforms import signature
from platforms.checking import Probe
from platforms.errors import CannotTell
from platforms.http import Http
from platforms.limits import Limits
from platforms.whatsapp import checks, report
from platforms.whatsapp import letter as letters
from platforms.whatsapp.client import NAME, WhatsAppClient


class WhatsAppSettings(letters.Template, checks.Given, Protocol):
    @property
    def whatsapp_api_token(self) -> SecretStr: ...
    @property
    def whatsapp_webhook_secret(self) -> SecretStr: ...
    @property
    def whatsapp_phone_number_id(self) -> str: ...
    @property
    def whatsapp_base_url(self) -> str: ...
    @property
    def whatsapp_version(self) -> str: ...
    @property
    def whatsapp_burst_seconds(self) -> int: ...
    @property
    def whatsapp_messages_per_second(self) -> float: ...
    @property
    def whatsapp_pair_messages_per_minute(self) -> float: ...
    @property
    def request_seconds(self) -> float: ...


def open_channel(settings: WhatsAppSettings, http: Http, limits: Limits) -> "WhatsAppChannel":
    token = settings.whatsapp_api_token.get_secret_value()
    client = WhatsAppClient(
        token,
        base_url=settings.whatsapp_base_url,
        version=settings.whatsapp_version,
        seconds=settings.request_seconds,
        messages_per_second=settings.whatsapp_messages_per_second,
        pair_messages_per_minute=settings.whatsapp_pair_messages_per_minute,
        http=http,
        limits=limits,
    )
    return WhatsAppChannel(settings, client)


class WhatsAppChannel:
    name = NAME
    accepts = frozenset({"application/json"})
    max_body = 3 * 1024 * 1024

    def __init__(self, settings: WhatsAppSettings, client: WhatsAppClient) -> None:
        self.client = client
        self._settings = settings
        self._secret = settings.whatsapp_webhook_secret.get_secret_value()
        given = {
            "WHATSAPP_WEBHOOK_SECRET": self._secret,
            "WHATSAPP_API_TOKEN": settings.whatsapp_api_token.get_secret_value(),
        }
        self._missing = [name for name, value in given.items() if not signature.is_set(value)]

    @property
    def off(self) -> str | None:
        return f"WhatsApp is off: set {' and '.join(self._missing)}." if self._missing else None

    def verify(self, headers: Headers, body: bytes, now: datetime) -> None:
        """Meta's "Webhooks: validate payloads": HMAC-SHA256 of the raw body, keyed by the app secret."""
        if self.off:
            raise ChannelOff(self.off)
        signature.verify(
            body,
            headers.get("x-hub-signature-256", ()),
            secret=self._secret,
            algorithm="sha256",
            prefix="sha256=",
            setting="WHATSAPP_WEBHOOK_SECRET",
        )

    def read(self, payload: Any) -> list[Reading]:
        return report.read(
            payload,
            phone_number_id=self._settings.whatsapp_phone_number_id,
            burst_seconds=self._settings.whatsapp_burst_seconds,
        )

    def compose(self, letter: Letter, now: datetime) -> Message:
        return letters.compose(letter, now, template=self._settings)

    async def send(self, message: Message) -> str:
        return await self.client.send(message)

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        raise CannotTell(
            "WhatsApp cannot be asked whether a message was sent: wait for its receipt or ask the person.",
            platform=NAME,
        )

    async def check(self) -> None:
        """Without a number's id there is nothing to ask for: numbers then are those that deliveries name."""
        if self._settings.whatsapp_phone_number_id:
            await self.client.check(self._settings.whatsapp_phone_number_id)

    def probes(self) -> Sequence[Probe]:
        return checks.probes(self.client, self._settings)

    async def profile(self, account_id: str) -> Profile | None:
        return None

    def may_fetch(self, url: str) -> bool:
        return self.client.may_fetch(url)

    async def fetch(self, file: File, limit: int) -> bytes:
        return await self.client.fetch(file, self._settings.whatsapp_phone_number_id, limit)

    async def aclose(self) -> None:
        """Nothing of its own is open: the connections are those of the process."""
