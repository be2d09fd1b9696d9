"""Alive and ready."""

import asyncio

from aiohttp import web
from sqlalchemy import text

from intake.webhooks import RUNTIME
from runtime.wiring import Runtime
from storage import jobs

CHECK_SECONDS = 1.0
routes = web.RouteTableDef()


@routes.get("/up")
async def up(_request: web.Request) -> web.Response:
    """The loop answers; nothing else is asked."""
    return web.json_response({"status": "up"})


@routes.get("/ready")
async def ready(request: web.Request) -> web.Response:
    """200 while PostgreSQL is reachable. Redis away is degraded, not down: workers sweep without it."""
    runtime = request.app[RUNTIME]
    oldest = await _oldest_pending(runtime)
    redis = await _redis(runtime)
    state = "down" if oldest is None else "ready" if redis else "degraded"
    checks = {
        "database": oldest is not None,
        "redis": redis,
        "oldest_pending_seconds": oldest,
        "channels": {name: channel.off or "on" for name, channel in runtime.channels.items()},
        "notion": runtime.notion_off or "on",
        "models": runtime.models_off or "on",
    }
    return web.json_response({"status": state, "checks": checks}, status=503 if oldest is None else 200)


async def _oldest_pending(runtime: Runtime) -> float | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS), runtime.db.transaction() as session:
            await session.execute(text("SELECT 1 FROM alembic_version"))
            return round(await jobs.oldest_pending_seconds(session), 3)
    except Exception:  # whatever it is, we are not ready
        return None


async def _redis(runtime: Runtime) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return bool(await runtime.redis.ping())
    except Exception:  # whatever it is, Redis is away
        return False
