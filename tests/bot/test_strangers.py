"""Whoever is no agent can report and nothing else, whatever they send."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from blocks.home import OPEN_REPORT
from bot.app import make_routes
from platforms.slack.report import REPORT_COMMAND, REPORT_SHORTCUT, REPORT_VIEW
from runtime.settings import Settings
from runtime.wiring import Runtime, open_runtime
from storage.models import Base
from tests.build import World
from tests.sandbox.conftest import run_sandbox

FOR_EVERYBODY = {
    ("command", REPORT_COMMAND),
    ("view", REPORT_VIEW),
    ("shortcut", REPORT_SHORTCUT),
    ("shortcut", OPEN_REPORT),
    ("action", OPEN_REPORT),
}


@pytest.fixture
async def runtime(world_url: str, redis_url: str) -> AsyncIterator[Runtime]:
    async with run_sandbox() as outside:
        slack = {"slack_base_url": f"{outside.url}/slack/api/", "slack_bot_token": "xoxb-sandbox"}
        given = {"database_url": world_url, "redis_url": redis_url, "hub_env": "development", **slack}
        async with open_runtime(Settings(_env_file=None, **given)) as opened:
            yield opened


async def test_every_click_but_those_that_report_is_refused(runtime: Runtime, world: World):
    listeners = make_routes(runtime)._listeners
    assert set(listeners) > FOR_EVERYBODY
    before = await counted(world)
    for (kind, name), listener in listeners.items():
        if (kind, name) in FOR_EVERYBODY:
            continue
        answers: list[dict[str, Any]] = []

        async def ack(*, answers: list[dict[str, Any]] = answers, **answer: Any) -> None:
            answers.append(answer)

        with capture_logs() as told:
            await listener(ack, click(name), SimpleNamespace(raw_body=""))
        assert [row["event"] for row in told if row["event"].startswith("refused")] == ["refused_no_agent"], name
        assert len(answers) == 1, (kind, name)
        if kind in ("view", "command"):
            assert "Only support agents" in str(answers), (kind, name)
        if kind == "options":
            assert answers == [{"options": []}], name
    assert await counted(world) == before


def click(name: str) -> dict[str, Any]:
    """With what any kind of click has."""
    return {
        "team": {"id": "T0SANDBOX"},
        "user": {"id": "U0RITA"},
        "trigger_id": "made.up",
        "actions": [{"action_id": name, "block_id": "b", "value": str(uuid4())}],
        "view": {"callback_id": name, "private_metadata": "{}", "state": {"values": {}}},
        "text": "help",
        "value": "a",
    }


async def counted(world: World) -> dict[str, int]:
    return {table.name: await world.count(table.name) for table in Base.metadata.sorted_tables}
