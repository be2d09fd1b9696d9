"""Which pages of other origins may use the REST API: those CORS_ORIGINS names, by default none. Webhooks never.

WHATWG, "Fetch", section "CORS protocol". A key is asked for as always: no cookie and no password of a browser means
anything here, so none is allowed to come along.
"""

from collections.abc import Awaitable, Callable, Collection

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

PLACE = "/api/"
ASKED = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, PATCH, DELETE",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type, If-Match, X-Request-Id",
    hdrs.ACCESS_CONTROL_MAX_AGE: "600",
}
"""What a browser is told when it asks before it sends; for ten minutes it need not ask again."""
READABLE = "Retry-After, X-Request-Id"
"""Headers of answers a page may read besides the usual ones."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def allowing(origins: Collection[str]) -> Middleware:
    """Outermost, so that a page can read a refusal too."""

    @web.middleware
    async def allow(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PLACE):
            return await handler(request)
        origin = request.headers.get(hdrs.ORIGIN, "")
        is_listed = origin in origins
        asks = request.method == hdrs.METH_OPTIONS and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers
        response = web.Response(status=204, headers=ASKED) if asks and is_listed else await handler(request)
        response.headers.add(hdrs.VARY, hdrs.ORIGIN)
        if is_listed:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
            response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = READABLE
        return response

    return allow
