"""The HTTP application: webhooks, the REST API, health."""

from aiohttp import web

from intake import health, webhooks
from intake.api import changelogs, groups, metrics, simulations, tickets
from intake.api.door import authenticate
from intake.webhooks import LARGEST_BODY, RUNTIME
from runtime.refusals import explain
from runtime.wiring import Runtime


def make_app(runtime: Runtime) -> web.Application:
    app = web.Application(middlewares=[explain, authenticate], client_max_size=LARGEST_BODY)
    app[RUNTIME] = runtime
    development = (simulations,) if runtime.settings.is_development else ()
    for part in (health, webhooks, tickets, changelogs, groups, metrics, *development):
        app.add_routes(part.routes)
    return app
