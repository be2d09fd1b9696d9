"""What every endpoint shares: the key, the body, the ids, the shape of an answer."""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Invalid, NotFound
from hub.timeline import Actor, agent
from intake.webhooks import RUNTIME
from runtime.refusals import answer, parse_json
from runtime.wiring import Runtime
from storage.models import Base
from storage.paging import Page
from storage.text import storable

Body = TypeVar("Body", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ACTOR: web.RequestKey[Actor] = web.RequestKey("actor", Actor)


class StrictBody(BaseModel):
    """A body whose unknown fields are refused, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@web.middleware
async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Everything under /api needs `Authorization: Bearer <HUB_API_KEY>`; without a key set, nothing is let in."""
    if not request.path.startswith("/api/"):
        return await handler(request)
    expected = request.app[RUNTIME].settings.hub_api_key.get_secret_value().strip()
    if not expected:
        return answer(503, "api_off", "The API is off: set HUB_API_KEY.")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(_digest(given.strip()), _digest(expected)):
        return answer(401, "unauthorized", "Send the API key as `Authorization: Bearer <key>`.")
    request[ACTOR] = agent("api:bootstrap")
    return await handler(request)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def runtime_of(request: web.Request) -> Runtime:
    return request.app[RUNTIME]


def actor_of(request: web.Request) -> Actor:
    return request[ACTOR]


def id_of(request: web.Request, name: str = "id") -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound("There is nothing with this id; ids are UUIDs.", field=name) from None


async def body_of(request: web.Request, model: type[Body]) -> Body:
    """The body as `model`; an absent body is an empty object."""
    raw = await request.read()
    return checked(parse_json(raw) if raw.strip() else {}, model)


def query_of(request: web.Request, model: type[Body]) -> Body:
    return checked(storable(dict(request.query)), model)


def checked(payload: Any, model: type[Body]) -> Body:
    """Invalid names every wrong field at once."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        wrong = [
            {"field": ".".join(map(str, e["loc"])) or "body", "problem": e["msg"]}
            for e in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        listed = "; ".join(f"{one['field']}: {one['problem']}" for one in wrong)
        raise Invalid(f"The request is not valid: {listed}.", fields=wrong) from None


async def settled(session: AsyncSession, row: Base) -> None:
    """What the database filled in itself (version, times) is part of the answer."""
    await session.flush()
    await session.refresh(row)


def data(value: object, *, status: int = 200) -> web.Response:
    return _json({"data": value}, status)


def listed(page: Page[Any], show: Callable[[Any], dict[str, Any]]) -> web.Response:
    return _json(
        {"data": [show(row) for row in page.rows], "page": {"next_cursor": page.next_cursor, "size": len(page.rows)}},
        200,
    )


def _json(value: object, status: int) -> web.Response:
    return web.Response(
        text=json.dumps(value, default=_plain),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


def _plain(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
