"""A channel that only records what somebody has to say by hand: it takes no deliveries and calls nobody."""

import re
from datetime import datetime
from typing import Any, NoReturn

from hub.channel import File, Headers, Letter, Message, Profile, Reading
from hub.errors import ChannelOff
from platforms.errors import CannotTell, Refused, Restricted

BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


class ByHand:
    accepts: frozenset[str] = frozenset()
    max_body = 0

    def __init__(self, name: str, shown: str) -> None:
        self.name = name
        self._shown = shown

    @property
    def off(self) -> str:
        return f"{self._shown} takes no deliveries: it only records what is to be told by hand."

    def verify(self, headers: Headers, body: bytes, now: datetime) -> NoReturn:
        raise ChannelOff(self.off)

    def read(self, payload: Any) -> list[Reading]:
        return []

    def compose(self, letter: Letter, now: datetime) -> Message:
        return Message(kind="by hand", text=BOLD.sub(r"\1", letter.text), request={})

    async def send(self, message: Message) -> NoReturn:
        raise Restricted(
            f"{self._shown}: recorded for manual follow-up; give the person the text yourself.",
            platform=self.name,
            code="by_hand",
        )

    async def find_sent(self, letter: Letter, message: Message) -> NoReturn:
        raise CannotTell(f"{self._shown} is sent by hand: only the sender knows whether it was.", platform=self.name)

    async def check(self) -> None:
        """There is nobody to ask."""

    async def profile(self, account_id: str) -> Profile | None:
        return None

    def may_fetch(self, url: str) -> bool:
        return False

    async def fetch(self, file: File, limit: int) -> NoReturn:
        raise Refused(f"{self._shown} has no attachments.", platform=self.name, code="foreign_host")

    async def aclose(self) -> None:
        """Nothing was opened."""
