"""Pages of other origins read the API where CORS_ORIGINS names them, and nowhere else; webhooks are nobody's page."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import ClientResponse, ClientSession, web
from multidict import CIMultiDictProxy

from intake.app import make_app
from runtime.settings import Settings
from runtime.wiring import open_runtime
from tests.runtime.conftest import served

KEY = "key-of-the-test-0123456789"
DESK, LOCAL = "https://desk.example.com", "http://localhost:5173"
STRANGERS = (
    "https://desk.example.com.evil.test",
    "https://evil.test",
    "http://desk.example.com",
    "https://DESK.example.com",
    "https://desk.example.com:8443",
    "https://desk.example.com/",
    "null",
    "",
    f"{DESK}, {LOCAL}",
)
PREFLIGHT = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"}
Open = Callable[..., AsyncIterator[ClientSession]]


@pytest.fixture
def intake(world_url: str, redis_url: str) -> Open:
    @asynccontextmanager
    async def opened(origins: str = "") -> AsyncIterator[ClientSession]:
        given = {"cors_origins": origins} if origins else {}
        settings = Settings(
            _env_file=None,
            database_url=world_url,
            redis_url=redis_url,
            hub_api_key=KEY,
            whatsapp_verify_token="verify",
            slack_bot_token="xoxb-1",
            slack_signing_secret="signing-secret-of-the-test",
            **given,
        )
        async with AsyncExitStack() as stack:
            app: web.Application = make_app(await stack.enter_async_context(open_runtime(settings)))
            address = await stack.enter_async_context(served(app))
            yield await stack.enter_async_context(ClientSession(address))

    return opened


def said(answer: ClientResponse) -> dict[str, str]:
    """What a browser goes by."""
    headers: CIMultiDictProxy[str] = answer.headers
    return {name: value for name, value in headers.items() if name.startswith("Access-Control-")}


async def test_without_the_setting_no_page_is_told_anything(intake: Open):
    async with intake() as page:
        for path in ("/api/tickets", "/webhooks/slack", "/up"):
            for answer in (
                await page.get(path, headers={"Origin": DESK, "Authorization": f"Bearer {KEY}"}),
                await page.options(path, headers={"Origin": DESK} | PREFLIGHT),
            ):
                assert said(answer) == {}
                assert "Vary" not in answer.headers
        assert (await page.options("/api/tickets", headers={"Origin": DESK} | PREFLIGHT)).status == 405


@pytest.mark.parametrize("origin", [DESK, LOCAL])
async def test_a_listed_page_may_ask_first_and_then_read(intake: Open, origin: str):
    async with intake(f"{DESK}, {LOCAL}") as page:
        first = await page.options("/api/tickets/1", headers={"Origin": origin} | PREFLIGHT)
        assert (first.status, await first.read()) == (204, b""), "without a key: browsers send none with it"
        assert said(first)["Access-Control-Allow-Origin"] == origin
        assert "PATCH" in said(first)["Access-Control-Allow-Methods"]
        allowed = said(first)["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"authorization", "content-type", "if-match"} <= set(allowed)
        assert "Access-Control-Allow-Credentials" not in said(first)

        answer = await page.get("/api/tickets", headers={"Origin": origin, "Authorization": f"Bearer {KEY}"})
        assert (answer.status, (await answer.json())["data"]) == (200, [])
        assert said(answer) == {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
        }
        assert answer.headers.getall("Vary") == ["Origin"]


async def test_a_listed_page_can_read_why_it_was_refused(intake: Open):
    async with intake(DESK) as page:
        for path, key, status in (("/api/tickets", "wrong", 401), ("/api/nothing", KEY, 404)):
            answer = await page.get(path, headers={"Origin": DESK, "Authorization": f"Bearer {key}"})
            assert (answer.status, said(answer)["Access-Control-Allow-Origin"]) == (status, DESK)


@pytest.mark.parametrize("origin", STRANGERS)
async def test_whoever_is_not_listed_is_told_nothing_and_caches_are_warned(intake: Open, origin: str):
    async with intake(f"{DESK}, {LOCAL}") as page:
        answer = await page.get("/api/tickets", headers={"Origin": origin, "Authorization": f"Bearer {KEY}"})
        assert (said(answer), answer.headers["Vary"]) == ({}, "Origin")
        first = await page.options("/api/tickets", headers={"Origin": origin} | PREFLIGHT)
        assert (first.status, said(first)) == (405, {})


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/slack",
        "/webhooks/notion",
        "/webhooks/whatsapp?hub.mode=subscribe",
        "/up",
        "/ready",
        "/docs",
        "/openapi.json",
        "/API/tickets",
        "/api",
    ],
)
async def test_nothing_but_the_api_is_for_pages(intake: Open, path: str):
    async with intake(DESK) as page:
        for method in ("GET", "POST", "OPTIONS"):
            answer = await page.request(method, path, headers={"Origin": DESK} | PREFLIGHT)
            assert said(answer) == {}, method
            assert "Vary" not in answer.headers
