"""Which forms of an answer may be asked for (guide "Structured outputs")."""

import re

from sandbox.openai.failure import Failure, invalid
from sandbox.world import Json

NAMED = ("properties", "$defs", "definitions")
NUMBERED = ("anyOf", "allOf", "oneOf")


def check_format(form: object) -> None:
    if not isinstance(form, dict) or form.get("type") not in ("text", "json_object", "json_schema"):
        raise invalid("response_format", "Invalid value for 'response_format'.")
    if form["type"] == "json_schema":
        _check_schema(form.get("json_schema"))


def _check_schema(wrapped: object) -> None:
    if not isinstance(wrapped, dict) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(wrapped.get("name", ""))):
        raise _missing("response_format.json_schema.name")
    schema = wrapped.get("schema")
    if not isinstance(schema, dict):
        raise _missing("response_format.json_schema.schema")
    if wrapped.get("strict"):
        _check_strict(schema, (), str(wrapped["name"]))


def _check_strict(schema: object, context: tuple[str, ...], name: str) -> None:
    """Structured outputs (guide): every object closed, every property required, an object at the root."""
    if not isinstance(schema, dict):
        return
    wrong = _wrong(schema, is_root=not context)
    if wrong:
        said = f"Invalid schema for response_format '{name}': In context={context}, {wrong}"
        raise invalid("response_format", said, code="invalid_json_schema")
    for group in NAMED:
        for key, part in (schema.get(group) or {}).items():
            _check_strict(part, (*context, group, key), name)
    for group in NUMBERED:
        for index, part in enumerate(schema.get(group) or []):
            _check_strict(part, (*context, group, str(index)), name)
    _check_strict(schema.get("items"), (*context, "items"), name)


def _wrong(schema: Json, *, is_root: bool) -> str | None:
    is_object = schema.get("type") == "object"
    if is_root and not is_object and "$ref" not in schema:
        return "schema must have type 'object'."
    if not is_object and "properties" not in schema:
        return None
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    if set(schema.get("required", [])) != set(schema.get("properties", {})):
        return "'required' is required to be supplied and to be an array including every key in properties."
    return None


def _missing(param: str) -> Failure:
    return invalid(param, f"Missing required parameter: '{param}'.", code="missing_required_parameter")
