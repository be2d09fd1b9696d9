"""The control endpoints of the played Slack: who acts, and what is on everybody's screen."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.slack.acting import Acting
from sandbox.slack.inputs import Rejected
from sandbox.slack.refusal import Json, NotThere
from sandbox.slack.sockets import Sockets
from sandbox.slack.workspace import BOT_USER, Channel, Message, User, Workspace
from sandbox.world import BadInput

Act = Callable[[Json], Awaitable[Json]]


class Control:
    """`/_control/slack/…`. What is not drawn answers 404, what Slack's client would not let through 400."""

    def __init__(self, workspace: Workspace, acting: Acting, sockets: Sockets) -> None:
        self.workspace = workspace
        self.acting = acting
        self.sockets = sockets

    def routes(self) -> list[web.RouteDef]:
        acting = self.acting
        acts: dict[str, Act] = {
            "command": acting.command,
            "click": acting.click,
            "submit": acting.submit,
            "close": acting.close,
            "shortcut": acting.shortcut,
            "home": acting.home,
            "suggest": acting.suggest,
            "react": acting.react,
            "disconnect": self.sockets.disconnect,
            "grant": self.grant,
            "remove": self.remove,
        }
        shows = {
            "messages": self.messages,
            "views": self.views,
            "home": self.home,
            "users": self.users,
            "channels": self.channels,
            "sockets": self.sockets.sockets,
        }
        return [
            *(web.post(f"/_control/slack/{name}", _acted(act)) for name, act in acts.items()),
            *(web.get(f"/_control/slack/{name}", _shown(show)) for name, show in shows.items()),
        ]

    async def grant(self, body: Json) -> Json:
        """`{"scopes"}`: the app is installed with these, whatever manifest.json asks for."""
        scopes = body.get("scopes")
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise BadInput('"scopes" has to be a list of scopes.')
        self.workspace.scopes = scopes
        return {"scopes": scopes}

    async def remove(self, body: Json) -> Json:
        """`{"channel"}`: somebody removes the app from it."""
        channel = self.workspace.channels.get(str(body.get("channel")))
        if channel is None or channel.im_with:
            raise NotThere(f'There is no channel "{body.get("channel")}" to remove the app from.')
        channel.members.discard(BOT_USER)
        return {"members": sorted(channel.members)}

    def messages(self, query: dict[str, str]) -> Json:
        channel = self.workspace.channels.get(query.get("channel", ""))
        if channel is None:
            raise NotThere(f'There is no channel "{query.get("channel", "")}".')
        first = [m for m in channel.ordered() if not m.is_reply or m.thread_ts not in channel.messages]
        own = [m for m in channel.ephemerals if m.thread_ts not in channel.messages]
        listed = sorted([*first, *own], key=lambda message: float(message.ts))
        return {"data": [self._message(channel, message) for message in listed]}

    def views(self, query: dict[str, str]) -> Json:
        return {"data": self.acting.shown_views(self._user(query).id)}

    def home(self, query: dict[str, str]) -> Json:
        return {"data": self.acting.shown_home(self._user(query).id)}

    def users(self, _query: dict[str, str]) -> Json:
        return {
            "data": [
                {
                    "id": user.id,
                    "name": user.real_name,
                    "handle": user.name,
                    "email": user.email,
                    "agent": self.workspace.is_agent(user),
                    "dm": self.workspace.dm(user).id,
                }
                for user in self.workspace.users.values()
                if not user.is_bot
            ]
        }

    def channels(self, _query: dict[str, str]) -> Json:
        return {
            "data": [
                {
                    "id": channel.id,
                    "name": channel.name,
                    "triage": channel.triage,
                    "im": channel.im_with is not None,
                    "user": channel.im_with,
                    "members": sorted(channel.members),
                }
                for channel in self.workspace.channels.values()
            ]
        }

    def _message(self, channel: Channel, message: Message) -> Json:
        """A message as it stands now, its thread under it; an ephemeral one carries who sees it."""
        shown = message.shown() | {
            "bot": message.bot_id is not None,
            "blocks": message.blocks,
            "metadata": message.metadata,
            "ephemeral": message.only_for is not None,
        }
        if message.only_for is not None:
            return shown | {"user": message.only_for}
        if message.is_reply:
            return shown
        replies = [*channel.replies(message.ts), *(m for m in channel.ephemerals if m.thread_ts == message.ts)]
        replies.sort(key=lambda reply: float(reply.ts))
        return shown | {"replies": [self._message(channel, reply) for reply in replies]}

    def _user(self, query: dict[str, str]) -> User:
        return self.workspace.somebody(query.get("user"))


def _acted(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(await act(await _read(request)))
        except NotThere as refusal:
            return _refused(404, refusal)
        except (BadInput, Rejected) as refusal:
            return _refused(400, refusal)

    return answer


def _shown(show: Callable[[dict[str, str]], Json]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        try:
            return web.json_response(show(dict(request.query)))
        except NotThere as refusal:
            return _refused(404, refusal)

    return answer


async def _read(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body


def _refused(status: int, refusal: Exception) -> web.Response:
    return web.json_response({"error": str(refusal)}, status=status)
