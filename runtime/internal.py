"""The port for operators: /metrics, /up, /live and /ready. Not for the world, so it listens on METRICS_HOST."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from runtime import fleet
from runtime.metrics import DATABASE_IN_USE, LOOP_LAG
from runtime.wiring import Runtime
from storage.database import Database

LAG_EVERY_SECONDS = 0.5
log = structlog.get_logger(__name__)


@asynccontextmanager
async def opened(runtime: Runtime, *, whole_fleet: bool = False) -> AsyncIterator[None]:
    """Listen while the block runs, where this process has such a port. One of its kind tells of the `whole_fleet`.

    A second worker on the machine finds the port taken; that is no reason not to work.
    """
    port = getattr(runtime.settings, f"{runtime.service}_metrics_port", 0)
    if not port:
        yield
        return
    runner = web.AppRunner(make_app(runtime, whole_fleet=whole_fleet), access_log=None, shutdown_timeout=1)
    await runner.setup()
    watching = asyncio.create_task(_feel_lag())
    try:
        await _listen_if_free(runner, runtime.settings.metrics_host, port, f"{runtime.service.upper()}_METRICS_PORT")
        yield
    finally:
        watching.cancel()
        await runner.cleanup()


async def _listen_if_free(runner: web.AppRunner, host: str, port: int, setting: str) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        log.warning("metrics_not_told", host=host, port=port, error=error.strerror, then=f"set {setting} to another")


async def listen(protocols: Callable[[], asyncio.Protocol], host: str, port: int, *, setting: str) -> asyncio.Server:
    """Ends the process with a sentence when something else has the port."""
    try:
        return await asyncio.get_running_loop().create_server(protocols, host, port, backlog=1024)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise SystemExit(f"Port {port} ({setting}) cannot be used on {host}: {why}. Choose another one.") from None


def make_app(runtime: Runtime, *, whole_fleet: bool) -> web.Application:
    async def metrics(_request: web.Request) -> web.Response:
        for pool, number in runtime.db.in_use.items():
            DATABASE_IN_USE.labels(pool).set(number)
        figures = generate_latest(REGISTRY) + (await _of_the_fleet(runtime.db) if whole_fleet else b"")
        return web.Response(body=figures, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def up(_request: web.Request) -> web.Response:
        """The loop answers; nothing else is asked."""
        return web.json_response({"status": "up"})

    async def live(_request: web.Request) -> web.Response:
        """Whether it is worth leaving alone; only a worker whose loop is stuck is not."""
        alive = runtime.health.is_alive
        return web.json_response({"status": "live" if alive else "stuck"}, status=200 if alive else 503)

    async def is_ready(_request: web.Request) -> web.Response:
        return await ready(runtime)

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/up", up), web.get("/live", live)])
    app.add_routes([web.get("/ready", is_ready)])
    return app


async def ready(runtime: Runtime) -> web.Response:
    """200 while PostgreSQL is reachable and we stay. Redis away is degraded, not down: workers sweep without it."""
    found = await runtime.health.look()
    status = 503 if found.oldest_pending is None or runtime.health.is_draining else 200
    checks = {
        "database": found.oldest_pending is not None,
        "redis": found.redis,
        "oldest_pending_seconds": found.oldest_pending,
        "channels": {name: channel.off or "on" for name, channel in runtime.channels.items()},
        "notion": runtime.notion_off or "on",
        "models": runtime.models_off or "on",
        "troubles": dict(found.troubles),
    }
    return web.json_response({"status": runtime.health.word(found), "checks": checks}, status=status)


class _Read(Collector):
    """Figures that were read already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


async def _of_the_fleet(db: Database) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Read(await fleet.families(db)))
    return generate_latest(registry)


async def _feel_lag() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_EVERY_SECONDS
        await asyncio.sleep(LAG_EVERY_SECONDS)
        LOOP_LAG.observe(max(0.0, loop.time() - due))
