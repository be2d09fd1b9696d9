"""Slack's door: what comes is verified and, for events, kept and read before Bolt acknowledges anything."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bot import (
    changelog,
    changelogs,
    dead_letters,
    deliveries,
    group_resolve,
    groups,
    home,
    metrics,
    new_ticket,
    reports,
    search,
    simulator,
    suggestions,
    ticket,
    ticket_assign,
    ticket_edit,
    ticket_erase,
    ticket_export,
    ticket_merge,
    ticket_reply,
    tickets,
    triage,
)
from bot.routes import Routes
from bot.socket import Take, connected
from hub import ingestion
from hub.errors import ChannelOff
from platforms.slack.report import is_echo
from runtime import crashing
from runtime.logs import BOLT
from runtime.refusals import BadDelivery, explain, parse_delivery
from runtime.serving import FINISH_SECONDS, read_delivery
from runtime.wiring import Runtime
from storage.arrivals import Delivery

log = structlog.get_logger(__name__)


def make_app(runtime: Runtime) -> web.Application:
    channel = runtime.channels["slack"]
    routes = make_routes(runtime)
    take = _taking(runtime, routes.app)

    async def events(request: web.Request) -> web.StreamResponse:
        if channel.off:
            raise ChannelOff(channel.off)
        body = await read_delivery(request, channel)
        payload = parse_delivery(request, body)
        answer = await take(Delivery("slack", request.content_type, body), payload)
        response: web.Response = await to_aiohttp_response(answer)
        return response

    async def up(_request: web.Request) -> web.Response:
        return web.json_response({"status": "up"})

    app = web.Application(middlewares=[explain], client_max_size=channel.max_body)
    app.add_routes([web.post("/slack/events", events), web.get("/up", up)])
    app.cleanup_ctx.append(_finishing(routes))  # ended after what comes next: nothing is clicked any more then
    app.cleanup_ctx.append(connected(runtime, take))
    return app


def _taking(runtime: Runtime, bolt: AsyncApp) -> Take:
    """Events are durable before Bolt sees them and before Slack is answered, by whichever way they came."""

    async def take(delivery: Delivery, payload: object) -> BoltResponse:
        if not isinstance(payload, dict):
            raise BadDelivery("The body is no Slack payload.")
        if payload.get("type") == "event_callback":
            if is_echo(payload):
                return BoltResponse(status=200, body={"status": "ours"})
            crashing.passed("delivery_verified")
            taken = await ingestion.receive(runtime.db, runtime.channels["slack"], delivery, payload)
            crashing.passed("delivery_kept")
            if taken.unreadable or not _is_heard(payload):
                return BoltResponse(status=200, body={"status": "kept"})
        try:
            return await _dispatch(bolt, delivery)
        except Exception as error:  # Bolt reaches into payloads before any listener of ours; what was said is kept
            log.warning("not_dispatched", error=type(error).__name__)
            raise BadDelivery("The payload is not of a form Slack sends.") from None

    return take


def _finishing(routes: Routes) -> Callable[[web.Application], AsyncIterator[None]]:
    async def finishing(_app: web.Application) -> AsyncIterator[None]:
        yield
        await routes.finish(seconds=FINISH_SECONDS)

    return finishing


def make_routes(runtime: Runtime) -> Routes:
    """Bolt only routes: signatures are ours to check, and answers go out by our own client."""
    app = AsyncApp(
        name="feedback-hub",  # else it is found by reading the source of every loaded module
        client=runtime.slack().web,
        authorize=_authorized(runtime),
        signing_secret="checked-before-bolt",  # noqa: S106 - the door verifies the raw bytes itself
        request_verification_enabled=False,
        raise_error_for_unhandled_request=False,
        logger=logging.getLogger(BOLT),  # else it takes the level of the root again
    )
    routes = Routes(app)
    development = (simulator,) if runtime.settings.is_development else ()
    for screen in (
        tickets,
        ticket,
        ticket_assign,
        ticket_edit,
        ticket_erase,
        ticket_export,
        ticket_merge,
        ticket_reply,
        triage,
        changelog,
        reports,
        home,
        search,
        new_ticket,
        groups,
        group_resolve,
        suggestions,
        deliveries,
        changelogs,
        dead_letters,
        metrics,
        *development,
    ):
        screen.register(routes, runtime)

    return routes


def _is_heard(payload: dict[str, Any]) -> bool:
    """Whether Bolt has a listener for this event: it asks each of all its listeners whether it is meant."""
    event = payload.get("event")
    return isinstance(event, dict) and event.get("type") == home.OPENED


async def _dispatch(bolt: AsyncApp, delivery: Delivery) -> BoltResponse:
    """Of the head Bolt is told the content type alone: some headers of its own would change what it does."""
    headers: dict[str, str | Sequence[str]] = {"content-type": delivery.content_type}
    answer = await bolt.async_dispatch(AsyncBoltRequest(body=delivery.body.decode(), headers=headers))
    if answer.status >= 500:  # listeners say what went wrong themselves: this is Bolt, which could not reach into it
        raise BadDelivery("The payload is not of a form Slack sends.")
    return answer


def _authorized(runtime: Runtime) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Who we are in a workspace, without asking Slack: its own way waits for auth.test before the first ack."""
    token = runtime.settings.slack_bot_token.get_secret_value()

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize
