"""A click reaches the one listener it is for."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.routes import Routes

CLICKS: dict[str, dict[str, Any]] = {
    "action": {"type": "block_actions", "actions": [{"type": "button", "action_id": "a", "block_id": "b"}]},
    "options": {"type": "block_suggestion", "action_id": "a", "block_id": "b", "value": "in"},
    "view": {"type": "view_submission", "view": {"callback_id": "a", "type": "modal", "state": {"values": {}}}},
    "shortcut": {"type": "shortcut", "callback_id": "a"},
    "command": {"command": "a", "text": ""},
}


class Door:
    """Bolt as the bot has it, and what it has led to."""

    def __init__(self) -> None:
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb-x")

        app = AsyncApp(
            name="feedback-hub",
            authorize=authorize,
            signing_secret="none",
            request_verification_enabled=False,
            raise_error_for_unhandled_request=False,
        )
        self.bolt, self.routes, self.seen = app, Routes(app), list[str]()

    def listen(self, kind: str, name: str) -> None:
        async def listener(ack: Any, body: Any, request: Any) -> None:
            self.seen.append(f"{kind} {name}")
            await ack()

        self.routes.add(kind, name, listener)

    async def answer(self, click: dict[str, Any]) -> int:
        whole = {"team": {"id": "T1"}, "user": {"id": "U1"}} | click
        fields = whole | {"team_id": "T1"} if "command" in click else {"payload": json.dumps(whole)}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return int((await self.bolt.async_dispatch(AsyncBoltRequest(body=urlencode(fields), headers=headers))).status)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.mark.parametrize("kind", CLICKS)
async def test_a_click_goes_to_the_listener_of_its_kind_and_name(door: Door, kind: str):
    for each in CLICKS:
        door.listen(each, "a")
        door.listen(each, "another")
    assert await door.answer(CLICKS[kind]) == 200
    assert door.seen == [f"{kind} a"]


@pytest.mark.parametrize("click", CLICKS.values())
async def test_what_nobody_listens_for_is_said_to_be_nobodys_at_once(door: Door, click: dict[str, Any]):
    for kind in CLICKS:
        door.listen(kind, "another")
    assert await door.answer(click) == 404
    assert door.seen == []


def test_two_listeners_for_one_click_are_a_mistake(door: Door):
    door.listen("action", "a")
    with pytest.raises(ValueError, match="the action a"):
        door.listen("action", "a")
