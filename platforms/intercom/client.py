"""Talking to Intercom's REST API: one request, one judgement, no second try."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from hub.channel import Json, Letter, Message, Profile
from platforms.errors import FIND_OUT, CannotTell, RateLimited, Refused, Unsure
from platforms.http import Http
from platforms.intercom import refusals, text
from platforms.intercom.refusals import NAME
from platforms.limits import Limits, burst
from platforms.payload import child, children, find_identifier, words

BUCKET = "intercom:requests"
BURST_SECONDS = 1.4
"""Intercom's "Rate limiting" counts in windows of ten seconds: in any of them go at most 11.4 seconds' worth."""
PAUSE = 10.0

ATTACHMENT_HOSTS = re.compile(
    r"(downloads|uploads)\.(au\.|eu\.)?intercomcdn\.com"
    r"|(downloads|uploads)\.intercomcdn\.eu"
    r"|uploads\.(au\.|eu\.)?intercomusercontent\.com"
    r"|([a-z0-9-]+\.)*intercom-attachments(-[1-9][0-9]?)?\.com"
)


class IntercomClient:
    def __init__(
        self,
        token: str,
        *,
        base_url: str,
        version: str,
        admin_id: str,
        seconds: float,
        requests_per_second: float,
        http: Http,
        limits: Limits,
    ) -> None:
        self._token = token
        self._base = base_url.rstrip("/")
        self._version = version
        self._admin_id = admin_id
        self._seconds = seconds
        self._rate, self._burst = requests_per_second, burst(requests_per_second, seconds=BURST_SECONDS)
        self._http = http
        self._limits = limits

    async def send(self, message: Message) -> str:
        """The id of our part, or of what Intercom made where it does not name the part."""
        if not self._admin_id:
            raise Refused("INTERCOM_ADMIN_ID is not set: set it to the teammate who answers.", platform=NAME)
        made = await self._ask("POST", message.request["path"], json=message.request["body"], sends=True)
        provider_id = self._own_part(made) or find_identifier(made, "id")
        if not provider_id:
            raise Unsure(f"Intercom took the message but did not name it: {FIND_OUT}.", platform=NAME)
        return provider_id

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        """Our own words in the conversation: Intercom has no idempotency key to ask by."""
        found = _looked_up(letter)
        if not found:
            raise CannotTell("There is no conversation in which to look for the message.", platform=NAME)
        parts = _parts(await self._ask("GET", found, params={"display_as": "plaintext"}))
        wanted = _squeezed(message.text)
        mine = [part for part in parts if self._is_ours(part) and _squeezed(words(part, "body")) == wanted]
        return find_identifier(mine[-1], "id") or None if mine else None

    async def check(self) -> None:
        await self.me()

    async def me(self) -> Json:
        """ "Identify an admin": whose the token is, and of which `app`."""
        return await self._ask("GET", "/me")

    async def admin(self, admin_id: str) -> Json | None:
        """ "Retrieve an admin"; None when there is no such teammate."""
        try:
            return await self._ask("GET", f"/admins/{quote(admin_id, safe='')}")
        except Refused as error:
            if error.code in ("admin_not_found", "not_found"):
                return None
            raise

    async def profile(self, contact: str) -> Profile | None:
        """The contact as "Retrieve a contact" gives it; None when it is gone or was merged into another."""
        try:
            found = await self._ask("GET", f"/contacts/{contact}")
        except Refused as error:
            if error.code in ("not_found", "contact_merged"):
                return None
            raise
        return Profile(
            account_id=contact,
            name=words(found, "name") or None,
            email=words(found, "email") or None,
            phone=words(found, "phone") or None,
            company=await self._company(contact, found),
            language=words(found, "language_override") or None,
        )

    def may_fetch(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            plain = parts.username is None and parts.password is None and parts.port in (None, 443)
        except ValueError:
            return False
        if parts[:2] == urlsplit(self._base)[:2]:
            return True
        return plain and parts.scheme == "https" and bool(ATTACHMENT_HOSTS.fullmatch(parts.hostname or ""))

    async def fetch(self, url: str, limit: int) -> bytes:
        """Attachment addresses are signed; the token goes nowhere but to the API."""
        return await self._http.download(
            url, platform=NAME, limit=limit, allowed=self.may_fetch, trusted=self._base, seconds=self._seconds
        )

    async def _company(self, contact: str, found: Json) -> str | None:
        """A contact names its companies by id only."""
        if not children(child(found, "companies"), "data"):
            return None
        companies = await self._ask("GET", f"/contacts/{contact}/companies")
        return next((words(company, "name") for company in children(companies, "data")), "") or None

    def _own_part(self, conversation: Json) -> str:
        mine = [part for part in _parts(conversation) if self._is_ours(part)]
        return find_identifier(mine[-1], "id") if mine else ""

    def _is_ours(self, part: Json) -> bool:
        author = child(part, "author")
        return words(author, "type") == "admin" and find_identifier(author, "id") == self._admin_id

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
            raise Refused("INTERCOM_API_TOKEN is not set: set it to write to Intercom.", platform=NAME)
        await self._limits.take(BUCKET, rate=self._rate, burst=self._burst, turn=f"{method} {path}")
        answer = await self._http.call(
            method,
            self._base + path,
            platform=NAME,
            headers={"Authorization": f"Bearer {self._token}", "Intercom-Version": self._version},
            json=json,
            params=params,
            seconds=self._seconds,
            sends=sends,
        )
        try:
            return refusals.judged(answer)
        except RateLimited as limited:
            await self._limits.close(BUCKET, limited.retry_after or PAUSE)
            raise


def _looked_up(letter: Letter) -> str:
    for kind, key in (("conversations", "conversation_id"), ("tickets", "ticket_id")):
        if letter.place.get(key):
            return f"/{kind}/{letter.place[key]}"
    return ""


def _parts(found: Json) -> list[Json]:
    return [
        *children(child(found, "conversation_parts"), "conversation_parts"),
        *children(child(found, "ticket_parts"), "ticket_parts"),
    ]


def _squeezed(body: str) -> str:
    """Intercom sets line breaks and links anew; what is compared is everything else."""
    return "".join(_without_links(text.plain(body)).split()).casefold()


def _without_links(body: str) -> str:
    return re.sub(r" \(https?://[^\s)]+\)", "", body)
