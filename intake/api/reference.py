"""The OpenAPI document as a page people can read: every endpoint, what it takes and what it answers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

Json = Mapping[str, Any]
HERE = Path(__file__).parent
STYLE = (HERE / "reference.css").read_text()
_PARTS = re.compile(r"[^/_]*[/_]?")
"""Of an address, between which a line may be broken."""
DEEPEST = 3
"""Levels of a body that are written out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One field. `depth` says how far inside it stands."""

    name: str
    kind: str
    is_needed: bool
    said: str
    depth: int


@dataclass(frozen=True, slots=True)
class Body:
    status: str
    said: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    anchor: str
    method: str
    path: str
    said: str
    scope: str
    parameters: tuple[Line, ...]
    body: tuple[Line, ...]
    body_said: str
    replies: tuple[Body, ...]
    refusals: tuple[tuple[str, str], ...]


def page(document: Json) -> str:
    drawing = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    drawing.filters["code"] = _code
    drawing.filters["parts"] = _PARTS.findall
    sections: dict[str, list[Endpoint]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            sections[operation["tags"][0]].append(_endpoint(document, path, method, operation))
    return drawing.get_template("reference.html").render(info=document["info"], sections=sections, style=STYLE)


def _endpoint(document: Json, path: str, method: str, operation: Json) -> Endpoint:
    responses = operation["responses"]
    return Endpoint(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        said=operation["summary"],
        scope=operation["x-scope"],
        parameters=tuple(_parameter(document, each) for each in operation["parameters"]),
        body=tuple(_lines(document, _schema(operation["requestBody"]))) if "requestBody" in operation else (),
        body_said=_body_said(document, operation),
        replies=tuple(
            Body(status, reply["description"], tuple(_lines(document, _schema(reply))))
            for status, reply in responses.items()
            if "$ref" not in reply
        ),
        refusals=tuple(
            (status, _look_up(document, reply)["description"])
            for status, reply in responses.items()
            if "$ref" in reply
        ),
    )


def _body_said(document: Json, operation: Json) -> str:
    if "requestBody" not in operation:
        return ""
    said = _inside(document, _schema(operation["requestBody"])).get("description", "")
    return " ".join(said.split())


def _parameter(document: Json, parameter: Json) -> Line:
    said = parameter.get("description", "")
    return Line(parameter["name"], _kind(document, parameter["schema"]), parameter["required"], said, 0)


def _schema(holder: Json) -> Json:
    schema: Json = holder["content"]["application/json"]["schema"]
    return schema


def _lines(document: Json, schema: Json, depth: int = 0) -> Iterator[Line]:
    """The fields of an object, and those of what is inside it."""
    whole = _inside(document, schema)
    needed = whole.get("required", ())
    for name, field in whole.get("properties", {}).items():
        said = field.get("description") or (f"Default: {field['default']}." if field.get("default") else "")
        yield Line(name, _kind(document, field), name in needed, said, depth)
        if depth < DEEPEST:
            yield from _lines(document, field, depth + 1)


def _inside(document: Json, schema: Json) -> Json:
    """The object a schema is about: referred to, in a list, or that or null."""
    if "$ref" in schema:
        return _inside(document, _look_up(document, schema))
    if "items" in schema:
        return _inside(document, schema["items"])
    kinds = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    return _inside(document, kinds[0]) if len(kinds) == 1 else schema


def _look_up(document: Json, schema: Json) -> Json:
    found: Json = document
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _kind(document: Json, schema: Json) -> str:
    """In a word or two: `text, at most 500`, `open | resolved`, `list of objects`."""
    if "$ref" in schema:
        return _kind(document, _look_up(document, schema))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(document, each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema['items'])}"
    return _simple(schema)


_KINDS = {"string": "text", "integer": "number", "number": "number", "boolean": "true or false", "null": "null"}
_FORMATS = {"uuid": "UUID", "date-time": "time, RFC 3339"}


def _simple(schema: Json) -> str:
    kind = str(
        _FORMATS.get(schema.get("format", "")) or _KINDS.get(schema.get("type", ""), schema.get("type", "any"))
    )
    if "maximum" in schema:
        return f"{kind}, {schema.get('minimum', 0)} to {schema['maximum']}"
    return f"{kind}, at most {schema['maxLength']}" if "maxLength" in schema else kind


def _code(text: str) -> list[tuple[bool, str]]:
    """Prose in turns with what stands between backticks."""
    return [(bool(place % 2), part) for place, part in enumerate(text.split("`"))]
