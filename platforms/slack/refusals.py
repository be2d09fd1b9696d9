"""What Slack's refusals and failures mean, as a sentence with the next step."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from platforms.errors import (
    ANOTHER_WAY,
    DEFECT,
    FIND_OUT,
    WAIT,
    PlatformError,
    RateLimited,
    Refused,
    Restricted,
    Unreachable,
    Unsure,
)

NAME = "slack"

_RATE_WORDS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
_DONE_OR_NOT = frozenset({"internal_error", "fatal_error"})
"""chat.postMessage: "it's possible some aspect of the operation succeeded before the error was raised"."""
_PASSING = frozenset({"service_unavailable", "request_timeout", "team_added_to_org", "org_login_required"})

_PRESS_AGAIN = "Slack's three seconds for opening a window were over: press the button again."
_CLOSED = "The window was closed meanwhile: open it again."
_ASK_ADMIN = "ask a workspace admin"
_NOT_THERE = f"The app may not write there: {_ASK_ADMIN} or {ANOTHER_WAY}."
_INSTALL = "install the app again from manifest.json and set SLACK_BOT_TOKEN"

_SENTENCES = {
    "access_denied": f"Slack denies the app this: {_ASK_ADMIN}.",
    "accesslimited": f"Slack takes no requests from this network: {_ASK_ADMIN} to allow its address.",
    "account_inactive": f"The Slack app was removed: {_INSTALL}.",
    "cannot_dm_bot": "Slack does not deliver direct messages to bots: reach whoever runs the bot another way.",
    "cannot_reply_to_message": f"Slack takes no replies to that message: {ANOTHER_WAY}.",
    "cant_update_message": "Slack lets an app change only its own messages: post a new one.",
    "channel_not_found": "Slack shows the app no such channel: invite it there or check the id.",
    "edit_window_closed": "The workspace no longer allows this message to be changed: post a new one.",
    "ekm_access_denied": f"The workspace's administrators have suspended writing: ask one of them or {ANOTHER_WAY}.",
    "enterprise_is_restricted": f"Slack does not allow this in an Enterprise organisation: {_ASK_ADMIN}.",
    "exchanged_trigger_id": "The button was used already: press it again.",
    "expired_trigger_id": _PRESS_AGAIN,
    "hash_conflict": "The window was changed meanwhile: open it again.",
    "invalid_auth": "Slack does not accept the token: check SLACK_BOT_TOKEN.",
    "invalid_trigger_id": "Slack does not know what was pressed: press the button again.",
    "is_archived": f"The channel is archived: unarchive it or {ANOTHER_WAY}.",
    "is_inactive": f"The conversation in Slack is no longer active: {ANOTHER_WAY}.",
    "message_not_found": "The message was deleted in Slack: post a new one.",
    "messages_tab_disabled": "The app's Messages tab is switched off: enable it in the app's settings.",
    "missing_scope": "The Slack app lacks a permission: install it again from manifest.json.",
    "msg_too_long": "Slack finds the message too long: shorten it.",
    "no_permission": "The Slack app lacks a permission: install it again from manifest.json.",
    "no_such_subteam": "Slack has no such user group: set SLACK_AGENTS to a group's handle or id.",
    "no_text": "The message is empty: write something.",
    "not_allowed_token_type": "Slack wants a bot's token: set SLACK_BOT_TOKEN to the one that begins with xoxb.",
    "not_authed": "Nothing can be asked of Slack without a token: set SLACK_BOT_TOKEN.",
    "not_found": _CLOSED,
    "not_in_channel": "The app is not in that channel: invite it there.",
    "push_limit_reached": "Slack stacks three windows at most: close one, then press the button again.",
    "restricted_action": _NOT_THERE,
    "restricted_action_non_threadable_channel": f"That channel takes no threads: {_ASK_ADMIN} or {ANOTHER_WAY}.",
    "restricted_action_read_only_channel": _NOT_THERE,
    "restricted_action_thread_locked": f"The thread was locked by an admin: {_ASK_ADMIN} or {ANOTHER_WAY}.",
    "restricted_action_thread_only_channel": f"That channel takes threads only: {_ASK_ADMIN} or {ANOTHER_WAY}.",
    "team_access_not_granted": f"The app is not installed in that workspace: {_INSTALL}.",
    "team_not_found": f"Slack does not know that workspace: {_INSTALL}.",
    "thread_not_found": f"The thread was deleted in Slack: {ANOTHER_WAY}.",
    "token_expired": f"The Slack token has expired: {_INSTALL}.",
    "token_revoked": f"The Slack token was revoked: {_INSTALL}.",
    "trigger_exchanged": "The button was used already: press it again.",
    "trigger_expired": _PRESS_AGAIN,
    "two_factor_setup_required": "Slack wants two-factor sign-in set up first: have the app's owner set it up.",
    "user_disabled": "The person's Slack account is deactivated: reach them another way.",
    "user_not_found": "Slack knows no such person: reach them another way.",
    "user_not_in_channel": f"The person is not in that channel: invite them there or {ANOTHER_WAY}.",
    "user_not_visible": f"The app may not see that person: {_ASK_ADMIN} or {ANOTHER_WAY}.",
    "view_not_found": _CLOSED,
}
_NOT_TO_THEM = frozenset(
    {
        "cannot_dm_bot",
        "cannot_reply_to_message",
        "ekm_access_denied",
        "is_archived",
        "is_inactive",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_not_found",
        "user_disabled",
        "user_not_found",
        "user_not_in_channel",
        "user_not_visible",
    }
)
_OUR_MISTAKES = frozenset(
    {
        "block_mismatch",
        "deprecated_endpoint",
        "duplicate_channel_not_found",
        "duplicate_external_id",
        "duplicate_message_not_found",
        "invalid_arg_name",
        "invalid_arguments",
        "invalid_array_arg",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_charset",
        "invalid_cursor",
        "invalid_form_data",
        "invalid_json",
        "invalid_limit",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "invalid_post_type",
        "invalid_thread_ts",
        "json_not_object",
        "markdown_text_conflict",
        "method_deprecated",
        "method_not_supported_for_channel_type",
        "missing_post_type",
        "msg_blocks_too_long",
        "too_many_attachments",
        "unknown_method",
        "users_list_not_supplied",
        "view_too_large",
    }
)


def translated(response: Any, method: str, unknown: type[Unsure | Unreachable]) -> PlatformError:
    """The error of a failed answer, slack_sdk's or (when its body was not JSON) aiohttp's.

    `unknown` is what it is when nobody can say whether `method` was done.
    """
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    code = _code(response)
    wait = _retry_after(getattr(response, "headers", {}))
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _RATE_WORDS:
        return RateLimited(f"Slack asks for a pause: {WAIT}.", platform=NAME, code=code, retry_after=wait)
    if status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None:
        sentence = f"Slack is overloaded and says when to come back: {WAIT}."
        return RateLimited(sentence, platform=NAME, code=code, retry_after=wait)
    if code is None or code in _DONE_OR_NOT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _failed(status, code, method, unknown)
    if code in _PASSING:
        return Unreachable(f"Slack could not do {method} now ({code}): {WAIT}.", platform=NAME, code=code)
    return refused(code, method)


def refused(code: str, method: str) -> Refused:
    kind = Restricted if code in _NOT_TO_THEM else Refused
    return kind(_sentence(code, method), platform=NAME, code=code)


def lost(sentence: str, unknown: type[Unsure | Unreachable], *, code: str) -> Unsure | Unreachable:
    """Nobody can say what became of a request; `sentence` without its full stop."""
    ending = FIND_OUT if unknown is Unsure else WAIT
    return unknown(f"{sentence}: {ending}.", platform=NAME, code=code)


def _sentence(code: str, method: str) -> str:
    if code in _OUR_MISTAKES:
        return f"Slack refused what it was sent for {method} ({code}): {DEFECT}."
    return _SENTENCES.get(code) or (
        f"Slack refused {method} ({code}): look the word up in Slack's page of that method."
    )


def _failed(status: int, code: str | None, method: str, unknown: type[Unsure | Unreachable]) -> Unsure | Unreachable:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or code is not None:
        return lost(f"Slack failed at {method} ({code or status})", unknown, code=code or str(status))
    if status >= HTTPStatus.BAD_REQUEST:
        sentence = f"Something before Slack refused {method} ({status}): check the proxy, or {WAIT}."
        return Unreachable(sentence, platform=NAME, code=str(status))
    return lost("Slack answered something that is not JSON", unknown, code="not_json")


def _code(response: Any) -> str | None:
    data = getattr(response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    return code if isinstance(code, str) else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Slack gives whole seconds; anything else says nothing."""
    value = headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
