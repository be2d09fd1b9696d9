"""The simulator of a development set-up: asked to have customers write, it does so through the front door.

Known to us only as an address (SANDBOX_URL); what it makes arrives as any other signed delivery.
"""

from dataclasses import dataclass

from hub.channel import Json
from hub.errors import ChannelOff, Invalid
from platforms.errors import Refused
from platforms.http import Http
from platforms.payload import children, items, whole, words

NAME = "simulator"
CHANNELS = ("slack", "intercom", "whatsapp")


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody has been made to write. `pii` are the kinds of personal data in it."""

    channel: str
    name: str
    text: str
    pii: tuple[str, ...]
    status: int
    """Of the delivery, as the door answered it."""


class Simulator:
    def __init__(self, http: Http, url: str) -> None:
        self._http = http
        self._url = url.rstrip("/")

    async def report(self, channel: str, *, pii: bool) -> Told:
        """One report on `channel`; ChannelOff where there is no simulator."""
        if channel not in CHANNELS:
            raise Invalid(f"The channel must be one of {', '.join(CHANNELS)}.", field="channel")
        return _told(await self._ask("report", {"channel": channel, "story": True, "pii": pii}))

    async def incident(self) -> list[Told]:
        """One problem, reported by eight people on all channels; ChannelOff where there is no simulator."""
        return [_told(one) for one in children(await self._ask("incident", {}), "data")]

    async def _ask(self, wish: str, wanted: Json) -> Json:
        if not self._url:
            raise ChannelOff("There is no simulator: set SANDBOX_URL.")
        answer = await self._http.call("POST", f"{self._url}/_control/{wish}", platform=NAME, json=wanted)
        body = answer.json()
        if not answer.is_ok:
            said = words(body, "error") or f"it answered {answer.status}"
            raise Refused(f"The simulator refused: {said}", platform=NAME, code=str(answer.status))
        return body if isinstance(body, dict) else {}


def _told(body: Json) -> Told:
    return Told(
        channel=words(body, "channel"),
        name=words(body, "name"),
        text=words(body, "text"),
        pii=tuple(str(kind) for kind in items(body, "pii")),
        status=whole(body, "status") or 0,
    )
