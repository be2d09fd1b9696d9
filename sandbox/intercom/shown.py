"""Conversations, parts and contacts in the form REST API and webhooks show them."""

from sandbox.intercom.conversation import Contact, Conversation, Part
from sandbox.world import Json

UNCHANGING: Json = {
    "admin_assignee_id": None,
    "team_assignee_id": None,
    "open": True,
    "state": "open",
    "read": False,
    "tags": {"type": "tag.list", "tags": []},
    "priority": "none",
    "sla_applied": None,
    "statistics": None,
    "conversation_rating": None,
    "teammates": None,
    "title": None,
    "custom_attributes": {},
    "topics": {},
    "ticket": None,
    "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": False},
    "ai_agent": None,
    "ai_agent_participated": False,
}
"""What is the same in every conversation, because nothing here assigns, closes or tags one."""


def conversation(one: Conversation, *, plain: bool, parts: list[Part] | None) -> Json:
    """`parts` None leaves them out, as lists do."""
    replies = [part.created_at for part in one.parts if part.is_by_contact]
    waits = one.all_parts[-1].is_by_contact
    shown: Json = {
        "type": "conversation",
        "id": one.id,
        "created_at": one.opening.created_at,
        "updated_at": one.updated_at,
        "waiting_since": max([one.opening.created_at, *replies]) if waits else None,
        "snoozed_until": None,
        "source": _source(one, plain=plain),
        "contacts": {
            "type": "contact.list",
            "contacts": [{"type": "contact", "id": one.contact.id, "external_id": None}],
        },
        "first_contact_reply": _first_reply(replies),
        **UNCHANGING,
    }
    if parts is not None:
        shown["conversation_parts"] = {
            "type": "conversation_part.list",
            "conversation_parts": [_part(part, plain=plain) for part in parts],
            "total_count": len(parts),
        }
    return shown


def _source(one: Conversation, *, plain: bool) -> Json:
    opening = one.opening
    return {
        "type": "conversation",
        "id": opening.id,
        "delivered_as": one.started_by,
        "subject": "",
        "body": opening.text if plain else opening.body,
        "author": opening.author,
        "attachments": opening.attachments,
        "url": None,
        "redacted": opening.redacted,
    }


def _first_reply(replies: list[int]) -> Json | None:
    return {"created_at": replies[0], "type": "conversation", "url": None} if replies else None


def _part(part: Part, *, plain: bool) -> Json:
    return {
        "type": "conversation_part",
        "id": part.id,
        "part_type": part.part_type,
        "body": part.text if plain else part.body,
        "created_at": part.created_at,
        "updated_at": part.created_at,
        "notified_at": part.created_at,
        "assigned_to": None,
        "author": part.author,
        "attachments": part.attachments,
        "external_id": None,
        "redacted": part.redacted,
        "metadata": {},
        "email_message_metadata": None,
        "app_package_code": part.app_package_code,
    }


def contact(one: Contact, app_id: str) -> Json:
    path = f"/contacts/{one.id}"
    return {
        "type": "contact",
        "id": one.id,
        "workspace_id": app_id,
        "external_id": None,
        "role": one.role,
        "email": one.email,
        "phone": None,
        "name": one.name,
        "avatar": None,
        "owner_id": None,
        "social_profiles": {"type": "list", "data": []},
        "has_hard_bounced": False,
        "marked_email_as_spam": False,
        "unsubscribed_from_emails": False,
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "signed_up_at": one.created_at if one.email else None,
        "last_seen_at": None,
        "last_replied_at": None,
        "last_contacted_at": None,
        "language_override": None,
        "browser_language": None,
        "location": {"type": "location", "country": None, "region": None, "city": None},
        "custom_attributes": {},
        "tags": _empty_list(f"{path}/tags"),
        "notes": _empty_list(f"{path}/notes"),
        "companies": _empty_list(f"{path}/companies"),
    }


def _empty_list(url: str) -> Json:
    return {"type": "list", "data": [], "url": url, "total_count": 0, "has_more": False}
