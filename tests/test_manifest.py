"""The Slack app's manifest fits Slack's limits, asks for what the code uses, and for nothing else."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest

from bot import home
from platforms.slack import report
from platforms.slack.checks import SCOPES

ROOT = Path(__file__).parents[1]
MANIFEST: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text())
BOT_SCOPES = MANIFEST["oauth_config"]["scopes"]["bot"]
BOT_EVENTS = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

EVENT_SCOPES: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "tokens_revoked": set(),
    "user_change": {"users:read"},
}
METHOD_SCOPES: dict[str, set[str]] = {
    "apps.connections.open": set(),
    "auth.test": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history", "metadata.message:read"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.members": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history", "metadata.message:read"},
    "usergroups.list": {"usergroups:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read", "users:read.email"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
SAMPLES = {
    "app_mention": "app_mention",
    "message.channels": "message_channel_thread",
    "message.groups": "message_channel_thread",
    "message.im": "message_im",
    "reaction_added": "reaction_added",
}
"""A delivery of each event that is read; a private channel's message is like a public one's."""
FEATURE_SCOPES = {"commands", "files:read"}
"""Slash commands and shortcuts; downloading what people attach."""


def text(longest: int, shortest: int = 1, pattern: str = "") -> dict[str, Any]:
    return {"type": "string", "minLength": shortest, "maxLength": longest, "pattern": pattern}


def record(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def some(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most, "uniqueItems": True}


YES_OR_NO = {"type": "boolean"}
URL = text(3000, pattern="^https://")
SCHEMA = record(
    "display_information features oauth_config settings",
    _metadata=record(major_version={"const": 2}, minor_version={"const": 0}),
    display_information=record(
        "name",
        name=text(35),
        description=text(140),
        long_description=text(4000, 175),
        background_color=text(7, 7, "^#[0-9a-f]{6}$"),
    ),
    features=record(
        app_home=record(
            home_tab_enabled={"const": True},
            messages_tab_enabled={"const": True},
            messages_tab_read_only_enabled={"const": False},
        ),
        bot_user=record("display_name", display_name=text(80), always_online=YES_OR_NO),
        shortcuts=some(
            record(
                "name type callback_id description",
                name=text(24),
                type={"enum": ["message", "global"]},
                callback_id=text(255),
                description=text(150),
            ),
            10,
        ),
        slash_commands=some(
            record(
                "command description url",
                command=text(32, 2, "^/"),
                url=URL,
                description=text(2000),
                usage_hint=text(1000),
                should_escape=YES_OR_NO,
            ),
            50,
        ),
    ),
    oauth_config=record(scopes=record(bot=some(text(50), 255))),
    settings=record(
        event_subscriptions=record(request_url=URL, bot_events=some(text(50), 100)),
        interactivity=record("is_enabled", is_enabled={"const": True}, request_url=URL, message_menu_options_url=URL),
        org_deploy_enabled=YES_OR_NO,
        socket_mode_enabled=YES_OR_NO,
        token_rotation_enabled=YES_OR_NO,
    ),
)


def test_manifest_fits_slack_s_limits():
    jsonschema.Draft7Validator(SCHEMA).validate(MANIFEST)


def test_every_event_is_a_known_one():
    assert set(BOT_EVENTS) <= set(EVENT_SCOPES)


def test_every_api_method_the_client_calls_is_known_here():
    source = (ROOT / "platforms" / "slack" / "client.py").read_text()
    called = re.findall(r'"((?:apps|auth|chat|conversations|usergroups|users|views)\.[a-zA-Z.]+)"', source)
    assert set(called) == set(METHOD_SCOPES)


def test_scopes_are_what_events_methods_and_features_need_and_no_more():
    by_events = set[str]().union(*(EVENT_SCOPES[event] for event in BOT_EVENTS))
    by_methods = set[str]().union(*METHOD_SCOPES.values())
    assert set(BOT_SCOPES) == by_events | by_methods | FEATURE_SCOPES


def test_the_check_looks_for_the_scopes_of_the_manifest():
    assert set(BOT_SCOPES) == SCOPES


def test_everything_is_sent_to_the_one_address_the_bot_answers_at():
    commands = [command["url"] for command in MANIFEST["features"]["slash_commands"]]
    settings = MANIFEST["settings"]
    addresses = {*commands, settings["event_subscriptions"]["request_url"], settings["interactivity"]["request_url"]}
    assert {urlsplit(address).path for address in addresses} == {"/slack/events"}
    assert len(addresses) == 1
    assert '"/slack/events"' in (ROOT / "bot" / "app.py").read_text()


@pytest.mark.parametrize("event", BOT_EVENTS)
def test_every_event_is_read_or_listened_to(event: str):
    sample = SAMPLES.get(event)
    assert event == home.OPENED or report.read(
        json.loads((ROOT / f"platforms/slack/samples/{sample}.json").read_text())
    )


def test_scopes_and_events_are_listed_in_order():
    assert sorted(BOT_SCOPES) == BOT_SCOPES
    assert sorted(BOT_EVENTS) == BOT_EVENTS


def test_the_reader_knows_the_command_and_the_shortcut():
    assert report.REPORT_COMMAND in [command["command"] for command in MANIFEST["features"]["slash_commands"]]
    assert report.REPORT_SHORTCUT in [shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]]


@pytest.mark.parametrize("event", ["message.im", "message.channels", "message.groups", "app_mention"])
def test_the_events_that_make_tickets_and_comments_are_subscribed(event: str):
    assert event in BOT_EVENTS
