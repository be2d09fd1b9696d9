"""What OpenAI's refusals and failures mean, as a sentence with the next step."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from platforms.errors import WAIT, RateLimited, Refused, Unreachable

if TYPE_CHECKING:
    import openai

PLATFORM = "openai"
COOL_DOWN_SECONDS, LONGEST_COOL_DOWN = 60.0, 86_400.0

_NEXT_MONTH = "or do it by hand until the month is over"
_USED_UP = {
    "insufficient_quota": "The OpenAI account has used up its quota. Add credit or raise its limit, then try again.",
    "billing_not_active": "The OpenAI account is not active: see Billing in OpenAI's settings.",
    "credit_balance_exhausted": "The OpenAI account has no credit left: add credit, then try again.",
    "organization_usage_limit_exceeded": "The OpenAI account has reached the usage limit OpenAI gives it: "
    f"ask OpenAI for a higher one, {_NEXT_MONTH}.",
    "organization_spend_limit_exceeded": "The OpenAI organisation has reached its spend limit: "
    f"raise it in OpenAI's settings, {_NEXT_MONTH}.",
    "project_spend_limit_exceeded": "The OpenAI project has reached its spend limit: "
    f"raise it in OpenAI's settings, {_NEXT_MONTH}.",
}
"""Answered like a rate limit (429), and waiting helps nobody (OpenAI's "Error codes")."""

_SENTENCES = {
    "context_length_exceeded": "The text is too long for the model: choose another model or a shorter text.",
    "invalid_prompt": "OpenAI finds that the text breaks its policy: write it by hand or choose another model.",
    "unsupported_country_region_territory": "OpenAI serves nobody in this country: set OPENAI_BASE_URL to a server "
    "that does, or do it by hand.",
    "unsupported_parameter": "The model does not take what the hub asks of models: choose another model.",
    "unsupported_value": "The model does not take what the hub asks of models: choose another model.",
}


def translated(error: "openai.APIStatusError", model: str | None) -> RateLimited | Refused | Unreachable:
    """OpenAI's "Error codes" page in our words; its own message may quote the prompt and is not repeated."""
    status, code = error.status_code, error.code or str(error.status_code)
    used_up = next((word for word in (code, error.type) if word in _USED_UP), None)
    if used_up:
        return refused(_USED_UP[used_up], used_up)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = _retry_after(error.response.headers)
        return rate_limited(min(max(COOL_DOWN_SECONDS, asked), LONGEST_COOL_DOWN))
    if status in {408, 409} or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable(f"OpenAI failed to answer ({_named(status, code)}): {WAIT}.", platform=PLATFORM, code=code)
    if model and (status == HTTPStatus.NOT_FOUND or code == "model_not_found"):
        said = f"The model {model} is retired or not served to this account"
        return refused(f"{said}: choose another, or set OPENAI_MODEL to one that is.", "model_not_found")
    return refused(_SENTENCES.get(code) or _by_status(status, code), code)


def refused(sentence: str, code: str) -> Refused:
    return Refused(sentence, platform=PLATFORM, code=code)


def unreadable() -> Unreachable:
    sentence = f"OpenAI answered something that could not be read: {WAIT}."
    return Unreachable(sentence, platform=PLATFORM, code="bad_answer")


def rate_limited(seconds: float) -> RateLimited:
    said = f"OpenAI asks us to wait. AI is paused for {round(seconds)} s, everything else works"
    return RateLimited(
        f"{said}: wait, or do it by hand.", platform=PLATFORM, code="rate_limited", retry_after=seconds
    )


def _by_status(status: int, code: str) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "OpenAI does not accept the key: check OPENAI_API_KEY and the addresses it may be used from."
    if status == HTTPStatus.FORBIDDEN:
        return f"OpenAI does not allow this to the account ({_named(status, code)}): check OPENAI_API_KEY's project."
    if status == HTTPStatus.NOT_FOUND:
        return "Nothing answers at OPENAI_BASE_URL (404): check that address."
    said = f"OpenAI refused the request ({_named(status, code)})"
    return f"{said}: choose another model, or look the code up in OpenAI's page “Error codes”."


def _named(status: int, code: str) -> str:
    return str(status) if code == str(status) else f"{status}, {code}"


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds said by `retry-after-ms` or `Retry-After` (seconds or a date), 0 when nothing sensible is."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    try:
        return max(0.0, (parsedate_to_datetime(headers["retry-after"]) - datetime.now(UTC)).total_seconds())
    except (KeyError, ValueError, TypeError):
        return 0.0
