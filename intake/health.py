"""Alive and ready."""

from aiohttp import web

from runtime import internal
from runtime.serving import RUNTIME

routes = web.RouteTableDef()


@routes.get("/up")
async def up(_request: web.Request) -> web.Response:
    """The loop answers; nothing else is asked."""
    return web.json_response({"status": "up"})


@routes.get("/ready")
async def ready(request: web.Request) -> web.Response:
    return await internal.ready(request.app[RUNTIME])
