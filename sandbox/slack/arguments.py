"""The arguments of a Web API call, however they were sent: JSON, form, or query."""

import json
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from sandbox.slack.refusal import Json, Refusal


class Arguments:
    """Reads one call's arguments; a missing or ill-formed one is Slack's invalid_arguments."""

    def __init__(self, given: Json) -> None:
        self.given = {key: value for key, value in given.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def text(self, name: str) -> str | None:
        value = self.given.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise Refusal("invalid_arguments", f"must be a string [json-pointer:/{name}]")

    def need(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise Refusal("invalid_arguments", f"missing required field: {name}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:  # noqa: FBT001, FBT002 - the question is in the name
        value = self.given.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        value = self.given.get(name, default)
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise Refusal("invalid_arguments", f"must be an integer [json-pointer:/{name}]") from None
        if not 0 < number <= most:
            raise Refusal("invalid_limit" if name == "limit" else "invalid_arguments")
        return number

    def structure(self, name: str, refusal: str = "invalid_arguments") -> Any:
        """A list or object; outside JSON bodies it comes as a JSON string."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise Refusal(refusal, f"must be valid JSON [json-pointer:/{name}]") from None


async def read_arguments(request: web.Request) -> Arguments:
    """Query, form and JSON alike (docs.slack.dev, "Using the Slack Web API")."""
    given: Json = dict(request.query)
    if request.method == "POST":
        given |= _body(request, await request.read())
    return Arguments(given)


def _body(request: web.Request, raw: bytes) -> Json:
    if not raw:
        return {}
    if request.content_type == "application/json":
        return _json(raw)
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(_decoded(raw), keep_blank_values=True))
    if request.content_type == "multipart/form-data":
        parts = form_parts(request.headers["Content-Type"], raw)
        return {name: _decoded(content) for name, content, is_file in parts if not is_file}
    raise Refusal("invalid_post_type")


def form_parts(content_type: str, raw: bytes) -> list[tuple[str, bytes, bool]]:
    """Name, bytes and whether it is a file, of each part of a multipart form that was read already."""
    form = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw, policy=HTTP)
    parts = []
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        name = str(part.get_param("name", header="Content-Disposition"))
        parts.append((name, content if isinstance(content, bytes) else b"", part.get_filename() is not None))
    return parts


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Refusal("invalid_charset") from None


def _json(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal("invalid_json") from None
    if not isinstance(body, dict):
        raise Refusal("json_not_object")
    return body
