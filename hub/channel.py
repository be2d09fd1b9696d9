"""The words hub and channels share: what comes in, what goes out, and what a channel can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

Headers = Mapping[str, Sequence[str]]
"""Header names in lower case, every value that was sent (a signature sent twice is two values)."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a platform says of an account."""

    account_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    handle: str | None = None
    company: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file somebody attached: `source` is the platform's media id or the URL to fetch it from."""

    name: str
    content_type: str
    size: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A message that makes a ticket.

    `external_id` is unique in `platform` for ever; `author` says who and is keyed by an account id qualified by
    its account (`T1:U2`); `sent_at` is the platform's own time; `raw` is this report's part of the delivery;
    `place` is where an answer goes (`{"channel", "thread_ts"}`, `{"conversation_id"}`, …).
    """

    platform: str
    external_id: str
    author: Profile
    sent_at: datetime
    text: str
    raw: Json
    title: str | None = None
    url: str | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    priority: int | None = None
    burst_seconds: int = 0
    """A later message of the same author within this many seconds joins the ticket as a comment; 0: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A message in the thread of the report `parent` (its external id).

    When the parent was never seen: `opening`, when the delivery carries it, is taken in first; else a comment
    with `orphan_is_report` becomes a ticket of its own, and any other is ignored.
    """

    parent: str
    message: Report
    opening: Report | None = None
    orphan_is_report: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The author changed a message; `text` None means deleted."""

    platform: str
    external_id: str
    account_id: str
    text: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a platform says became of a message we sent: `status` is sent, delivered, read or failed."""

    platform: str
    provider_id: str
    status: str
    at: datetime
    notification_id: str | None = None
    error_code: str | None = None
    error: str | None = None
    remedy: str | None = None
    """What may be done about a failure: `retry`, `template` (the window was closed after all), `another_way`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """Somebody marked a message as a report; the delivery does not say what it says, so the platform is asked."""

    platform: str
    external_id: str
    place: Mapping[str, str]
    """Where the message stands, as the channel needs it to look: ids only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A part of a delivery our reading does not understand; it is kept and dead-lettered."""

    reason: str


Reading = Report | Comment | Edit | Receipt | Pointed | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the hub wants a person told. `text` is as stored: headings as `**What happened:**`.

    `recipient` is the qualified account id; `last_heard_at` the platform's time of their last message.
    """

    notification_id: str
    channel: str
    recipient: str
    text: str
    place: Mapping[str, str]
    last_heard_at: datetime | None
    purpose: str = "resolution"
    """resolution, acknowledgement or reply."""
    language: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """What the identity's row keeps beside the id, e.g. WhatsApp's phone."""
    template_only: bool = False
    """The platform has said that the window is closed: compose the template whatever the clock says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Exactly what will leave: `text` is what the reader sees, `request` what the channel's `send` needs.

    `kind` is a word for the confirmation: direct message, thread, reply, session, template, by hand.
    """

    kind: str
    text: str
    request: Json


class Channel(Protocol):
    """One outside system people write on. `verify`, `read` and `compose` are pure; the others talk."""

    name: str
    accepts: frozenset[str]
    """Content types a delivery may have."""
    max_body: int
    """Bytes a delivery may have."""

    @property
    def off(self) -> str | None:
        """Why deliveries are not accepted (a sentence naming the setting), or None."""

    def verify(self, headers: Headers, body: bytes, now: datetime) -> None:
        """Raise ChannelOff without a secret, Forged when the signature does not hold over the raw bytes."""

    def read(self, payload: Any) -> list[Reading]:
        """What the delivery says. Never raises for one bad item: that is an Unreadable."""

    def compose(self, letter: Letter, now: datetime) -> Message:
        """The message that `send` would send now; the confirmation shows the same one."""

    async def send(self, message: Message) -> str:
        """Send and return the provider's id. Raises platforms.errors; Unsure when it may have arrived."""

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        """The provider's id of `letter` if the platform has it, None if it surely does not; CannotTell otherwise."""

    async def check(self) -> None:
        """One harmless request that needs the token; raises platforms.errors where it is not taken."""

    async def profile(self, account_id: str) -> Profile | None:
        """What the platform says of this account now, None when it says nothing."""

    def may_fetch(self, url: str) -> bool:
        """Whether attachments may be fetched from this address."""

    async def fetch(self, file: File, limit: int) -> bytes:
        """The bytes of an attachment, at most `limit`; Refused when larger or from a foreign host."""

    async def aclose(self) -> None:
        """Let go of connections of its own."""
