"""The OpenAPI document, made of the endpoints' own declarations (spec.openapis.org/oas/v3.1.1)."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from intake.api.replies import Created, Listed, Refusal, Reply
from intake.api.route import Route

Json = dict[str, Any]
Modelled = tuple[type[Any], JsonSchemaMode]
VERSION = "1"
"""Of the API: what a client can rely on stays as it is within one."""
REFERENCE = "#/components/schemas/{model}"
REQUEST_ID = {"description": "Under which the logs have this request.", "schema": {"type": "string"}}
HEADERS = {
    401: {"WWW-Authenticate": {"description": "How a key is shown.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds until the next may be asked.", "schema": {"type": "integer"}}},
}
REFUSALS = {
    400: "The body is not well-formed JSON.",
    401: "No key, or one that was revoked or has expired.",
    403: "The key may not do this; the scope it needs is named.",
    404: "There is nothing with this id.",
    409: "What was asked for does not go with how things are now; the message says why.",
    408: "The body took too long to come.",
    413: "The body is larger than 1 MiB.",
    415: "The body is compressed; send it as it is.",
    422: "Something that was sent is not valid; every wrong field is named.",
    429: "This key asks too often, or models were asked often enough today; `Retry-After` says when to ask again.",
    502: "A platform did not take it.",
    503: "The database cannot be reached, or what is asked for is switched off.",
}
ABOUT = """\
Every request shows a key, `Authorization: Bearer <key>`. What a key may do are its scopes: `read`, `write`, `send`
(have reporters told), `operate` (run work again) and `privacy` (export and erase people). Keys are made by
`python -m intake keys create <name>`.

Lists are `{"data": […], "page": {"next_cursor", "size"}}`, single things `{"data": {…}}`. What is promised is
answered with 202 and done a little later. Errors have one shape, `{"error": {"code", "message", "details"}}`;
every answer carries the `X-Request-Id` under which the logs have it."""


def document(routes: Sequence[Route]) -> Json:
    """OpenAPI 3.1, ready to be written as JSON."""
    schemas, definitions = models_json_schema(sorted(_models(routes), key=str), ref_template=REFERENCE)
    bodies = {route.body for route in routes}
    parameters = {route.query.__name__ for route in routes if route.query and route.query not in bodies}
    refusal = schemas[Refusal, "serialization"]
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.address, {})[route.method.lower()] = _operation(route, schemas, routes)
    return {
        "openapi": "3.1.1",
        "info": {"title": "Feedback Hub", "version": VERSION, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in definitions["$defs"].items() if name not in parameters},
            "responses": {
                _named(status): {
                    "description": said,
                    "headers": {"X-Request-Id": REQUEST_ID} | HEADERS.get(status, {}),
                    "content": {"application/json": {"schema": refusal}},
                }
                for status, said in REFUSALS.items()
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}],
    }


def _models(routes: Iterable[Route]) -> set[Modelled]:
    found: set[Modelled] = {(Refusal, "serialization")}
    for route in routes:
        found |= {(model, "validation") for model in (route.query, route.body) if model}
        found |= {(reply, "serialization") for reply in route.replies}
    return found


def _operation(route: Route, schemas: dict[Modelled, Json], routes: Sequence[Route]) -> Json:
    operation: Json = {
        "operationId": _operation_id(route),
        "tags": [route.tag],
        "summary": " ".join((route.act.__doc__ or "").split()),
        "description": f"Needs a key with the scope `{route.scope}`.",
        "parameters": [*_ids(route), *_query(route), *_headers(route)],
        "responses": _replies(route, schemas, _links(route, routes)) | _refusals(route),
        "x-scope": route.scope,
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": any(field.is_required() for field in route.body.model_fields.values()),
            "content": {"application/json": {"schema": schemas[route.body, "validation"]}},
        }
    return operation


def _ids(route: Route) -> list[Json]:
    schema = {"type": "string", "format": "uuid"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in route.ids]


def _query(route: Route) -> list[Json]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template=REFERENCE)
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": _plain(field)}
        | ({"description": field["description"]} if "description" in field else {})
        for name, field in schema.get("properties", {}).items()
    ]


def _plain(field: Json) -> Json:
    """Of a field that may be left out: in an address nothing is ever null."""
    kinds = [kind for kind in field.get("anyOf", ()) if kind.get("type") != "null"]
    facts = {name: value for name, value in field.items() if name not in {"anyOf", "title", "description"}}
    if facts.get("default", 0) is None:
        del facts["default"]
    return facts | kinds[0] if len(kinds) == 1 else field


def _headers(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "header", "required": False, "description": said, "schema": {"type": "string"}}
        for name, said in route.headers.items()
    ]


def _replies(route: Route, schemas: dict[Modelled, Json], links: Json) -> Json:
    return {
        str(reply.status): {
            "description": _said(reply),
            "headers": {"X-Request-Id": REQUEST_ID},
            "content": {"application/json": {"schema": schemas[reply, "serialization"]}},
        }
        | ({"links": links} if links else {})
        for reply in route.replies
    }


def _said(reply: type[Reply]) -> str:
    """Of the generic class: what it is filled with has no words of its own."""
    origin = reply.__pydantic_generic_metadata__["origin"] or reply
    return (origin.__doc__ or "").strip()


def _links(route: Route, routes: Sequence[Route]) -> Json:
    """Where to go on with what a list has first, or with what was made."""
    reply = route.replies[0]
    if not (issubclass(reply, Created) or issubclass(reply, Listed)):
        return {}
    found = "$response.body#/data/id" if issubclass(reply, Created) else "$response.body#/data/0/id"
    return {
        _operation_id(each): {"operationId": _operation_id(each), "parameters": {each.ids[0]: found}}
        for each in routes
        if each.address.startswith(f"{route.address}/{{")
    }


def _operation_id(route: Route) -> str:
    return f"{route.act.__module__.rpartition('.')[2]}.{route.act.__name__}"


def _refusals(route: Route) -> Json:
    return {str(status): {"$ref": f"#/components/responses/{_named(status)}"} for status in _refused(route)}


def _named(status: int) -> str:
    return f"Refused{status}"


def _refused(route: Route) -> list[int]:
    changes = route.method != "GET"
    return sorted(
        {401, 403, 429, 503}
        | ({404} if route.ids or route.body else set())
        | ({409} if changes or route.ids else set())
        | {422}
        | ({400, 408, 413, 415} if changes else set())
        | ({502} if route.tag == "Development" else set())
    )
