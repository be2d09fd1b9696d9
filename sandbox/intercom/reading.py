"""Endpoints that read: a conversation, a contact, and the search through conversations."""

from typing import Any

from aiohttp import web

from sandbox.intercom import shown
from sandbox.intercom.arguments import find_conversation, read_body
from sandbox.intercom.conversation import Conversation
from sandbox.intercom.failure import Failure, invalid, not_found
from sandbox.intercom.query import matches
from sandbox.intercom.workspace import Workspace
from sandbox.world import Json

PER_PAGE = 20
MAX_PER_PAGE = 150


async def conversation(workspace: Workspace, request: web.Request) -> Json:
    found = find_conversation(workspace, request)
    plain = request.query.get("display_as") == "plaintext"
    return shown.conversation(found, plain=plain, parts=found.parts)


async def me(workspace: Workspace, _request: web.Request) -> Json:
    """Identify an admin (reference)."""
    return {
        "type": "admin",
        "id": workspace.settings.intercom_admin_id or "1",
        "name": "Support",
        "email": "support@example.com",
        "email_verified": True,
        "app": {"type": "app", "id_code": workspace.app_id},
    }


async def admin(workspace: Workspace, request: web.Request) -> Json:
    """Retrieve an admin (reference)."""
    if request.match_info["id"] != (workspace.settings.intercom_admin_id or "1"):
        raise Failure(404, "admin_not_found", "Admin not found")
    return {
        "type": "admin",
        "id": request.match_info["id"],
        "name": "Support",
        "email": "support@example.com",
        "has_inbox_seat": True,
        "team_ids": [],
    }


async def contact(workspace: Workspace, request: web.Request) -> Json:
    found = workspace.contacts.get(request.match_info["id"])
    if found is None:
        raise not_found("User Not Found")
    return shown.contact(found, workspace.app_id)


async def search(workspace: Workspace, request: web.Request) -> Json:
    """Search conversations (reference): field, operator and value, or AND / OR of such."""
    body = await read_body(request)
    query, paging = body.get("query"), body.get("pagination") or {}
    if not isinstance(query, dict) or not isinstance(paging, dict):
        raise invalid("Query is invalid")
    per_page = _per_page(paging)
    newest = sorted(workspace.conversations.values(), key=lambda one: (one.updated_at, one.id), reverse=True)
    found = [one for one in newest if matches(one, query)]
    start = _start(found, paging.get("starting_after"))
    page = found[start : start + per_page]
    return {
        "type": "conversation.list",
        "pages": _pages(found, start, per_page),
        "total_count": len(found),
        "conversations": [shown.conversation(one, plain=False, parts=None) for one in page],
    }


def _per_page(paging: Json) -> int:
    per_page: Any = paging.get("per_page", PER_PAGE)
    if not isinstance(per_page, int) or not 1 <= per_page <= MAX_PER_PAGE:
        raise invalid(f"per_page must be a number between 1 and {MAX_PER_PAGE}")
    return per_page


def _start(found: list[Conversation], after: object) -> int:
    if after is None:
        return 0
    for position, one in enumerate(found, 1):
        if one.id == after:
            return position
    raise invalid("starting_after is invalid")


def _pages(found: list[Conversation], start: int, per_page: int) -> Json:
    number, end = start // per_page + 1, start + per_page
    pages: Json = {
        "type": "pages",
        "page": number,
        "per_page": per_page,
        "total_pages": -(-len(found) // per_page),
    }
    if end < len(found):
        pages["next"] = {"page": number + 1, "starting_after": found[end - 1].id}
    return pages
