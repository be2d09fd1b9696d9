"""What Intercom's refusals and failures mean, as a sentence with the next step."""

import re
import time
from typing import Any

from hub.channel import Json
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
from platforms.http import Answer
from platforms.payload import children, words

NAME = "intercom"
LONGEST_PAUSE = 3600.0

_RATE_WORDS = frozenset({"rate_limit_exceeded", "too_many_requests", "retry_after"})
_DONE_OR_NOT = frozenset({"request_timeout"})
"""Intercom's "Error codes": it gave up while it was at it."""
_PASSING = frozenset({"server_error", "service_unavailable"})
_NOT_TO_THEM = frozenset({"not_found", "not_restorable", "parameter_mismatch", "unsupported"})

_TOKEN = "Intercom does not accept the token: check INTERCOM_API_TOKEN."  # noqa: S105 - a sentence
_NEW_TOKEN = "make a new one and set INTERCOM_API_TOKEN"  # noqa: S105 - the end of one
_PERMISSION = "The Intercom token may not do this: give the app the permission in Intercom's Developer Hub."
_CHANGED = "Something there has changed in Intercom meanwhile: look at it there, then try again."
_SENTENCES = {
    "unauthorized": _TOKEN,
    "missing_authorization": _TOKEN,
    "token_unauthorized": "Intercom does not accept the token: check INTERCOM_API_TOKEN and its permissions.",
    "token_not_found": "Intercom does not know the token: check INTERCOM_API_TOKEN.",
    "token_revoked": f"The Intercom token was revoked: {_NEW_TOKEN}.",
    "token_expired": f"The Intercom token has expired: {_NEW_TOKEN}.",
    "token_blocked": "Intercom has blocked the token or the app: see the app in Intercom's Developer Hub.",
    "forbidden": _PERMISSION,
    "action_forbidden": _PERMISSION,
    "api_plan_restricted": f"The Intercom plan does not allow this: upgrade it or {ANOTHER_WAY}.",
    "not_found": f"Intercom has no such conversation or contact any more: {ANOTHER_WAY}.",
    "contact_merged": "Intercom has merged this contact into another: look for the other one in Intercom.",
    "not_restorable": f"The person is blocked in Intercom: {ANOTHER_WAY}.",
    "parameter_mismatch": "Intercom shows the person no answers to a back-office ticket: answer in a conversation.",
    "unsupported": f"Intercom does not support this there: answer in Intercom or {ANOTHER_WAY}.",
    "admin_not_found": "Intercom knows no such teammate: set INTERCOM_ADMIN_ID to the teammate who answers.",
    "intercom_version_invalid": "Intercom does not know this API version: check INTERCOM_VERSION.",
    "conflict": _CHANGED,
    "resource_conflict": _CHANGED,
}
_OUR_MISTAKES = frozenset(
    {
        "bad_request",
        "client_error",
        "data_invalid",
        "missing_parameter",
        "parameter_invalid",
        "parameter_missing",
        "parameter_not_found",
        "type_mismatch",
        "unprocessable_entity",
    }
)


def judged(answer: Answer) -> Json:
    """The answer's object, or the error it means ("Error codes", Intercom's REST reference)."""
    if answer.is_ok:
        value: Any = answer.json()
        return value if isinstance(value, dict) else {}
    raise _refusal(answer)


def _refusal(answer: Answer) -> PlatformError:
    code, said = _error(answer)
    if answer.is_throttled or code in _RATE_WORDS:
        return _rate_limited(answer, code)
    if answer.is_failure or code in _PASSING | _DONE_OR_NOT:
        return _failed(answer, code)
    kind = Restricted if (code or _plain_code(answer.status)) in _NOT_TO_THEM else Refused
    return kind(_sentence(answer, code, said), platform=NAME, code=code or _plain_code(answer.status))


def _failed(answer: Answer, code: str) -> Unsure | Unreachable:
    """A failure with a word of Intercom's own has done nothing, but where it says that it gave up."""
    name = code or str(answer.status)
    sentence = f"Intercom failed ({answer.status}, {code})" if code else f"Intercom failed ({answer.status})"
    if answer.sends and (not code or code in _DONE_OR_NOT):
        return Unsure(f"{sentence} and the message may have arrived: {FIND_OUT}.", platform=NAME, code=name)
    return Unreachable(f"{sentence}: {WAIT}.", platform=NAME, code=name)


def _rate_limited(answer: Answer, code: str) -> RateLimited:
    wait = answer.retry_after if answer.retry_after is not None else _until_reset(answer)
    sentence = f"Intercom asks for a pause: {WAIT}."
    return RateLimited(sentence, platform=NAME, code=code or str(answer.status), retry_after=wait)


def _until_reset(answer: Answer) -> float | None:
    """X-RateLimit-Reset is the Unix second at which the window opens again."""
    reset = answer.headers.get("x-ratelimit-reset", "")
    if not re.fullmatch("[0-9]{1,12}", reset):
        return None
    return min(max(1.0, int(reset) - time.time()), LONGEST_PAUSE)


def _error(answer: Answer) -> tuple[str, str]:
    first = next(iter(children(answer.peek(), "errors")), {})
    return words(first, "code"), words(first, "message")


def _plain_code(status: int) -> str:
    return {401: "unauthorized", 403: "forbidden", 404: "not_found"}.get(status, str(status))


def _sentence(answer: Answer, code: str, said: str) -> str:
    if answer.status in range(300, 400):
        return f"Intercom answered {answer.status}, a redirection: check INTERCOM_BASE_URL (US, EU or AU)."
    if code in _OUR_MISTAKES:
        return f"Intercom refused what it was sent ({_named(code, said)}): answer in Intercom, and {DEFECT}."
    known = _SENTENCES.get(code) or _SENTENCES.get(_plain_code(answer.status))
    return known or f"Intercom refused this ({_named(code or str(answer.status), said)}): answer in Intercom."


def _named(code: str, said: str) -> str:
    return f"{code}: {said}" if said else code
