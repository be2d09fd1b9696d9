"""Endpoints that write: a reply to a conversation, and a message of an admin to a contact."""

import time

from aiohttp import web

from sandbox.intercom import markup, shown
from sandbox.intercom.arguments import find_conversation, inner, need_words, read_body
from sandbox.intercom.conversation import Contact, Conversation, Part
from sandbox.intercom.failure import Failure, invalid, not_found
from sandbox.intercom.workspace import Workspace
from sandbox.world import Json

OWN_APP = "sandbox_api_app"


async def reply(workspace: Workspace, request: web.Request) -> Json:
    """Reply to a conversation (reference): message_type, type and admin_id are required."""
    body = await read_body(request)
    conversation = find_conversation(workspace, request)
    if body.get("message_type") not in ("comment", "note"):
        raise invalid("Message type is invalid")
    words = need_words(body)
    author = _author(workspace, conversation, body)
    part = workspace.new_part(body["message_type"], author, markup.sent(words), int(time.time()))
    part.app_package_code = OWN_APP
    conversation.parts.append(part)
    return shown.conversation(conversation, plain=False, parts=conversation.parts)


def _author(workspace: Workspace, conversation: Conversation, body: Json) -> Json:
    if body.get("type") == "admin":
        return _admin(workspace, body.get("admin_id"))
    if body.get("type") == "user" and body["message_type"] == "comment":
        if body.get("intercom_user_id") != conversation.contact.id:
            raise not_found("User Not Found")
        return conversation.contact.author()
    raise invalid("Type is invalid")


async def message(workspace: Workspace, request: web.Request) -> Json:
    """Create a message (reference). No conversation exists until the contact answers, unless asked for."""
    body = await read_body(request)
    words = _message_words(body)
    owner = _admin(workspace, inner(body, "from", "id") if inner(body, "from", "type") == "admin" else None)
    contact = _recipient(workspace, body)
    part = workspace.new_part("comment", owner, markup.sent(words), int(time.time()))
    answer = _message_shown(body, part)
    if body.get("create_conversation_without_contact_reply") is True:
        answer["conversation_id"] = workspace.open(contact, part, "admin_initiated").id
    return answer


def _message_words(body: Json) -> str:
    kind = body.get("message_type")
    if kind not in ("in_app", "inapp", "email"):
        raise invalid("Message type is invalid")
    words = need_words(body)
    if kind == "email" and not body.get("subject"):
        raise Failure(422, "parameter_not_found", "No subject supplied for email message")
    return words


def _recipient(workspace: Workspace, body: Json) -> Contact:
    contact = workspace.contacts.get(str(inner(body, "to", "id")))
    if inner(body, "to", "type") not in ("user", "lead") or contact is None:
        raise not_found("User Not Found")
    return contact


def _message_shown(body: Json, part: Part) -> Json:
    return {
        "type": "admin_message",
        "id": part.id,
        "created_at": part.created_at,
        "subject": body.get("subject") or "",
        "body": part.body,
        "message_type": "email" if body["message_type"] == "email" else "inapp",
        "owner": {**part.author, "away_mode_enabled": False, "away_mode_reassign": False},
    }


def _admin(workspace: Workspace, admin_id: object) -> Json:
    if not isinstance(admin_id, str | int) or isinstance(admin_id, bool) or not str(admin_id).isdigit():
        raise invalid("Admin id is invalid")
    known = workspace.settings.intercom_admin_id
    if known and str(admin_id) != known:
        raise not_found()
    return {"type": "admin", "id": str(admin_id), "name": "Support", "email": "support@example.com"}
