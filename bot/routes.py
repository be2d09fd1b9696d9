"""Which of our listeners a click is for is looked up here: Bolt would ask every one of them whether it is meant."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

Json = dict[str, Any]
Listener = Callable[[AsyncAck, Json, AsyncBoltRequest], Awaitable[None]]
Named = Callable[[Json], str]
NAMED: dict[str, Named] = {
    "action": lambda body: str(body["actions"][0]["action_id"]),
    "options": lambda body: str(body["action_id"]),
    "view": lambda body: str(body["view"]["callback_id"]),
    "shortcut": lambda body: str(body["callback_id"]),
    "command": lambda body: str(body["command"]),
}
"""Kinds of clicks, called as Bolt's methods that listen for them, and what says which one it is."""


class Routes:
    def __init__(self, app: AsyncApp) -> None:
        self.app = app
        self._listeners: dict[tuple[str, str], Listener] = {}
        self._under_way: set[asyncio.Task[Any]] = set()
        for kind, named in NAMED.items():
            listens = getattr(app, kind)
            listens(re.compile(""), matchers=[self._is_ours(kind, named)])(self._listen(kind, named))

    def add(self, kind: str, name: str, listener: Listener) -> None:
        """Have `listener` called for the click of that kind and name."""
        if (kind, name) in self._listeners:
            raise ValueError(f"Two listeners want the {kind} {name}.")
        self._listeners[kind, name] = listener

    async def finish(self, *, seconds: float) -> None:
        """Wait for what was clicked and acknowledged, and is still worked on: nobody would click again."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    def _is_ours(self, kind: str, named: Named) -> Callable[..., Awaitable[bool]]:
        async def is_ours(body: Json) -> bool:
            return (kind, named(body)) in self._listeners

        return is_ours

    def _listen(self, kind: str, named: Named) -> Callable[..., Awaitable[None]]:
        async def listen(ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
            if task := asyncio.current_task():
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            await self._listeners[kind, named(body)](ack, body, request)

        return listen
