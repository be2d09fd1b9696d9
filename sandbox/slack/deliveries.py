"""What Slack sends to an app: signed events with retries, commands, and interactions with their answers."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from sandbox.slack.refusal import Json
from sandbox.slack.workspace import (
    APP,
    BOT_USER,
    TEAM,
    TEAM_DOMAIN,
    VERIFICATION_TOKEN,
    Channel,
    Message,
    User,
    View,
    Workspace,
)
from sandbox.world import NOT_DELIVERED, World, readable, signing_secret

ANSWER_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"
RETRY_DELAYS = (0.1, 0.5, 2.0)
"""Slack waits nothing, a minute and five minutes; the sandbox has less time."""


class Deliveries:
    """The way from the workspace to the app's one request URL."""

    def __init__(self, world: World, workspace: Workspace) -> None:
        self.world = world
        self.workspace = workspace

    async def event(self, event: Json) -> int:
        """Deliver an event of the Events API; the first attempt's status, retries follow in the background."""
        body = json.dumps(self._envelope(event)).encode()
        status, answer = await self._post(body, "application/json")
        reason = _retry_reason(status, answer)
        if reason:
            self.world.start(self._retry(body, reason))
        return status

    async def command(self, user: User, channel: Channel, command: str, text: str) -> tuple[int, Any]:
        """A slash command (docs.slack.dev, "Slash commands"): a form, answered at once with what to show."""
        return await self._form(
            {
                "token": VERIFICATION_TOKEN,
                "team_id": TEAM,
                "team_domain": TEAM_DOMAIN,
                "channel_id": channel.id,
                "channel_name": channel.as_named()["name"],
                "user_id": user.id,
                "user_name": user.name,
                "command": command,
                "text": text,
                "api_app_id": APP,
                "is_enterprise_install": "false",
                "response_url": self.response_address(self.workspace.response_url(user, channel)),
                "trigger_id": self.workspace.trigger(user),
            }
        )

    async def interaction(self, kind: str, user: User, **more: Any) -> tuple[int, Any]:
        """An interaction payload: what every kind has, and `more`."""
        payload = {
            "type": kind,
            "team": {"id": TEAM, "domain": TEAM_DOMAIN},
            "user": user.acting(),
            "api_app_id": APP,
            "token": VERIFICATION_TOKEN,
            "enterprise": None,
            "is_enterprise_install": False,
            **more,
        }
        return await self._form({"payload": json.dumps(payload)})

    def response_address(self, token: str) -> str:
        return f"{self.world.own_url}/slack/response/{token}"

    def in_view(self, view: View, values: Json) -> Json:
        return {
            "container": {"type": "view", "view_id": view.id},
            "view": view.shown(values),
            "trigger_id": self.workspace.trigger(self.workspace.users[view.user], view),
        }

    def on_message(self, user: User, channel: Channel, message: Message, values: Json) -> Json:
        """What a click on a message carries; an ephemeral one is not repeated in the payload."""
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.only_for is not None,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        token = self.workspace.response_url(user, channel, message.ts)
        made: Json = {
            "container": container,
            "channel": channel.as_named(),
            "state": {"values": values},
            "response_url": self.response_address(token),
            "trigger_id": self.workspace.trigger(user),
        }
        if message.only_for is None:
            made["message"] = channel.described(message)
        return made

    async def _form(self, fields: dict[str, str]) -> tuple[int, Any]:
        status, answer = await self._post(urlencode(fields).encode(), FORM)
        return status, readable(answer.encode())

    async def _retry(self, body: bytes, reason: str) -> None:
        """Slack's three retries with the same event_id (docs.slack.dev, "Events API")."""
        for number, delay in enumerate(RETRY_DELAYS, 1):
            await asyncio.sleep(delay)
            status, answer = await self._post(
                body, "application/json", {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
            )
            failure = _retry_reason(status, answer)
            if failure is None:
                return
            reason = failure

    async def _post(self, body: bytes, content_type: str, more: Json | None = None) -> tuple[int, str]:
        """One signed request, given up after Slack's three seconds."""
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (sandbox)",
            **self._sign(body),
            **(more or {}),
        }
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self.world.deliver("slack", f"{self.world.bot_url}/slack/events", body, headers)
        except TimeoutError:
            return NOT_DELIVERED, "operation_timeout"

    def _sign(self, body: bytes) -> dict[str, str]:
        """docs.slack.dev, "Verifying requests from Slack": v0, the wall clock, the raw body."""
        stamp = str(int(time.time()))
        secret = signing_secret(self.world.settings.slack_signing_secret).encode()
        digest = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    def _envelope(self, event: Json) -> Json:
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": "Ev0" + secrets.token_hex(5).upper(),
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": "4-" + secrets.token_urlsafe(24),
        }


def _retry_reason(status: int, answer: str) -> str | None:
    """Why Slack would send again; None for a success, and for what a fault switch swallowed on purpose."""
    if 200 <= status < 300:
        return None
    if status != NOT_DELIVERED:
        return "http_error"
    if answer == "operation_timeout":
        return "http_timeout"
    return "connection_failed" if answer else None
