"""What the stand-in answers to a prompt.

A marker word somewhere in the user's message plays one way in which a model fails.
"""

import json

from sandbox.openai import grouping
from sandbox.openai.filling import Filling
from sandbox.openai.prompt import Prompt
from sandbox.openai.prose import prose, sentence
from sandbox.world import Json

REFUSE = "sandbox-refuse"
CUT = "sandbox-length"
FILTER = "sandbox-filter"
BROKEN = "sandbox-broken"
EMPTY = "sandbox-empty"
QUOTA = "sandbox-quota"
LEAK = "sandbox-leak"
LEAKED = "Somebody wrote from zelda@hyrule.example."
"""Said by a model that was not shown it."""


def answer(prompt: Prompt, form: Json | None) -> tuple[Json, str]:
    """The assistant's message and why it ended."""
    message: Json = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    if REFUSE in prompt.text:
        return message | {"refusal": "I can't help with that."}, "stop"
    if FILTER in prompt.text:
        return message | {"content": ""}, "content_filter"
    if EMPTY in prompt.text:
        return message | {"content": ""}, "stop"
    form = form or {"type": "text"}
    content = _content(prompt, form)
    if LEAK in prompt.text:
        content = _leaking(content, form)
    half = content[: len(content) // 2]
    if BROKEN in prompt.text:
        return message | {"content": half + "…"}, "stop"
    if CUT in prompt.text:
        return message | {"content": half}, "length"
    return message | {"content": content}, "stop"


def _content(prompt: Prompt, form: Json) -> str:
    if form["type"] == "json_schema":
        schema = form["json_schema"]["schema"]
        if grouping.is_asked(prompt, schema):
            return json.dumps(grouping.answer(prompt), ensure_ascii=False)
        return json.dumps(Filling(schema, prompt).value(schema, ""), ensure_ascii=False)
    if form["type"] == "json_object":
        return json.dumps({"answer": sentence(prompt)}, ensure_ascii=False)
    return prose(prompt)


def _leaking(content: str, form: Json) -> str:
    """The same with an e-mail in it; JSON keeps its form."""
    if form["type"] == "text":
        return f"{content} {LEAKED}"
    filled = json.loads(content)
    return json.dumps(
        {name: f"{value} {LEAKED}" if name == "summary" else value for name, value in filled.items()},
        ensure_ascii=False,
    )
