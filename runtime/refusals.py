"""What went wrong, as an HTTP answer: the one translation of the two doors that speak HTTP."""

from collections.abc import Awaitable, Callable

import asyncpg
import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub import ingestion
from hub.errors import (
    ChannelOff,
    Conflict,
    Forbidden,
    Forged,
    HubError,
    Invalid,
    NotAnAgent,
    NotFound,
    TooOften,
    Unauthorized,
)
from platforms.errors import PlatformError
from storage.paging import BadCursor


class BadDelivery(Invalid):
    """A delivery that is no delivery: answered 400, nothing of it is kept."""

    code = "bad_request"


STATUS: dict[type[HubError], int] = {
    NotFound: 404,
    Forged: 401,
    ChannelOff: 503,
    Unauthorized: 401,
    Forbidden: 403,
    NotAnAgent: 403,
    TooOften: 429,
    Conflict: 409,
    Invalid: 422,
    BadDelivery: 400,
}
AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the connection broke in the middle of an answer
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    OperationalError,
    InterfaceError,
    TimeoutError,
    OSError,
)
DATA = "22"
"""SQLSTATE class "data exception"."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)


def answer(status: int, code: str, message: str, **details: object) -> web.Response:
    """An error in the one shape every client can rely on."""
    return web.json_response(
        {"error": {"code": code, "message": message, "details": details}},
        status=status,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:  # noqa: C901, PLR0911, PLR0912 - one answer a kind of error
    try:
        return await handler(request)
    except Forged:
        return answer(401, Forged.code, "The signature does not hold.")
    except HubError as error:
        refused = answer(_status(error), error.code, error.message, **error.details)
        refused.headers.update(_more(error))
        return refused
    except PlatformError as error:
        return answer(502, "platform", error.message)
    except BadCursor as error:
        return answer(422, "invalid", str(error), field="cursor")
    except web.HTTPException as error:
        if error.status < 400:
            raise
        refused = answer(error.status, _word(error.status), _sentence(error))
        if isinstance(error, web.HTTPMethodNotAllowed):
            refused.headers["Allow"] = error.headers["Allow"]  # RFC 9110, 15.5.6
        return refused
    except PoolTimeout:
        busy = answer(503, "busy", "Too much is asked at once; try again in a second.")
        busy.headers["Retry-After"] = "1"
        return busy
    except AWAY as error:
        log.warning("database_away", error=type(error).__name__)
        return answer(503, "unavailable", "The database cannot be reached; try again shortly.")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "")[:2] == DATA:
            return answer(422, "invalid", "Something in the request is more than the database can hold.")
        if error.connection_invalidated:
            return answer(503, "unavailable", "The database cannot be reached; try again shortly.")
        return _unexpected(error)
    except Exception as error:  # the last net: no stack trace leaves this process
        return _unexpected(error)


def _unexpected(error: Exception) -> web.Response:
    log.error("request_failed", error=type(error).__name__, exc_info=error)
    return answer(500, "internal", "Something went wrong here; it has been logged.")


def _status(error: HubError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def _more(error: HubError) -> dict[str, str]:
    if isinstance(error, Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": str(error.retry_after)} if isinstance(error, TooOften) else {}


def _sentence(error: web.HTTPException) -> str:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return f"This address takes {', '.join(sorted(error.allowed_methods))}, and not {error.method}."
    return "There is nothing at this address." if error.status == 404 else error.reason or ""


def _word(status: int) -> str:
    return {
        400: "bad_request",
        401: "unauthorized",
        404: "not_found",
        405: "method_not_allowed",
        413: "too_large",
    }.get(status, "refused")


def parse_delivery(request: web.Request, body: bytes) -> object:
    """The payload of a delivery; BadDelivery (400) when it is not well-formed."""
    return _parse(body, request.content_type)


def parse_json(body: bytes) -> object:
    """The same for a request of the REST API."""
    try:
        return _parse(body, "application/json")
    except BadDelivery:
        raise BadDelivery("The body is not well-formed: it has to be JSON in UTF-8.") from None


def _parse(body: bytes, content_type: str) -> object:
    try:
        return ingestion.parse(body, content_type)
    except Invalid as error:
        raise BadDelivery(error.message) from None
