"""What Notion's refusals and failures mean, as a sentence with the next step."""

import json

from notion_client.errors import HTTPResponseError

from platforms.errors import DEFECT, FIND_OUT, WAIT, PlatformError, RateLimited, Refused, Unreachable, Unsure
from platforms.payload import words

NAME = "notion"
_SAID = 120

_SENTENCES = {
    "unauthorized": "Notion does not accept the token: check NOTION_API_KEY.",
    "restricted_resource": "Notion does not let the connection do this: give it read, update and insert rights.",
    "object_not_found": "Notion shows the connection no such object: share it, or check NOTION_DATABASE_ID.",
    "missing_version": "Notion does not know this API version: check NOTION_VERSION.",
    "invalid_request_url": "Notion has nothing at that address: check NOTION_BASE_URL.",
    "invalid_json": f"Notion could not read what it was sent: {DEFECT}.",
    "invalid_request": f"Notion does not support what it was asked: check NOTION_VERSION, or {DEFECT}.",
}


def translated(error: HTTPResponseError, unknown: type[Unsure | Unreachable]) -> PlatformError:
    """`unknown` is what it is when nobody can say whether it was done."""
    code = _code(error)
    wait = _retry_after(error.headers.get("Retry-After", ""))
    if error.status in (429, 529) or (error.status == 503 and wait is not None):
        said = "asks for a pause" if error.status == 429 else "is overloaded"
        return RateLimited(f"Notion {said}: {WAIT}.", platform=NAME, code=code, retry_after=wait)
    if error.status == 409:
        sentence = f"Somebody changed the same page in Notion at the same moment: {WAIT}."
        return Unreachable(sentence, platform=NAME, code=code)
    if error.status >= 500:
        said = code if code == str(error.status) else f"{error.status}, {code}"
        return lost(f"Notion failed ({said})", unknown, code=code)
    return Refused(_sentence(error, code), platform=NAME, code=code)


def lost(sentence: str, unknown: type[Unsure | Unreachable], *, code: str) -> Unsure | Unreachable:
    """Nobody can say what became of a request; `sentence` without its full stop."""
    ending = FIND_OUT if unknown is Unsure else WAIT
    return unknown(f"{sentence}: {ending}.", platform=NAME, code=code)


def _sentence(error: HTTPResponseError, code: str) -> str:
    if code == "validation_error":
        return f"Notion refused the values ({str(error)[:_SAID]}): check the columns of the database."
    return _SENTENCES.get(code) or (
        f"Notion refused the request ({code}, {error.status}): look the code up in Notion's page “Status codes”."
    )


def _code(error: HTTPResponseError) -> str:
    """Notion's own word, also where notion_client does not know it (`service_overload`); else the status."""
    try:
        return words(json.loads(error.body), "code") or str(error.status)
    except (ValueError, RecursionError):
        return str(error.status)


def _retry_after(value: str) -> float | None:
    return float(value) if value.isascii() and value.isdigit() else None
