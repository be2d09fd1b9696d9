"""The HTTP application: webhooks, the REST API and its documents, exports, health."""

from aiohttp import web

from intake import exports, health, webhooks
from intake.api import (
    changelogs,
    cors,
    dead_letters,
    documents,
    groups,
    metrics,
    notifications,
    reporters,
    simulations,
    tickets,
    webhook_deliveries,
)
from intake.api.route import Route
from intake.webhooks import LARGEST_BODY
from runtime.refusals import explain
from runtime.serving import RUNTIME
from runtime.wiring import Runtime

API = (tickets, changelogs, groups, notifications, metrics, dead_letters, webhook_deliveries, reporters)


def make_app(runtime: Runtime) -> web.Application:
    origins = runtime.settings.cors_origins
    middlewares = [cors.allowing(origins), explain] if origins else [explain]
    app = web.Application(middlewares=middlewares, client_max_size=LARGEST_BODY)
    app[RUNTIME] = runtime
    for part in (health, webhooks, exports):
        app.add_routes(part.routes)
    endpoints = api(is_development=runtime.settings.is_development)
    for route in endpoints:
        app.router.add_route(route.method, route.path, route.serve())
    app.add_routes(documents.of(endpoints))
    return app


def api(*, is_development: bool) -> list[Route]:
    """Every endpoint of the REST API; what makes events up is there in development only."""
    parts = (*API, simulations) if is_development else API
    return [route for part in parts for route in part.routes.all]
