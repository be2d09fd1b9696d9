"""For schemathesis: ids of what is there, and one check more. It is loaded by name; see test_openapi.py."""

import json
import os
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import GenerationMode

KNOWN: dict[str, list[str]] = json.loads(os.environ["KNOWN_IDS"])


@schemathesis.hook
def map_path_parameters(_context: Any, path_parameters: Any) -> Any:
    """Three in four ids are of something that is there; what is no id stays none."""
    if isinstance(path_parameters, dict):
        return {name: known(name, value) for name, value in path_parameters.items()}
    return path_parameters


def known(name: str, value: Any) -> Any:
    try:
        number = UUID(str(value)).int
    except ValueError:
        return value
    return KNOWN[name][number % len(KNOWN[name])] if number % 4 else value


@schemathesis.check
def what_the_document_allows_is_well_formed(_context: Any, response: Any, case: Any) -> None:
    """Allowed data may be refused for what it means, never for its form: then the document and the code differ."""
    if response.status_code == 422 and case.meta.generation.mode == GenerationMode.POSITIVE:
        details = response.json()["error"]["details"]
        if "fields" in details:
            raise AssertionError(f"the document allows what is refused: {details['fields']}")
