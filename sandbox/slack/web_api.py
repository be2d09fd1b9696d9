"""The door of the played Web API: the token, the method, and the answer in Slack's form."""

import math
import re

from aiohttp import web

from sandbox.slack import conversations, files, messages, people, views
from sandbox.slack.arguments import Arguments, read_arguments
from sandbox.slack.call import Call, Method
from sandbox.slack.refusal import Json, Refusal, TooFast
from sandbox.slack.sockets import OPEN, Sockets
from sandbox.slack.workspace import Workspace
from sandbox.world import World

METHODS: dict[str, Method] = {
    **people.METHODS,
    **conversations.METHODS,
    **messages.METHODS,
    **views.METHODS,
    **files.METHODS,
}


class WebApi:
    """Answers `/slack/api/<method>`: errors are HTTP 200 with `"ok": false`, as at Slack."""

    def __init__(self, world: World, workspace: Workspace, sockets: Sockets) -> None:
        self.world = world
        self.workspace = workspace
        self.sockets = sockets

    def routes(self) -> list[web.RouteDef]:
        path = "/slack/api/{method}"
        return [web.get(path, self.call, allow_head=False), web.post(path, self.call)]

    async def call(self, request: web.Request) -> web.Response:
        """Every answer names the token's scopes (docs.slack.dev, "Scopes")."""
        try:
            answer = web.json_response({"ok": True, **await self._called(request)})
        except Refusal as refusal:
            self._show(request.match_info["method"], refusal)
            answer = web.json_response(refusal.body())
        except TooFast as refusal:
            return rate_limited(refusal.retry_after)
        answer.headers["x-oauth-scopes"] = ",".join(self.workspace.scopes)
        return answer

    async def _called(self, request: web.Request) -> Json:
        arguments = await read_arguments(request)
        if request.match_info["method"] == OPEN:
            self.sockets.authenticate(request)
            return self.sockets.address()
        self._authenticate(request, arguments)
        return self._answer(request.match_info["method"], arguments)

    def _show(self, method: str, refusal: Refusal) -> None:
        """A drawing Slack does not take is seen by nobody there; who draws it here has to see why."""
        if refusal.messages:
            refusal.more["method"] = method
            self.workspace.refused = refusal

    def _authenticate(self, request: web.Request, arguments: Arguments) -> None:
        header = re.fullmatch(r"Bearer\s+(\S+)", request.headers.get("Authorization", ""), re.IGNORECASE)
        given = header[1] if header else arguments.text("token")
        if not given:
            raise Refusal("not_authed")
        if given != self.world.settings.slack_bot_token.get_secret_value():
            raise Refusal("invalid_auth")

    def _answer(self, name: str, arguments: Arguments) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise Refusal("unknown_method", req_method=name)
        return method(Call(self.world.own_url, self.world.limits, self.workspace, arguments))


def rate_limited(retry_after: float | None) -> web.Response:
    """docs.slack.dev, "Rate limits": 429, whole seconds in Retry-After."""
    headers = {} if retry_after is None else {"Retry-After": str(math.ceil(retry_after))}
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
