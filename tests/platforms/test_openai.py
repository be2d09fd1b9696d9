"""The models' client, over a real socket against a loopback server."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from hub import pii
from platforms.errors import RateLimited, Refused, Unreachable
from platforms.limits import Limits
from platforms.openai import client as client_module
from platforms.openai.client import OpenAI

ROOT = Path(__file__).resolve().parents[2]
RULES, TEXT = pii.scrub("Sort this report."), pii.scrub("Export fails for ana@example.com")
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}

Answerer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Server:
    """What was asked, and what to answer next; the last answer repeats."""

    answers: list[Answerer]
    asked: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path, await request.json() if request.can_read_body else None))
        self.headers.append(dict(request.headers))
        return await (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])(request)


@asynccontextmanager
async def openai(
    *answers: Answerer, key: str = "sk-test", seconds: float = 5.0, **more: Any
) -> AsyncIterator[tuple[OpenAI, Server]]:
    server = Server(list(answers))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = OpenAI(key=key, base_url=f"http://127.0.0.1:{port}/v1", seconds=seconds, limits=Limits(None), **more)
    try:
        yield client, server
    finally:
        await client.aclose()
        await runner.cleanup()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BACKOFF_SECONDS", 0.01)


def says(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answerer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


def fails(status: int, code: str | None = None, headers: dict[str, str] | None = None) -> Answerer:
    error = {
        "error": {
            "message": "Export fails for somebody",
            "type": "invalid_request_error",
            "code": code,
            "param": None,
        }
    }
    return says(error, status, headers)


def completion(
    content: str | None = '{"a": "b"}', finish: str = "stop", refusal: str | None = None, **more: Any
) -> Answerer:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    answer = {"id": "c1", "object": "chat.completion", "created": 1, "model": "gpt-5.1-2025-11-13", "usage": usage}
    return says(answer | {"choices": [choice]} | more)


async def hangs(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def breaks_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def ask(client: OpenAI, **more: Any) -> client_module.Completion:
    return await client.complete(instructions=RULES, content=TEXT, model="gpt-5.1", **more)


async def test_request_carries_rules_and_text_apart_and_is_not_stored() -> None:
    async with openai(completion()) as (client, server):
        answer = await ask(client, max_tokens=500)
    path, body = server.asked[0]
    assert path == "/v1/chat/completions"
    assert body == {
        "model": "gpt-5.1",
        "messages": [
            {"role": "system", "content": "Sort this report."},
            {"role": "user", "content": "Export fails for [EMAIL_1]"},
        ],
        "store": False,
        "max_completion_tokens": 500,
    }
    assert server.headers[0]["Authorization"] == "Bearer sk-test"
    assert (answer.text, answer.model) == ('{"a": "b"}', "gpt-5.1-2025-11-13")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.finish_reason) == (11, 7, "stop")
    assert answer.milliseconds >= 0


async def test_schema_is_sent_as_strict_structured_output() -> None:
    async with openai(completion()) as (client, server):
        await ask(client, schema=SCHEMA, schema_name="triage")
    form = {"name": "triage", "strict": True, "schema": SCHEMA}
    assert server.asked[0][1]["response_format"] == {"type": "json_schema", "json_schema": form}


async def test_server_that_does_not_count_tokens_is_understood() -> None:
    async with openai(completion(usage=None)) as (client, _):
        answer = await ask(client)
    assert answer.prompt_tokens is None
    assert answer.completion_tokens is None


@pytest.mark.parametrize(
    ("said", "seconds"), [(None, 60), ("5", 60), ("120", 120), ("nonsense", 60), ("inf", 86_400)]
)
async def test_429_starts_a_cool_down_in_which_nothing_is_sent(said: str | None, seconds: int) -> None:
    headers = {"Retry-After": said} if said else {}
    async with openai(fails(429, "rate_limit_exceeded", headers), completion()) as (client, server):
        with pytest.raises(RateLimited) as first:
            await ask(client)
        with pytest.raises(RateLimited) as second:
            await ask(client)
        with pytest.raises(RateLimited):
            await client.embed([TEXT], model="text-embedding-3-small")
        with pytest.raises(RateLimited):
            await client.served()
    assert len(server.asked) == 1
    assert first.value.retry_after == seconds
    assert seconds - 5 < (second.value.retry_after or 0) <= seconds


async def test_retry_after_may_be_a_date_or_milliseconds() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    for headers, seconds in (({"Retry-After": later}, 300), ({"Retry-After-Ms": "90000"}, 90)):
        async with openai(fails(429, None, headers)) as (client, _):
            with pytest.raises(RateLimited) as limited:
                await ask(client)
        assert seconds - 3 < (limited.value.retry_after or 0) <= seconds


async def test_cool_down_is_shared_by_clients_of_the_same_limits() -> None:
    limits = Limits(None)
    await limits.close("openai:rate_limited", 90)
    client = OpenAI(key="sk-test", base_url="http://127.0.0.1:9/v1", seconds=1, limits=limits)
    with pytest.raises(RateLimited) as limited:
        await ask(client)
    assert 80 < (limited.value.retry_after or 0) <= 90
    await client.aclose()


async def test_the_budget_is_asked_before_every_request_that_costs_money() -> None:
    counted: list[int] = []

    async def budget() -> None:
        counted.append(len(server.asked))

    answers = (fails(500), completion(), says({"data": [{"id": "gpt-5.1"}]}), fails(429), completion())
    async with openai(*answers, budget=budget) as (client, server):
        await ask(client)
        assert counted == [0, 1], "each try by itself, before it is made"
        await client.served()
        for _ in range(2):
            with pytest.raises(RateLimited):
                await ask(client)
    assert (counted, len(server.asked)) == ([0, 1, 3], 4), "neither the list of models nor what the cool-down stops"


async def test_used_up_quota_is_refused_once_and_starts_no_cool_down() -> None:
    async with openai(fails(429, "insufficient_quota"), completion()) as (client, server):
        with pytest.raises(Refused, match="quota") as refused:
            await ask(client)
        assert len(server.asked) == 1
        await ask(client)
    assert refused.value.code == "insufficient_quota"
    assert not isinstance(refused.value, RateLimited)


async def test_retired_model_names_the_setting() -> None:
    async with openai(fails(404, "model_not_found")) as (client, server):
        with pytest.raises(Refused, match=r"gpt-5\.1 is retired or not served.*OPENAI_MODEL") as refused:
            await ask(client)
    assert refused.value.code == "model_not_found"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "sentence"), [(401, "OPENAI_API_KEY"), (403, "does not allow"), (400, r"refused the request \(400")]
)
async def test_refusals_are_not_retried_and_do_not_repeat_the_servers_words(status: int, sentence: str) -> None:
    async with openai(fails(status)) as (client, server):
        with pytest.raises(Refused, match=sentence) as refused:
            await ask(client)
    assert len(server.asked) == 1
    assert "somebody" not in str(refused.value)


async def test_wrong_address_is_named() -> None:
    async with openai(fails(404)) as (client, _):
        with pytest.raises(Refused, match="OPENAI_BASE_URL"):
            await client.served()


async def test_without_a_key_nothing_is_sent_and_the_setting_is_named() -> None:
    async with openai(completion(), key="") as (client, server):
        with pytest.raises(Refused, match="OPENAI_API_KEY"):
            await ask(client)
    assert server.asked == []


async def test_server_error_is_tried_three_times_and_no_more() -> None:
    async with openai(fails(500)) as (client, server):
        with pytest.raises(Unreachable, match="500"):
            await ask(client)
    assert len(server.asked) == 3


async def test_answer_after_a_server_error_is_taken() -> None:
    async with openai(fails(503), breaks_off, completion()) as (client, server):
        assert (await ask(client)).text == '{"a": "b"}'
    assert len(server.asked) == 3


async def test_429_during_retries_ends_them() -> None:
    async with openai(fails(500), fails(429), completion()) as (client, server):
        with pytest.raises(RateLimited):
            await ask(client)
    assert len(server.asked) == 2


async def test_server_that_hangs_is_left_after_the_time_limit() -> None:
    async with openai(hangs, seconds=1) as (client, server):
        with pytest.raises(Unreachable, match=r"did not answer within 1 s"):
            await ask(client)
    assert len(server.asked) == 3


async def test_nobody_listening_is_unreachable() -> None:
    client = OpenAI(key="sk-test", base_url="http://127.0.0.1:9/v1", seconds=1, limits=Limits(None))
    with pytest.raises(Unreachable, match="could not be reached"):
        await ask(client)
    await client.aclose()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"id": "c1", "choi', "application/json"),
        ("<html>busy</html>", "text/html"),
        ("[]", "application/json"),
        ('{"choices": null}', "application/json"),
        ('"x"', "application/json"),
        ("null", "application/json"),
        ('{"choices": [{}]}', "application/json"),
        ('{"choices": [null]}', "application/json"),
        ("{}", "application/json"),
    ],
)
async def test_broken_answer_is_unreachable_not_a_crash(body: str, kind: str) -> None:
    async def broken(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type=kind)

    async with openai(broken) as (client, _):
        with pytest.raises(Unreachable, match="could not be read"):
            await ask(client)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (completion(None, refusal="I can't help with that."), "refusal"),
        (completion("", "length"), "length"),
        (completion('{"a": "', "length"), "length"),
        (completion(None, "content_filter"), "content_filter"),
        (completion("  "), "empty"),
    ],
)
async def test_answer_that_is_none_is_refused_in_a_sentence(answer: Answerer, code: str) -> None:
    async with openai(answer) as (client, server):
        with pytest.raises(Refused) as refused:
            await ask(client)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
    assert len(server.asked) == 1


def vectors(*rows: tuple[int, list[float]]) -> Answerer:
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in rows]
    return says({"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}})


async def test_embeddings_come_back_in_order() -> None:
    async with openai(vectors((1, [0.5, 0.25]), (0, [1.0, 2.0]))) as (client, server):
        found = await client.embed([TEXT, RULES], model="text-embedding-3-small", dimensions=2)
    assert found == [[1.0, 2.0], [0.5, 0.25]]
    body = server.asked[0][1]
    assert body["input"] == ["Export fails for [EMAIL_1]", "Sort this report."]
    assert (body["model"], body["dimensions"]) == ("text-embedding-3-small", 2)


async def test_many_long_texts_are_embedded_in_several_requests() -> None:
    async def count(request: web.Request) -> web.StreamResponse:
        texts = (await request.json())["input"]
        assert max(map(len, texts)) <= 8000
        return await vectors(*((index, [float(len(texts))]) for index in range(len(texts))))(request)

    long = pii.scrub("word " * 2000)
    async with openai(count) as (client, server):
        assert len(await client.embed([long] * 60 + [pii.scrub("")], model="m")) == 61
    assert [len(body["input"]) for _, body in server.asked] == [25, 25, 11]


async def test_missing_embedding_is_noticed() -> None:
    async with openai(vectors((0, [1.0]))) as (client, _):
        with pytest.raises(Unreachable, match="could not be read"):
            await client.embed([TEXT, RULES], model="m")


async def test_no_text_asks_nobody() -> None:
    async with openai(vectors()) as (client, server):
        assert await client.embed([], model="m") == []
    assert server.asked == []


async def test_served_leaves_out_models_that_were_shut_down() -> None:
    rows = [
        {"id": "gpt-5.1", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2999-01-01"},
        {"id": "o3-mini", "object": "model", "created": 1, "owned_by": "openai", "shutdown_date": "2020-10-23"},
        {"id": "local", "object": "model", "created": 1, "owned_by": "me", "shutdown_date": None},
        {"id": "plain", "object": "model", "created": 1, "owned_by": "me"},
    ]
    async with openai(says({"object": "list", "data": rows})) as (client, server):
        assert await client.served() == {"gpt-5.1", "local", "plain"}
    assert server.asked == [("/v1/models", None)]


async def test_plain_text_is_refused_at_run_time() -> None:
    async with openai(completion()) as (client, server):
        with pytest.raises(TypeError, match="Scrubbed"):
            await client.complete(instructions=RULES, content="my password is x", model="m")  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="Scrubbed"):
            await client.embed(["plain"], model="m")  # type: ignore[list-item]
    assert server.asked == []


SNIPPET = """
from hub import pii
from hub.pii import Scrubbed
from platforms.openai.client import OpenAI


async def use(client: OpenAI, text: str, scrubbed: Scrubbed) -> None:
    await client.complete(instructions=scrubbed, content=scrubbed, model="m")
    pii.fill("triage", "content", title=scrubbed, text=scrubbed)
    await client.complete(instructions=scrubbed, content=text, model="m")
    await client.complete(instructions=text, content=scrubbed, model="m")
    await client.embed([text], model="m")
    await client.embed(text, model="m")
    pii.fill("triage", "content", title=scrubbed, text=text)
"""


CONFIG = """[mypy]
[mypy-openai.*,httpx2.*,pydantic.*,redis.*,prometheus_client.*,structlog.*,jinja2.*,phonenumbers.*,stdnum.*,sqlalchemy.*]
follow_imports = skip
ignore_missing_imports = True
"""
"""Only what is ours has to be known: reading all libraries takes half a minute."""


def test_type_checker_refuses_plain_text(tmp_path: Path) -> None:
    snippet, config = tmp_path / "snippet.py", tmp_path / "mypy.ini"
    snippet.write_text(SNIPPET)
    config.write_text(CONFIG)
    mypy = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--config-file",
        str(config),
    ]
    run = subprocess.run([*mypy, str(snippet)], cwd=ROOT, capture_output=True, text=True, check=False)
    wrong = [line for line in run.stdout.splitlines() if "snippet.py" in line and ": error:" in line]
    assert sorted(int(line.split(":")[1]) for line in wrong) == [10, 11, 12, 13, 14], run.stdout + run.stderr
    assert all('"str"' in line for line in wrong)
