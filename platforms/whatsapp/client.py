"""Talking to Meta's Graph API: one request, one judgement, no second try."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from hub.channel import File, Json, Message
from platforms.errors import (
    ANOTHER_WAY,
    FIND_OUT,
    WAIT,
    PlatformError,
    RateLimited,
    Refused,
    Restricted,
    Unreachable,
    Unsure,
    WindowClosed,
)
from platforms.http import Answer, Http
from platforms.limits import Limits, burst
from platforms.payload import child, children, find_identifier, whole, words
from platforms.whatsapp import refusals

NAME = "whatsapp"
PAIR_BURST_SECONDS = 18.0
NUMBER_BURST_SECONDS = 0.5
PAIR_PAUSE = 6.0
NUMBER_PAUSE = 10.0
MEDIA_HOST = "lookaside.fbsbx.com"


class WhatsAppClient:
    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        version: str,
        seconds: float,
        messages_per_second: float,
        pair_messages_per_minute: float,
        http: Http,
        limits: Limits,
    ) -> None:
        self._token = token
        self._base = base_url.rstrip("/")
        self._version = version
        self._seconds = seconds
        self._rate, self._burst = messages_per_second, burst(messages_per_second, seconds=NUMBER_BURST_SECONDS)
        self._pair_rate = pair_messages_per_minute / 60
        self._pair_burst = burst(self._pair_rate, seconds=PAIR_BURST_SECONDS)
        self._http = http
        self._limits = limits

    async def send(self, message: Message) -> str:
        """The wamid. A 200 means accepted; what became of it comes as a status."""
        if message.kind == "by hand":
            raise Restricted(f"WhatsApp allows no message to this person now: {ANOTHER_WAY}.", platform=NAME)
        number, recipient = message.request["phone_number_id"], message.request["recipient"]
        turn = message.request["body"]["biz_opaque_callback_data"]
        await self._limits.take(_number_bucket(number), rate=self._rate, burst=self._burst, turn=turn)
        await self._limits.take(_pair_bucket(recipient), rate=self._pair_rate, burst=self._pair_burst, turn=turn)
        try:
            taken = await self._ask("POST", f"{number}/messages", json=message.request["body"], sends=True)
        except RateLimited as limited:
            await self._pause(number, recipient, limited)
            raise
        provider_id = find_identifier(next(iter(children(taken, "messages")), {}), "id")
        if not provider_id:
            raise Unsure(f"WhatsApp took the message but did not name it: {FIND_OUT}.", platform=NAME)
        return provider_id

    async def check(self, number: str) -> None:
        await self.number(number)

    async def number(self, number: str) -> Json:
        """The number's own facts ("Retrieve WhatsApp Business Phone Number Information")."""
        return await self._ask("GET", number, params={"fields": "id,display_phone_number,verified_name"})

    async def granted(self) -> Json:
        """What the token may do and for which accounts, and when it ends ("Permissions")."""
        return child(await self._ask("GET", "debug_token", params={"input_token": self._token}), "data")

    async def numbers(self, business: str) -> set[str]:
        """Ids of the numbers of a business account."""
        answer = await self._ask("GET", f"{business}/phone_numbers", params={"fields": "id", "limit": "100"})
        return {find_identifier(one, "id") for one in children(answer, "data")}

    async def templates(self, business: str, name: str) -> list[Json]:
        """Each language of a template of a business account, with its `status`."""
        asked = {"name": name, "fields": "name,language,status", "limit": "100"}
        answer = await self._ask("GET", f"{business}/message_templates", params=asked)
        return [one for one in children(answer, "data") if words(one, "name") == name]

    def may_fetch(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            plain = parts.username is None and parts.password is None and parts.port in (None, 443)
        except ValueError:
            return False
        if parts[:2] == urlsplit(self._base)[:2]:
            return True
        return plain and parts.scheme == "https" and parts.hostname == MEDIA_HOST

    async def fetch(self, file: File, number: str, limit: int) -> bytes:
        """A media id leads to an address that lives minutes; the bytes must have the hash Meta names."""
        asked = {"phone_number_id": number} if number else None
        media = await self._ask("GET", quote(file.source, safe=""), params=asked)
        if (whole(media, "file_size") or 0) > limit:
            sentence = f"The attachment is larger than {limit} bytes: look at it in WhatsApp."
            raise Refused(sentence, platform=NAME, code="too_large")
        content = await self._http.download(
            words(media, "url"),
            platform=NAME,
            headers={"Authorization": f"Bearer {self._token}"},
            limit=limit,
            allowed=self.may_fetch,
            trusted=self._base,
            seconds=self._seconds,
        )
        if not _has_hash(content, words(media, "sha256")):
            raise Unreachable(f"The attachment arrived damaged: {WAIT}.", platform=NAME, code="sha256")
        return content

    async def _pause(self, number: str, recipient: str, limited: RateLimited) -> None:
        if limited.code == str(refusals.PAIR_CODE):
            await self._limits.close(_pair_bucket(recipient), limited.retry_after or PAIR_PAUSE)
        else:
            await self._limits.close(_number_bucket(number), limited.retry_after or NUMBER_PAUSE)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        json: Json | None = None,
        params: Mapping[str, str] | None = None,
        sends: bool = False,
    ) -> Json:
        if not self._token:
            raise Refused("WHATSAPP_API_TOKEN is not set: set it to write on WhatsApp.", platform=NAME)
        answer = await self._http.call(
            method,
            f"{self._base}/{self._version}/{path}",
            platform=NAME,
            headers={"Authorization": f"Bearer {self._token}"},
            json=json,
            params=params,
            seconds=self._seconds,
            sends=sends,
        )
        return judged(answer)


def judged(answer: Answer) -> Json:
    """The answer's object, or the error it means ("Error codes", WhatsApp Cloud API)."""
    if answer.is_ok:
        value = answer.json()
        return value if isinstance(value, dict) else {}
    error = child(answer.peek(), "error")
    code = whole(error, "code")
    raise _unexplained(answer) if code is None else _explained(answer, code, _details(error))


def _explained(answer: Answer, code: int, said: str) -> PlatformError:
    sentence, name = refusals.sentence(code, said), str(code)
    if code in refusals.PAUSE_CODES or answer.is_throttled:
        return RateLimited(sentence, platform=NAME, code=name, retry_after=answer.retry_after)
    if code == refusals.WINDOW_CODE:
        return WindowClosed(sentence, platform=NAME, code=name)
    if refusals.is_not_to_them(code):
        return Restricted(sentence, platform=NAME, code=name)
    if code in refusals.PASSING_CODES or (answer.is_failure and not refusals.is_final(code)):
        return Unreachable(sentence, platform=NAME, code=name)
    return Refused(sentence, platform=NAME, code=name)


def _unexplained(answer: Answer) -> PlatformError:
    """Whatever answered was not the Graph API: a proxy, or Meta's edge."""
    code = str(answer.status)
    if answer.is_throttled:
        sentence = f"WhatsApp asks for a pause: {WAIT}."
        return RateLimited(sentence, platform=NAME, code=code, retry_after=answer.retry_after)
    if answer.is_failure and answer.sends:
        sentence = f"WhatsApp failed ({code}) and the message may have arrived: {FIND_OUT}."
        return Unsure(sentence, platform=NAME, code=code)
    if answer.is_failure:
        return Unreachable(f"WhatsApp failed ({code}): {WAIT}.", platform=NAME, code=code)
    return Refused(f"WhatsApp answered {code}: check WHATSAPP_BASE_URL.", platform=NAME, code=code)


def _details(error: Json) -> str:
    return words(child(error, "error_data"), "details") or words(error, "message")


def _has_hash(content: bytes, given: str) -> bool:
    """Meta writes the hash in hexadecimal here and in base64 in webhooks; no hash is no promise."""
    digest = hashlib.sha256(content)
    spellings = (digest.hexdigest(), base64.b64encode(digest.digest()).decode())
    return not given or any(hmac.compare_digest(spelling.encode(), given.encode()) for spelling in spellings)


def _pair_bucket(recipient: str) -> str:
    """Shared through Redis, where no telephone number is to stand."""
    return f"whatsapp:pair:{hashlib.sha256(recipient.encode()).hexdigest()[:16]}"


def _number_bucket(number: str) -> str:
    return f"whatsapp:number:{number}"
