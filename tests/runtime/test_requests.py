"""Every request has an id, is counted under its route, and leaves nothing behind for the next one."""

from collections.abc import AsyncIterator

import pytest
import structlog
from aiohttp import ClientSession, web
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from hub.errors import Forged
from runtime import requests
from runtime.refusals import explain
from tests.runtime.conftest import served


async def greet(request: web.Request) -> web.Response:
    bound = structlog.contextvars.get_contextvars()
    structlog.contextvars.bind_contextvars(leftover="of this request")
    return web.json_response(bound)


async def refuse(request: web.Request) -> web.Response:
    if "good" in request.query:
        return web.Response()
    raise Forged("No.", reason=request.query.get("reason", "mismatch"))


async def fail(request: web.Request) -> web.Response:
    raise ValueError


async def move(request: web.Request) -> web.Response:
    raise web.HTTPFound("/tickets/1")


TROUBLES: dict[str, str] = {}


@pytest.fixture
async def hub() -> AsyncIterator[ClientSession]:
    TROUBLES.clear()
    app = web.Application(middlewares=[explain])
    app.add_routes([web.get("/tickets/{id}", greet), web.get("/broken", fail), web.get("/moved", move)])
    app.add_routes([web.post("/webhooks/{channel}", refuse)])
    requests.watch(app, troubles=TROUBLES)
    async with served(app) as address, ClientSession(address) as session:
        yield session


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_an_id_that_is_harmless_is_kept(hub: ClientSession):
    async with hub.get("/tickets/1", headers={"X-Request-Id": "trace-1_a.B"}) as answer:
        assert answer.headers.getall("X-Request-Id") == ["trace-1_a.B"]
        assert (await answer.json())["request_id"] == "trace-1_a.B"


@pytest.mark.parametrize("given", ["", "a b", "é", "x" * 65, 'a"b', "../a"])
async def test_any_other_is_replaced(hub: ClientSession, given: str):
    async with hub.get("/tickets/1", headers={"X-Request-Id": given}) as answer:
        made = answer.headers["X-Request-Id"]
    assert (len(made), int(made, 16) > 0) == (32, True)


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/nowhere", 404), ("/moved", 302)])
async def test_errors_and_redirections_have_one_too(hub: ClientSession, path: str, status: int):
    async with hub.get(path, headers={"X-Request-Id": "mine"}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["X-Request-Id"]) == (status, "mine")


async def test_nothing_of_one_request_is_told_of_the_next(hub: ClientSession):
    await (await hub.get("/tickets/1")).read()
    async with hub.get("/tickets/2") as answer:
        assert set(await answer.json()) == {"request_id"}


async def test_requests_are_counted_by_pattern_and_never_by_path(hub: ClientSession):
    known = {"route": "/tickets/{id}", "method": "GET", "status": "200"}
    unknown = {"route": "unmatched", "method": "other", "status": "404"}
    before = counted("hub_http_requests_total", **known), counted("hub_http_requests_total", **unknown)
    await hub.get("/tickets/seven")
    await hub.request("PROPFIND", "/coffee")
    after = counted("hub_http_requests_total", **known), counted("hub_http_requests_total", **unknown)
    assert after == (before[0] + 1, before[1] + 1)


@pytest.mark.parametrize(("reason", "outcome"), [("stale", "stale"), ("mismatch", "bad_signature")])
async def test_refused_deliveries_are_counted_by_why(hub: ClientSession, reason: str, outcome: str):
    labels = {"source": "slack", "outcome": outcome}
    before = counted("hub_webhooks_total", **labels)
    async with hub.post("/webhooks/slack", params={"reason": reason}) as answer:
        assert answer.status == 401
        assert reason not in await answer.text()
    assert counted("hub_webhooks_total", **labels) == before + 1


async def test_a_secret_that_is_another_than_the_platforms_is_said_until_a_delivery_was_signed_with_it(
    hub: ClientSession,
):
    async def deliver(channel: str, **query: str) -> None:
        await (await hub.post(f"/webhooks/{channel}", params=query)).read()

    for _ in range(5):
        await deliver("intercom", reason="missing")
        await deliver("whatsapp", reason="stale")
    for _ in range(2):
        await deliver("intercom")
    assert TROUBLES == {}, "anybody can send anything"
    with capture_logs() as logged:
        await deliver("intercom")
        await deliver("intercom", reason="missing")
    told = [row["why"] for row in logged if row["event"] == "signed_with_another_secret"]
    assert told == [TROUBLES["intercom_secret"]], "once, whatever else is refused"
    assert "INTERCOM_WEBHOOK_SECRET" in TROUBLES["intercom_secret"]
    await deliver("whatsapp", good="1")
    assert list(TROUBLES) == ["intercom_secret"]
    await deliver("intercom", good="1")
    assert TROUBLES == {}
