"""`python -m bot check`: each credential is tried over real sockets, and what is missing is said in sentences."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bot import check
from platforms.checking import Finding
from platforms.slack.checks import SCOPES
from runtime.settings import Settings
from runtime.wiring import open_runtime
from tests.sandbox.conftest import KEYS, Outside, run_sandbox

APP_TOKEN = "xapp-for-tests"
MODELS = ("gpt-5.1", "gpt-4o-mini")
Look = Callable[..., Awaitable[dict[str, list[Finding]]]]


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with run_sandbox(slack_app_token=APP_TOKEN, whatsapp_template_language="en_US,es") as one:
        yield one


@pytest.fixture
async def look(outside: Outside, world_url: str, redis_url: str) -> Look:
    """What the check finds with these settings on top of those that are right."""

    async def found(**changed: Any) -> dict[str, list[Finding]]:
        given = {
            **KEYS,
            "database_url": world_url,
            "redis_url": redis_url,
            "slack_base_url": f"{outside.url}/slack/api/",
            "intercom_base_url": f"{outside.url}/intercom",
            "whatsapp_base_url": f"{outside.url}/whatsapp",
            "notion_base_url": f"{outside.url}/notion",
            "openai_base_url": f"{outside.url}/openai/v1",
            "whatsapp_template_language": "en_US,es",
            "openai_models": MODELS,
            **changed,
        }
        async with open_runtime(Settings(_env_file=None, **given)) as runtime:
            return {name: tried async for name, tried in check.findings(runtime)}

    return found


def wrong(found: dict[str, list[Finding]]) -> list[str]:
    return [one.sentence for tried in found.values() for one in tried if one.state == "wrong"]


def said(found: dict[str, list[Finding]], name: str) -> str:
    return " ".join(f"{one.state}: {one.sentence}" for one in found[name])


async def test_all_is_well_where_everything_is_given(look: Look):
    found = await look()
    assert list(found) == [check.HERE, "Slack", "Intercom", "WhatsApp", "Notion", "Models"]
    assert wrong(found) == []
    assert "feedback_hub in the workspace Sandbox" in said(found, "Slack")
    assert "#feedback-triage" in said(found, "Slack")
    assert "2 people are agents, by the triage channel" in said(found, "Slack")
    assert "note: Slack has to reach the bot at /slack/events" in said(found, "Slack")
    assert "in the workspace abc123def" in said(found, "Intercom")
    assert "approved in en_US" in said(found, "WhatsApp")
    assert "approved in es" in said(found, "WhatsApp")
    assert "every column" in said(found, "Notion")
    assert "note: Changes are seen every 120 seconds" in said(found, "Notion")
    assert "gpt-5.1 (OPENAI_MODEL) is one of them" in said(found, "Models")


async def test_socket_mode_is_tried_and_needs_no_signing_secret(look: Look):
    found = await look(slack_app_token=APP_TOKEN, slack_signing_secret="")
    assert wrong(found) == []
    assert "ok: The app token opens sockets" in said(found, "Slack")
    found = await look(slack_app_token="xapp-of-another-app", slack_signing_secret="")
    assert len(wrong(found)) == 1
    assert "SLACK_APP_TOKEN" in wrong(found)[0]
    assert "xapp-of" not in str(found)


async def test_what_is_off_names_what_turns_it_on_and_is_not_wrong(look: Look):
    off = {name: "" for name in KEYS if name.endswith(("token", "key", "secret"))}
    found = await look(**off)
    assert wrong(found) == []
    for name, setting in {
        "Slack": "SLACK_APP_TOKEN",
        "Intercom": "INTERCOM_API_TOKEN",
        "WhatsApp": "WHATSAPP_API_TOKEN",
        "Notion": "NOTION_API_KEY",
        "Models": "OPENAI_API_KEY",
    }.items():
        (one,) = found[name]
        assert one.state == "off"
        assert setting in one.sentence


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"slack_bot_token": "xoxb-other"}, "check SLACK_BOT_TOKEN"),
        ({"slack_triage_channel": ""}, "set SLACK_TRIAGE_CHANNEL"),
        ({"slack_triage_channel": "C0NOWHERE", "slack_agents": "S0AGENTS"}, "The app sees no channel C0NOWHERE"),
        ({"slack_agents": "S0OTHERS"}, "SLACK_AGENTS"),
        ({"intercom_api_token": "other"}, "check INTERCOM_API_TOKEN"),
        ({"intercom_admin_id": ""}, "set INTERCOM_ADMIN_ID"),
        ({"intercom_admin_id": "1"}, "There is no teammate 1"),
        ({"intercom_app_id": "other"}, "set it to abc123def"),
        ({"whatsapp_api_token": "other"}, "WHATSAPP_API_TOKEN"),
        ({"whatsapp_phone_number_id": ""}, "set WHATSAPP_PHONE_NUMBER_ID"),
        ({"whatsapp_phone_number_id": "1"}, "WHATSAPP_PHONE_NUMBER_ID"),
        ({"whatsapp_template": "other"}, "There is no template other in en_US"),
        ({"whatsapp_template_language": "en_US,fr"}, "There is no template issue_resolved in fr"),
        ({"notion_api_key": "other"}, "check NOTION_API_KEY"),
        ({"notion_database_id": "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7b"}, "NOTION_DATABASE_ID"),
        ({"openai_api_key": "sk-other"}, "OPENAI_API_KEY"),
        ({"openai_model": "gpt-99"}, "set OPENAI_MODEL"),
        ({"openai_embedding_model": "none"}, "set OPENAI_EMBEDDING_MODEL"),
        ({"redis_url": "redis://127.0.0.1:9"}, "REDIS_URL"),
        ({"database_url": "postgresql://hub@127.0.0.1:9/hub"}, "DATABASE_URL"),
    ],
)
async def test_what_is_missing_is_said_with_what_to_do(look: Look, changed: dict[str, Any], words: str):
    found = await look(**changed)
    assert words in " ".join(wrong(found)), found
    given = [value for name, value in changed.items() if value and name.endswith(("token", "key"))]
    assert not any(f" {value}" in str(found) for value in given)
    others = [tried for tried in found.values() if check.is_well(tried)]
    assert len(others) == len(found) - 1, "the others are tried all the same"


async def test_a_scope_that_is_missing_is_named(look: Look, outside: Outside):
    await outside.control("POST", "/slack/grant", {"scopes": sorted(SCOPES - {"im:write", "users:read.email"})})
    assert "the scopes im:write and users:read.email" in wrong(await look())[0]


async def test_an_app_that_is_not_in_the_channel_is_told_to_be_invited(look: Look, outside: Outside):
    await outside.control("POST", "/slack/remove", {"channel": "C0TRIAGE"})
    assert "the app is not in it: invite it" in wrong(await look())[0]


@pytest.mark.parametrize("state", ["paused", "disabled"])
async def test_a_template_that_cannot_be_sent_is_told(look: Look, outside: Outside, state: str):
    await outside.control("POST", "/whatsapp", {"template": state})
    assert f"Meta has it as {state}" in wrong(await look())[0]


async def test_a_token_that_may_not_see_templates_is_told(look: Look, outside: Outside):
    await outside.control("POST", "/whatsapp", {"permissions": "messages"})
    found = await look()
    assert "lacks whatsapp_business_management" in wrong(found)[0]
    assert "note: Meta does not say" in said(found, "WhatsApp")


async def test_a_column_that_is_missing_is_named(look: Look, outside: Outside):
    await outside.control("PATCH", "/notion/schema", {"properties": {"External ID": None}})
    assert "External ID" in wrong(await look())[0]


@pytest.mark.parametrize("platform", ["slack", "intercom", "whatsapp", "notion", "openai"])
async def test_a_platform_that_fails_or_asks_to_wait_is_told_and_the_rest_is_tried(
    look: Look, outside: Outside, platform: str
):
    await outside.control("POST", "/faults", {"platform": platform, "mode": "500"})
    assert len(wrong(await look())) == 1
    await outside.control("POST", "/faults", {"platform": platform, "mode": "429", "retry_after": 1})
    found = await look()
    assert wrong(found) == []
    assert "Try this once more in a minute" in " ".join(said(found, name) for name in found)
