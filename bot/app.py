"""Slack's door: the raw bytes are verified and, for events, kept and read before Bolt acknowledges anything."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult

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
    ticket_merge,
    ticket_reply,
    tickets,
    triage,
)
from hub import ingestion, pii
from hub.errors import ChannelOff
from runtime import crashing
from runtime.refusals import BadDelivery, explain, parse_delivery
from runtime.serving import headers_of, read_body
from runtime.wiring import Runtime
from storage.arrivals import Delivery

log = structlog.get_logger(__name__)


def make_app(runtime: Runtime) -> web.Application:
    channel = runtime.channels["slack"]
    bolt = make_bolt(runtime)

    async def events(request: web.Request) -> web.StreamResponse:
        if channel.off:
            raise ChannelOff(channel.off)
        body = await read_body(request, accepts=channel.accepts, limit=channel.max_body)
        channel.verify(headers_of(request), body, datetime.now(UTC))
        payload = parse_delivery(request, body)
        if not isinstance(payload, dict):
            raise BadDelivery("The body is no Slack payload.")
        if payload.get("type") == "event_callback":
            delivery = Delivery("slack", request.content_type, body)
            crashing.passed("delivery_verified")
            taken = await ingestion.receive(runtime.db, channel, delivery, payload)
            crashing.passed("delivery_kept")
            if taken.unreadable:
                return web.json_response({"status": "kept"})
        try:
            return await _dispatch(bolt, request, body)
        except Exception as error:  # Bolt reaches into payloads before any listener of ours; what was said is kept
            log.warning("not_dispatched", error=type(error).__name__)
            raise BadDelivery("The payload is not of a form Slack sends.") from None

    async def up(_request: web.Request) -> web.Response:
        return web.json_response({"status": "up"})

    app = web.Application(middlewares=[explain], client_max_size=channel.max_body)
    app.add_routes([web.post("/slack/events", events), web.get("/up", up)])
    app.on_startup.append(_warm)
    return app


async def _warm(_app: web.Application) -> None:
    """The scrubber's process starts with us, not with the first click."""
    await pii.scrub_all(["warm"], seconds=20)


def make_bolt(runtime: Runtime) -> AsyncApp:
    """Bolt only routes: signatures are ours to check, and answers go out by our own client."""
    app = AsyncApp(
        client=runtime.slack().web,
        authorize=_authorized(runtime),
        signing_secret="checked-before-bolt",  # noqa: S106 - the door verifies the raw bytes itself
        request_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )
    development = (simulator,) if runtime.settings.is_development else ()
    for screen in (
        tickets,
        ticket,
        ticket_assign,
        ticket_edit,
        ticket_erase,
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
        screen.register(app, runtime)

    @app.event(re.compile(".*"))
    async def taken_in_already() -> None:
        """An event without a listener would be answered 404, which Slack counts as a failed delivery."""

    return app


async def _dispatch(bolt: AsyncApp, request: web.Request, body: bytes) -> web.Response:
    headers: dict[str, str | Sequence[str]] = {
        name: values for name, values in headers_of(request).items() if "slack-bolt" not in name
    }
    answer = await bolt.async_dispatch(
        AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=headers)
    )
    if answer.status >= 500:  # listeners say what went wrong themselves: this is Bolt, which could not reach into it
        raise BadDelivery("The payload is not of a form Slack sends.")
    response: web.Response = await to_aiohttp_response(answer)
    return response


def _authorized(runtime: Runtime) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Who we are in a workspace, without asking Slack: its own way waits for auth.test before the first ack."""
    token = runtime.settings.slack_bot_token.get_secret_value().strip()

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=token)

    return authorize
