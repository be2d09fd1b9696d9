"""One door for every channel: verify the raw bytes, keep them, read them; only then answer."""

import hmac
import re

import structlog
from aiohttp import web

from hub import ingestion
from hub.errors import ChannelOff
from hub.work import Work, promise
from platforms.notion import webhook
from runtime import crashing
from runtime.refusals import answer, parse_delivery
from runtime.serving import RUNTIME, headers_of, read_body, read_delivery
from runtime.wiring import Runtime
from storage.arrivals import Delivery

LARGEST_BODY = 3 * 1024 * 1024
"""Bytes; the most any channel may send. aiohttp refuses more while it arrives."""

NOTION_BODY = 1024 * 1024
log = structlog.get_logger(__name__)
routes = web.RouteTableDef()


@routes.get("/webhooks/whatsapp")
async def handshake(request: web.Request) -> web.Response:
    """Meta's check that the address is ours ("Create webhook endpoint"): the challenge comes back as plain text."""
    settings = request.app[RUNTIME].settings
    expected = settings.whatsapp_verify_token.get_secret_value().strip()
    if not expected:
        raise ChannelOff("WhatsApp's handshake is off: set WHATSAPP_VERIFY_TOKEN.")
    challenge = request.query.get("hub.challenge", "")
    given = request.query.get("hub.verify_token", "")
    matches = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())
    if request.query.get("hub.mode") != "subscribe" or not matches or not re.fullmatch(r"[\w-]{1,200}", challenge):
        return answer(403, "forbidden", "The verify token or the challenge is wrong.")
    return web.Response(text=challenge, content_type="text/plain")


@routes.head("/webhooks/intercom")
async def is_there(_request: web.Request) -> web.Response:
    """Intercom validates an address with HEAD ("Setting up webhooks")."""
    return web.Response()


@routes.post("/webhooks/notion")
async def notion(request: web.Request) -> web.Response:
    """Notion's hint that a page changed: the promise to look is what is kept, the hint itself says nothing."""
    runtime = request.app[RUNTIME]
    body = await read_body(request, accepts=frozenset({"application/json"}), limit=NOTION_BODY)
    secret = runtime.settings.notion_webhook_secret.get_secret_value().strip()
    if not secret and runtime.notion_off:
        raise ChannelOff(runtime.notion_off)
    token = webhook.offered_token(parse_delivery(request, body)) if not secret else None
    if token is not None:
        _keep_offer(runtime, token)
        return web.json_response({"status": "kept"})
    webhook.verify(headers_of(request), body, secret=secret)
    page_id = webhook.page_of(parse_delivery(request, body))
    if page_id is not None:
        async with runtime.db.transaction() as session:
            promise(session, Work.LOOK, page_id)
    return web.json_response({"status": "ok"})


def _keep_offer(runtime: Runtime, token: str) -> None:
    """A new subscription's first request brings the secret of all later ones: an operator reads it from a file."""
    place = runtime.settings.hub_home / "notion-verification-token"
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.touch(mode=0o600)
    place.write_text(f"{token}\n")
    log.warning("notion_webhook_offered", token_in=str(place), then=f"set {webhook.SETTING} and start intake again")


@routes.post("/webhooks/{channel}")
async def receive(request: web.Request) -> web.Response:
    runtime = request.app[RUNTIME]
    channel = runtime.channels.get(request.match_info["channel"])
    if channel is None or not channel.accepts:
        return answer(404, "not_found", "There is no such channel.")
    structlog.contextvars.bind_contextvars(channel=channel.name)
    if channel.off:
        raise ChannelOff(channel.off)
    body = await read_delivery(request, channel)
    payload = parse_delivery(request, body)
    crashing.passed("delivery_verified")
    taken = await ingestion.receive(runtime.db, channel, Delivery(channel.name, request.content_type, body), payload)
    crashing.passed("delivery_kept")
    log.info("delivery_taken", tickets=len(taken.numbers), comments=taken.comments, unreadable=len(taken.unreadable))
    return web.json_response({"status": "ok"})
