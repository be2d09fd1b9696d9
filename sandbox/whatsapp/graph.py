"""What every endpoint of the Graph API shares: the token, and the form of its errors."""

import hmac
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.world import Json

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Failure(Exception):
    """An error the Graph API answers: HTTP status, code, title and details."""

    def __init__(self, status: int, code: int, title: str, details: str = "", kind: str = "OAuthException") -> None:
        super().__init__(title)
        self.status, self.code, self.title, self.details, self.kind = status, code, title, details, kind


def guarded(token: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint for whoever shows the token; its failures are answered."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            _check_token(token, request)
            return await endpoint(request)
        except Failure as failure:
            return error(failure)

    return answer


def _check_token(token: str, request: web.Request) -> None:
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Failure(401, 190, "Invalid OAuth access token - Cannot parse access token")


def error(failure: Failure) -> web.Response:
    shown: Json = {
        "message": f"(#{failure.code}) {failure.title}",
        "type": failure.kind,
        "code": failure.code,
        "fbtrace_id": secrets.token_urlsafe(9),
    }
    if failure.details:
        shown["error_data"] = {"messaging_product": "whatsapp", "details": failure.details}
    return web.json_response({"error": shown}, status=failure.status)


async def unknown(request: web.Request) -> web.Response:
    raise Failure(400, 2500, f"Unknown path components: /{request.match_info['tail']}")


def wrong_parameter(message: str) -> Failure:
    return Failure(400, 100, message)


def missing(details: str) -> Failure:
    return Failure(400, 131008, "Required parameter is missing", details)


def no_such_object(wanted: str, verb: str) -> Failure:
    said = (
        f"Unsupported {verb} request. Object with ID '{wanted}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return Failure(400, 100, said, kind="GraphMethodException")
