"""Fills a JSON schema with values that fit it and the prompt."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.openai.prompt import Prompt
from sandbox.openai.prose import prose, sections, sentence, title
from sandbox.world import Json

RANK_NAMES = ("critical", "high", "medium", "normal", "low", "minimal")


@dataclass(frozen=True, slots=True)
class Filling:
    root: Json
    prompt: Prompt

    def value(self, schema: Any, name: str) -> Any:
        """A value that the schema accepts; `name` is the property it is for."""
        if not isinstance(schema, dict):
            return None
        if "$ref" in schema:
            return self.value(self._resolved(schema["$ref"]), name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choice(schema["enum"], name)
        for group in ("anyOf", "oneOf", "allOf"):
            if schema.get(group):
                return self.value(_first(schema[group]), name)
        return self._typed(schema, _kind(schema), name)

    def _typed(self, schema: Json, kind: str, name: str) -> Any:
        if kind == "object":
            return {key: self.value(part, key) for key, part in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.value(schema.get("items"), name) for _ in range(schema.get("minItems", 0))]
        if kind in ("integer", "number"):
            return self._number(schema, kind, name)
        if kind == "boolean":
            return False
        return self._string(schema, name) if kind == "string" else None

    def _choice(self, options: list[Any], name: str) -> Any:
        """Types and priorities by what the text says, anything else the first."""
        if _is_priority(name):
            rank = self.prompt.rank
            by_name = {str(option).lower(): option for option in options}
            wanted = (RANK_NAMES[rank], str(rank), f"p{rank}")
            return next((by_name[one] for one in wanted if one in by_name), options[len(options) // 2])
        fitting = (option for option in options if str(option).lower().startswith(self.prompt.kind))
        return next(fitting, options[0])

    def _number(self, schema: Json, kind: str, name: str) -> float:
        value: float = self.prompt.rank if _is_priority(name) else 0 if kind == "integer" else 0.5
        low = schema.get("minimum", schema.get("exclusiveMinimum", value - 1) + 1)
        high = schema.get("maximum", schema.get("exclusiveMaximum", value + 1) - 1)
        chosen: float = min(max(value, low), max(low, high))
        return chosen

    def _string(self, schema: Json, name: str) -> str:
        text = self._words(name)
        cut = text[: schema.get("maxLength", len(text))]
        return cut.ljust(schema.get("minLength", 0), ".")

    def _words(self, name: str) -> str:
        by_name = {heading.lower().replace(" ", "_"): text for heading, text in sections(self.prompt).items()}
        if name.lower() in by_name:
            return by_name[name.lower()]
        if re.search(r"content|changelog|draft|body|entry", name):
            return prose(self.prompt)
        return title(self.prompt) if re.search(r"title|name|subject", name) else sentence(self.prompt)

    def _resolved(self, reference: str) -> Any:
        found: Any = self.root
        for part in reference.removeprefix("#/").split("/") if reference != "#" else ():
            found = found.get(part) if isinstance(found, dict) else None
        return found


def _first(options: list[Any]) -> Any:
    """Something rather than null, where there is something."""
    return next((option for option in options if not _is_null(option)), options[0])


def _kind(schema: Json) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    return next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds


def _is_null(option: Any) -> bool:
    return isinstance(option, dict) and option.get("type") == "null"


def _is_priority(name: str) -> bool:
    return re.search(r"priorit|severit|urgen", name) is not None
