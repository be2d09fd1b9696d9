"""The response_urls Slack hands out with commands and clicks: five uses within thirty minutes."""

import json
import time

from aiohttp import web

from sandbox.slack.messages import respond
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import RESPONSE_URL_SECONDS, RESPONSE_URL_USES, Workspace


class Responses:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/slack/response/{token}", self.answer)]

    async def answer(self, request: web.Request) -> web.Response:
        address = self.workspace.response_urls.get(request.match_info["token"])
        if address is None:
            return _refused("invalid_url", 404)
        if time.monotonic() - address.born > RESPONSE_URL_SECONDS:
            return _refused("expired_url", 404)
        if address.uses >= RESPONSE_URL_USES:
            return _refused("used_url", 404)
        try:
            body = _payload(await request.read())
            address.uses += 1
            respond(self.workspace, address, body)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=400)
        return web.json_response({"ok": True})


def _payload(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal("invalid_payload") from None
    if not isinstance(body, dict):
        raise Refusal("invalid_payload")
    return body


def _refused(code: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": code}, status=status)
