"""One authenticated call of the Web API, and how long lists are handed out in pages."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.limits import Limits
from sandbox.slack.arguments import Arguments
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import BOT_USER, Channel, User, Workspace


@dataclass(frozen=True, slots=True)
class Call:
    own_url: str
    limits: Limits
    workspace: Workspace
    args: Arguments

    def channel(self) -> Channel:
        return self.workspace.channel(self.args.need("channel"))

    def joined_channel(self) -> Channel:
        channel = self.channel()
        if BOT_USER not in channel.members:
            raise Refusal("not_in_channel")
        return channel

    def user(self, name: str = "user") -> User:
        user = self.workspace.users.get(self.args.need(name))
        if user is None:
            raise Refusal("user_not_found")
        return user

    def page(self, key: str, items: Sequence[Any], default: int = 100) -> Json:
        """A slice of `items` and the cursor of the next (docs.slack.dev, "Pagination")."""
        start = self._offset()
        limit = self.args.number("limit", default, 1000)
        after = start + limit
        cursor = base64.b64encode(f"offset:{after}".encode()).decode() if after < len(items) else ""
        return {key: items[start:after], "response_metadata": {"next_cursor": cursor}}

    def _offset(self) -> int:
        cursor = self.args.text("cursor")
        if not cursor:
            return 0
        try:
            return int(base64.b64decode(cursor, validate=True).decode().removeprefix("offset:"))
        except (binascii.Error, ValueError):
            raise Refusal("invalid_cursor") from None


Method = Callable[[Call], Json]
