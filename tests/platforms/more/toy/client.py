"""Talking to the toy: one request, one judgement, no second try."""

from typing import Any
from urllib.parse import urlsplit

from hub.channel import Json, Message, Profile
from platforms.errors import FIND_OUT, WAIT, PlatformError, RateLimited, Refused, Unreachable, Unsure
from platforms.http import Answer, Http
from platforms.limits import Limits, burst
from platforms.payload import children, find_identifier, words

NAME = "toy"
BUCKET = "toy:messages"
BURST_SECONDS = 1.0
PAUSE = 5.0


class ToyClient:
    def __init__(
        self, token: str, *, base_url: str, seconds: float, messages_per_second: float, http: Http, limits: Limits
    ) -> None:
        self._token = token
        self._base = base_url.rstrip("/")
        self._seconds = seconds
        self._rate, self._burst = messages_per_second, burst(messages_per_second, seconds=BURST_SECONDS)
        self._http = http
        self._limits = limits

    async def send(self, message: Message) -> str:
        turn = message.request["reference"]
        await self._limits.take(BUCKET, rate=self._rate, burst=self._burst, turn=turn)
        try:
            made = await self._ask("POST", "/messages", json=message.request, sends=True)
        except RateLimited as limited:
            await self._limits.close(BUCKET, limited.retry_after or PAUSE)
            raise
        provider_id = find_identifier(made, "id")
        if not provider_id:
            raise Unsure(f"Toy took the message but did not name it: {FIND_OUT}.", platform=NAME)
        return provider_id

    async def find_sent(self, reference: str) -> str | None:
        found = await self._ask("GET", "/messages", params={"reference": reference})
        return next((find_identifier(message, "id") for message in children(found, "messages")), None)

    async def check(self) -> None:
        await self._ask("GET", "/me")

    async def profile(self, account_id: str) -> Profile:
        found = await self._ask("GET", f"/users/{account_id.rpartition(':')[2]}")
        return Profile(account_id=account_id, name=words(found, "name") or None, email=words(found, "email") or None)

    def may_fetch(self, url: str) -> bool:
        try:
            return urlsplit(url)[:2] == urlsplit(self._base)[:2]
        except ValueError:
            return False

    async def fetch(self, url: str, limit: int) -> bytes:
        return await self._http.download(
            url, platform=NAME, limit=limit, allowed=self.may_fetch, trusted=self._base, seconds=self._seconds
        )

    async def _ask(self, method: str, path: str, *, sends: bool = False, **form: Any) -> Json:
        if not self._token:
            raise Refused("TOY_TOKEN is not set: set it to write on Toy.", platform=NAME)
        answer = await self._http.call(
            method,
            self._base + path,
            platform=NAME,
            headers={"Authorization": f"Bearer {self._token}"},
            seconds=self._seconds,
            sends=sends,
            **form,
        )
        return judged(answer)


def judged(answer: Answer) -> Json:
    """The answer's object, or the error it means, in a sentence that ends with what to do."""
    if answer.is_ok:
        value: Any = answer.json()
        return value if isinstance(value, dict) else {}
    raise _refusal(answer)


def _refusal(answer: Answer) -> PlatformError:
    code = str(answer.status)
    if answer.is_throttled:
        sentence = f"Toy asks for a pause: {WAIT}."
        return RateLimited(sentence, platform=NAME, code=code, retry_after=answer.retry_after)
    if answer.is_failure and answer.sends:
        sentence = f"Toy failed with {code} and the message may have arrived: {FIND_OUT}."
        return Unsure(sentence, platform=NAME, code=code)
    if answer.is_failure:
        return Unreachable(f"Toy failed with {code}: {WAIT}.", platform=NAME, code=code)
    return Refused(f"Toy refused this ({code}): check TOY_TOKEN.", platform=NAME, code=code)
