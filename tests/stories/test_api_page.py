"""docs/api.md says what is so: its examples are run from the first to the last. Imports nothing of ours."""

import json
import re
from typing import Any

import pytest

from tests.stories.processes import ROOT, Story

pytestmark = pytest.mark.story
PAGE = (ROOT / "docs" / "api.md").read_text()
EXAMPLE = re.compile(r"```http\n(\w+) /api/(\S+)\n(?:\n(.+?)\n)?```\n```json\n(\d+)\n(.+?)\n```", re.DOTALL)
ANYTHING = "…"


def test_every_example_of_the_page_is_answered_as_it_says(story: Story):
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) == PAGE.count("```http") > 15
    known: dict[str, Any] = {}
    for method, path, body, status, expected in examples:
        request = (method, filled(path, known), filled(body, known).encode() if body else None)
        if method == "GET":  # what was promised may still be on its way
            story.until(lambda r=request, s=status, e=expected: fits(story.api(*r), int(s), json.loads(e), known))
        else:
            answer = story.api(*request)
            assert fits(answer, int(status), json.loads(expected), known), (request, answer)
    assert set(known) == {"ticket", "version", "entry", "notification", "second", "group", "person", "erasure"}


def filled(text: str, known: dict[str, Any]) -> str:
    return re.sub(r"{(\w+)}", lambda name: str(known[name[1]]), text)


def fits(answer: tuple[int, Any], status: int, expected: Any, known: dict[str, Any]) -> bool:
    return answer[0] == status and is_like(answer[1], expected, known)


def is_like(found: Any, expected: Any, known: dict[str, Any]) -> bool:
    """Whether what the page names is there, and is so; a name in braces is learnt where it stands first."""
    if expected == ANYTHING:
        return found is not None
    if isinstance(expected, str) and (name := re.fullmatch(r"{(\w+)}", expected)):
        return bool(known.setdefault(name[1], found) == found)
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(is_like(found.get(key), each, known) for key, each in expected.items())
    if isinstance(expected, list):
        return len(found) >= len(expected) and all(map(is_like, found, expected, [known] * len(expected)))
    return bool(found == expected)
