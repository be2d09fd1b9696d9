"""Traces reach a collector, carry nobody's words, and a collector that is away is nobody's trouble."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from platforms import calls
from platforms.errors import Refused
from runtime import requests, tracing
from runtime.refusals import explain
from tests.runtime.conftest import served

ROOT = Path(__file__).parents[2]


async def look_outside(request: web.Request) -> web.Response:
    with pytest.raises(Refused), calls.counted("slack"):
        raise Refused("Rita's words.", platform="slack")
    return web.json_response({})


def hub() -> web.Application:
    app = web.Application(middlewares=[explain])
    app.add_routes([web.get("/tickets/{id}", look_outside)])
    requests.watch(app, troubles={})
    return app


@pytest.fixture(autouse=True)
def around(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(calls.AROUND, "put", tracing.call_outside)
    yield
    tracing.stop()


@pytest.fixture
async def collector() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An address for traces, and what came."""
    came: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        came.append(await request.read())
        return web.Response()

    app = web.Application()
    app.add_routes([web.post("/v1/traces", take)])
    async with served(app) as address:
        yield address, came


async def ask(path: str, **headers: str) -> int:
    async with (
        served(hub()) as address,
        ClientSession(address) as session,
        session.get(path, headers=headers) as answer,
    ):
        return answer.status


def spans(came: list[bytes]) -> list[Any]:
    exports = [ExportTraceServiceRequest.FromString(body) for body in came]
    return [s for export in exports for r in export.resource_spans for scope in r.scope_spans for s in scope.spans]


async def test_a_request_and_what_it_asked_outside_arrive_as_one_trace(collector):
    address, came = collector
    tracing.start("intake", address)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert await ask("/tickets/secret-words", traceparent=parent) == 200
    await asyncio.to_thread(tracing.stop)
    asked, answered = spans(came)
    assert (asked.name, answered.name) == ("slack", "GET /tickets/{id}")
    assert asked.parent_span_id == answered.span_id
    assert answered.parent_span_id.hex() == "b7ad6b7169203331"
    assert asked.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert {fact.key: fact.value.int_value for fact in answered.attributes}["http.response.status_code"] == 200
    assert {fact.key: fact.value.string_value for fact in asked.attributes}["error.type"] == "Refused"
    assert not any(word in b"".join(came) for word in (b"Rita", b"secret-words"))


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "http://nowhere.invalid:4318"])
async def test_a_collector_that_is_away_fails_nothing(address: str):
    tracing.start("intake", address)
    assert await ask("/tickets/1") == 200
    await asyncio.to_thread(tracing.stop)
    assert await ask("/tickets/1") == 200, "and afterwards there are no traces"


def test_without_a_collector_nothing_of_opentelemetry_is_loaded():
    program = (
        "import sys, bot.__main__, jobs.__main__; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    )
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
