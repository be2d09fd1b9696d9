"""The door of the played REST API: the token, the window, the version; then the endpoint."""

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.intercom import reading, writing
from sandbox.intercom.failure import Failure, not_found
from sandbox.intercom.limits import Rate, Window, exceeded
from sandbox.intercom.workspace import Workspace
from sandbox.limits import Limits
from sandbox.world import Json

VERSIONS = (*(f"2.{minor}" for minor in range(17)), "Preview")

Endpoint = Callable[[Workspace, web.Request], Awaitable[Json]]


class RestApi:
    """Answers `/intercom/…`; only who has the token is told what is left in the window."""

    def __init__(self, workspace: Workspace, limits: Limits) -> None:
        self.workspace = workspace
        self.window = Window(limits)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/intercom/conversations/search", self._door(reading.search)),
            web.post("/intercom/conversations/{id}/reply", self._door(writing.reply)),
            web.get("/intercom/conversations/{id}", self._door(reading.conversation)),
            web.get("/intercom/contacts/{id}", self._door(reading.contact)),
            web.get("/intercom/me", self._door(reading.me)),
            web.get("/intercom/admins/{id}", self._door(reading.admin)),
            web.post("/intercom/messages", self._door(writing.message)),
            web.route("*", "/intercom/{tail:.*}", self._door(_unknown)),
        ]

    def _door(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_token(request)
            except Failure as failure:
                return failure.answer()
            rate = self.window.count()
            try:
                _check_call(request, rate)
                response = web.json_response(await endpoint(self.workspace, request))
            except Failure as failure:
                response = failure.answer()
            response.headers.update(rate.headers())
            return response

        return answer

    def _check_token(self, request: web.Request) -> None:
        token = self.workspace.settings.intercom_api_token.get_secret_value()
        given = request.headers.get("Authorization", "")
        if not given:
            raise Failure(401, "token_unauthorized", "No authorization token was provided")
        if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Failure(401, "unauthorized", "Access Token Invalid")


def _check_call(request: web.Request, rate: Rate) -> None:
    if rate.remaining < 0:
        raise exceeded(rate.limit)
    version = request.headers.get("Intercom-Version")
    if version is not None and version not in VERSIONS:
        raise Failure(400, "intercom_version_invalid", "The requested version could not be found")


async def _unknown(_workspace: Workspace, _request: web.Request) -> Json:
    raise not_found("The requested resource does not exist")
