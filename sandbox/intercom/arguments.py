"""What a request to the REST API names: its conversation, and what its body says."""

import json

from aiohttp import web

from sandbox.intercom.conversation import Conversation
from sandbox.intercom.failure import Failure, invalid, not_found
from sandbox.intercom.workspace import Workspace
from sandbox.world import Json


async def read_body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Failure(400, "bad_request", "bad 'json' parameter")
    return body


def find_conversation(workspace: Workspace, request: web.Request) -> Conversation:
    conversation = workspace.conversations.get(request.match_info["id"])
    if conversation is None:
        raise not_found()
    return conversation


def need_words(body: Json) -> str:
    words = body.get("body")
    if not isinstance(words, str) or not words.strip():
        raise invalid("Body is required")
    return words


def inner(body: Json, outer: str, name: str) -> object:
    value = body.get(outer)
    return value.get(name) if isinstance(value, dict) else None
