"""An endpoint, declared once: its address, what it takes and what it answers. It is served and documented from that.

A handler says it with its parameters and its answer:

    @routes.patch("/api/tickets/{ticket_id}")
    async def change(call: Call, ticket_id: UUID, body: Changes) -> Data[TicketRow]:

`query` and `body` are read into their models, names in braces into ids; the answer's class says the status.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args, get_type_hints
from uuid import UUID

from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from hub.errors import Invalid, NotFound
from hub.keys import Holder
from hub.timeline import Actor
from intake.api.admission import admit, admit_to_model, in_turn
from intake.api.replies import EMAIL, WRITTEN, Reply
from runtime.refusals import parse_json
from runtime.serving import RUNTIME, read_body
from runtime.wiring import Runtime
from storage.database import Database
from storage.enums import Scope
from storage.text import storable

Act = TypeVar("Act", bound=Callable[..., Awaitable[Reply]])
LARGEST_BODY = 1024 * 1024
"""Bytes."""
SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_NAMES = re.compile(r"{(\w+)(?::[^{}]*(?:{[^}]*})?[^{}]*)?}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in."""

    request: web.Request
    runtime: Runtime
    holder: Holder

    @property
    def db(self) -> Database:
        return self.runtime.db

    @property
    def actor(self) -> Actor:
        return self.holder.actor


@dataclass(frozen=True, slots=True)
class Route:
    """`path` is aiohttp's, with a pattern for an id where one is needed; `headers` are what it reads besides."""

    method: str
    path: str
    tag: str
    act: Callable[..., Awaitable[Reply]]
    scope: Scope
    asks_model: bool
    headers: Mapping[str, str]

    @property
    def address(self) -> str:
        """Without patterns, as documents write it."""
        return _NAMES.sub(r"{\1}", self.path)

    @property
    def ids(self) -> list[str]:
        return _NAMES.findall(self.path)

    @property
    def query(self) -> type[BaseModel] | None:
        return get_type_hints(self.act).get("query")

    @property
    def body(self) -> type[BaseModel] | None:
        return get_type_hints(self.act).get("body")

    @property
    def replies(self) -> tuple[type[Reply], ...]:
        reply = get_type_hints(self.act)["return"]
        return (reply,) if isinstance(reply, type) else get_args(reply)

    def serve(self) -> Callable[[web.Request], Awaitable[web.Response]]:
        """What aiohttp calls: let in, read, act, answer."""
        query, body, ids = self.query, self.body, self.ids

        async def answer(request: web.Request) -> web.Response:
            runtime = request.app[RUNTIME]
            holder = await admit(request, runtime, self.scope)
            async with in_turn(holder):
                given: dict[str, Any] = {name: _id(request, name) for name in ids}
                given |= {"query": _query(request.query, query)} if query else _nothing(request.query)
                if self.method != "GET":
                    given |= _body(await read_body(request, limit=LARGEST_BODY), body)
                if self.asks_model:
                    await admit_to_model(runtime, holder)
                reply = await self.act(Call(request, runtime, holder), **given)
            return web.Response(
                text=reply.model_dump_json(), status=reply.status, content_type="application/json", headers=SAFE
            )

        return answer


class Routes:
    """The endpoints of one file; `tag` is what they are about."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Route] = []

    def get(self, path: str, *, scope: Scope = Scope.READ) -> Callable[[Act], Act]:
        return self._add("GET", path, scope)

    def post(self, path: str, *, scope: Scope = Scope.WRITE, asks_model: bool = False) -> Callable[[Act], Act]:
        """`asks_model` where every request costs money."""
        return self._add("POST", path, scope, asks_model=asks_model)

    def patch(
        self, path: str, *, scope: Scope = Scope.WRITE, headers: Mapping[str, str] | None = None
    ) -> Callable[[Act], Act]:
        return self._add("PATCH", path, scope, headers=headers)

    def delete(self, path: str, *, scope: Scope = Scope.WRITE) -> Callable[[Act], Act]:
        return self._add("DELETE", path, scope)

    def _add(
        self,
        method: str,
        path: str,
        scope: Scope,
        *,
        asks_model: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Callable[[Act], Act]:
        def add(act: Act) -> Act:
            self.all.append(Route(method, path, self.tag, act, scope, asks_model, headers or {}))
            return act

        return add


def _id(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise NotFound("There is nothing with this id; ids are UUIDs.", field=name) from None


def _nothing(given: MultiMapping[str]) -> dict[str, Any]:
    if given:
        name = next(iter(given))
        raise Invalid(f"The request is not valid: this address takes no {name}.", fields=_wrong(name, "not known"))
    return {}


def _query(given: MultiMapping[str], model: type[BaseModel]) -> BaseModel:
    twice = sorted({name for name in given if len(given.getall(name)) > 1})
    if twice:
        raise Invalid(f"The request is not valid: {twice[0]} is given twice.", fields=_wrong(twice[0], "given twice"))
    return _checked(lambda: model.model_validate_strings(storable(dict(given))))


def _body(raw: bytes, model: type[BaseModel] | None) -> dict[str, Any]:
    """An absent body is an empty object. A number is a number here, not a text that looks like one."""
    payload = parse_json(raw) if raw.strip() else {}
    if model is not None:
        return {"body": _model(payload, model)}
    if payload != {}:
        raise Invalid("The request is not valid: this address takes no body.", fields=_wrong("body", "not known"))
    return {}


def _model(payload: object, model: type[BaseModel]) -> BaseModel:
    return _checked(lambda: model.model_validate_json(json.dumps(payload), strict=True))


def _checked(read: Callable[[], BaseModel]) -> BaseModel:
    """Invalid names every wrong field at once."""
    try:
        return read()
    except ValidationError as error:
        wrong = [
            {"field": ".".join(map(str, each["loc"])) or "body", "problem": _said(each)}
            for each in error.errors(include_input=False, include_url=False)
        ]
        listed = "; ".join(f"{each['field']}: {each['problem']}" for each in wrong)
        raise Invalid(f"The request is not valid: {listed}.", fields=wrong) from None


def _said(problem: Any) -> str:
    """In our words where pydantic's are a program's."""
    if problem["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(problem["ctx"]["pattern"], "is not written as it has to be")
    return _PROBLEMS.get(problem["type"]) or str(problem["msg"]).removeprefix("Value error, ")


_PATTERNS = {WRITTEN: "something has to be written here", EMAIL: "is no e-mail address"}
_PROBLEMS = {"extra_forbidden": "is not known here; /docs says what is"}


def _wrong(field: str, problem: str) -> list[dict[str, str]]:
    return [{"field": field, "problem": problem}]
