"""The frame: health, who may press, and what is written down of a request."""

import asyncio
import os
import sys

import aiohttp
import pytest


async def test_it_says_that_it_is_up(outside):
    status, answer, _ = await outside.ask("GET", "/up")
    assert (status, answer) == (200, {"status": "up"})


async def test_pages_from_elsewhere_may_press_nothing(outside):
    for site, expected in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        status, _, _ = await outside.ask("POST", "/_control/clock", {"advance_seconds": 0}, Sec_Fetch_Site=site)
        assert status == expected


async def test_every_request_is_written_down_with_its_status(outside):
    await outside.ask("POST", "/notion/v1/pages", {"a": 1})
    await outside.ask("GET", "/notion/v1/users/me?x=y", Authorization="Bearer notion-key")
    first, second = await outside.sent("notion")
    assert {key: first[key] for key in ("method", "path", "body", "status")} == {
        "method": "POST",
        "path": "/notion/v1/pages",
        "body": {"a": 1},
        "status": 401,
    }
    assert second["path"] == "/notion/v1/users/me?x=y"
    assert second["body"] is None
    assert second["status"] == 400
    assert first["at"] <= second["at"]


async def test_a_form_is_written_down_by_its_fields(outside):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    await outside.ask("POST", "/openai/v1/x", "a=1&b=%20two", **form)
    assert (await outside.sent("openai"))[0]["body"] == {"a": "1", "b": " two"}


async def test_a_body_that_is_too_large_is_refused_and_written_down(outside):
    status, _, _ = await outside.ask("POST", "/intercom/messages", b"x" * (20 * 1024 * 1024 + 1))
    assert status == 413
    assert [one["status"] for one in await outside.sent("intercom")] == [413]


@pytest.mark.parametrize("platform", ["intercom", "whatsapp", "notion", "openai"])
async def test_unknown_paths_get_the_platforms_own_error(outside, platform):
    tokens = {"intercom": "intercom-token", "whatsapp": "whatsapp-token", "notion": "notion-key", "openai": "sk-test"}
    headers = {"Authorization": f"Bearer {tokens[platform]}", "Notion_Version": "2025-09-03"}
    status, answer, _ = await outside.ask("POST", f"/{platform}/no/such/thing", {}, **headers)
    assert status in (400, 404)
    assert "error" in answer or "error.list" in answer.values() or "error" in answer.values()


async def test_the_module_serves_on_its_port_and_stops_on_sigterm(free_port, tmp_path):
    port = str(free_port())
    given = {"DATABASE_URL": "x", "REDIS_URL": "x", "SANDBOX_PORT": port, "HUB_HOME": str(tmp_path)}
    environment = {**os.environ, **given}
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", env=environment, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        assert port.encode() in await started.stdout.readline()
        async with session.get(f"http://127.0.0.1:{port}/up") as answer:
            assert answer.status == 200
        started.terminate()
        assert await started.wait() == 0
