"""What Slack's refusals and failures mean, as a sentence with the next step."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from platforms.errors import PlatformError, RateLimited, Refused, Unreachable, Unsure

NAME = "slack"

_RATE_WORDS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_DONE_OR_NOT = frozenset({"internal_error", "fatal_error"})
"""chat.postMessage: "it's possible some aspect of the operation succeeded before the error was raised"."""
_PASSING = frozenset({"service_unavailable", "request_timeout", "team_added_to_org"})

_SENTENCES = {
    "account_inactive": "The Slack app was removed: install it again and set SLACK_BOT_TOKEN.",
    "cannot_dm_bot": "Slack does not deliver direct messages to bots: nobody can be told there.",
    "cant_update_message": "Slack lets an app change only its own messages: post a new one.",
    "channel_not_found": "Slack shows the app no such channel: invite it there or check the id.",
    "edit_window_closed": "The workspace no longer allows this message to be changed: post a new one.",
    "expired_trigger_id": "Slack's three seconds for opening a window were over: press the button again.",
    "hash_conflict": "The window was changed meanwhile: open it again.",
    "invalid_arguments": "Slack refused what was sent: report this as a defect.",
    "invalid_auth": "Slack does not accept the token: check SLACK_BOT_TOKEN.",
    "invalid_blocks": "Slack refused the layout of the message: report this as a defect.",
    "is_archived": "The channel is archived: unarchive it or reach the person another way.",
    "message_not_found": "The message was deleted in Slack: post a new one.",
    "messages_tab_disabled": "The app's Messages tab is switched off: enable it in the app's settings.",
    "missing_scope": "The Slack app lacks a permission: install it again from manifest.json.",
    "msg_too_long": "Slack finds the message too long: shorten it.",
    "no_text": "The message is empty: write something.",
    "not_authed": "Nothing can be asked of Slack without a token: set SLACK_BOT_TOKEN.",
    "not_in_channel": "The app is not in that channel: invite it there.",
    "restricted_action": "The app may not write there: ask a workspace admin or reach the person another way.",
    "thread_not_found": "The thread was deleted in Slack: reach the person another way.",
    "token_expired": "The Slack token has expired: install the app again and set SLACK_BOT_TOKEN.",
    "token_revoked": "The Slack token was revoked: install the app again and set SLACK_BOT_TOKEN.",
    "trigger_expired": "Slack's three seconds for opening a window were over: press the button again.",
    "user_disabled": "The person's Slack account is deactivated: reach them another way.",
    "user_not_found": "Slack knows no such person: reach them another way.",
    "user_not_in_channel": "The person is not in that channel.",
    "view_not_found": "The window was closed meanwhile.",
}


def translated(response: Any, method: str, unknown: type[Unsure | Unreachable]) -> PlatformError:
    """The error of a failed answer, slack_sdk's or (when its body was not JSON) aiohttp's.

    `unknown` is what it is when nobody can say whether `method` was done.
    """
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    code = _code(response)
    wait = _retry_after(getattr(response, "headers", {}))
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _RATE_WORDS:
        return RateLimited("Slack asks for a pause.", platform=NAME, code=code, retry_after=wait)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None:
        sentence = "Slack is overloaded and says when to come back."
        return RateLimited(sentence, platform=NAME, code=code, retry_after=wait)
    if code is None or code in _DONE_OR_NOT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _failed(status, code, method, unknown)
    if code in _PASSING:
        return Unreachable(f"Slack could not do {method} now ({code}).", platform=NAME, code=code)
    return refused(code, method)


def refused(code: str, method: str) -> Refused:
    otherwise = f"Slack refused {method} ({code}): look the word up in Slack's page of that method."
    return Refused(_SENTENCES.get(code, otherwise), platform=NAME, code=code)


def _failed(status: int, code: str | None, method: str, unknown: type[Unsure | Unreachable]) -> Unsure | Unreachable:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code is not None:
        return unknown(f"Slack failed at {method} ({code or status}).", platform=NAME, code=code or str(status))
    if status >= HTTPStatus.BAD_REQUEST:
        return Unreachable(f"Something before Slack refused {method} ({status}).", platform=NAME, code=str(status))
    return unknown("Slack answered something that is not JSON.", platform=NAME, code="not_json")


def _code(response: Any) -> str | None:
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Slack gives whole seconds; anything else says nothing."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
