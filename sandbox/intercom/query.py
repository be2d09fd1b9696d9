"""Whether a conversation is what a search asks for."""

from typing import Any

from sandbox.intercom.conversation import Conversation
from sandbox.intercom.failure import invalid
from sandbox.world import Json


def matches(conversation: Conversation, query: Json) -> bool:
    operator, value = query.get("operator"), query.get("value")
    if operator not in ("AND", "OR"):
        return _compares(_searched(conversation, query.get("field")), operator, value)
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise invalid(f"{operator} needs a list of queries")
    results = [matches(conversation, part) for part in value]
    return all(results) if operator == "AND" else any(results)


def _searched(conversation: Conversation, name: object) -> object:
    opening = conversation.opening
    values: dict[object, object] = {
        "id": conversation.id,
        "created_at": opening.created_at,
        "updated_at": conversation.updated_at,
        "contact_ids": conversation.contact.id,
        "source.author.id": opening.author["id"],
        "source.author.email": opening.author["email"],
        "source.body": opening.text,
        "state": "open",
        "open": True,
    }
    if name not in values:
        raise invalid(f"{name} is not a searchable field")
    return values[name]


def _compares(have: object, operator: object, value: Any) -> bool:
    if operator in ("IN", "NIN"):
        if not isinstance(value, list):
            raise invalid(f"{operator} needs a list of values")
        return (str(have) in map(str, value)) == (operator == "IN")
    if operator == "~":
        return str(value).lower() in str(have).lower()
    if operator in ("=", "!="):
        return (str(have).lower() == str(value).lower()) == (operator == "=")
    if operator in ("<", ">") and isinstance(have, int) and str(value).isdigit():
        return have > int(value) if operator == ">" else have < int(value)
    raise invalid(f"{operator} is not valid here")
