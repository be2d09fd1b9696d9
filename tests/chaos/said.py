"""What people were told, as the platforms show it, whoever sent it: their notifications may be gone."""

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.chaos.agents import asked
from tests.chaos.tally import ADMIN, HEADING
from tests.stories.processes import Story

PLACES = """
SELECT ticket.number, identity.platform, identity.platform_user_id AS account, source.place::text AS place
FROM tickets ticket JOIN reporter_identities identity ON identity.id = ticket.identity_id
JOIN ticket_sources source ON source.ticket_id = ticket.id AND source.kind = 'report'
"""
Place = tuple[str, str]
"""The channel and what is one person's there: a conversation, direct messages, a telephone number."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message to a reporter: the outcome, or the acknowledgement with the ticket's number."""

    place: Place
    is_outcome: bool
    number: int | None


def said(story: Story) -> list[Said]:
    """Everything, in no order."""
    return [_read(place, text) for place, text in (*_whatsapp(story), *_intercom(story), *_slack(story))]


async def places(url: str) -> dict[int, Place]:
    """Where the reporter of each ticket is told, by its number."""
    return {row["number"]: _place(row) for row in await asked(url, PLACES)}


def _read(place: Place, text: str) -> Said:
    number = re.search(r"#(\d+)", text)
    return Said(place, HEADING in text, int(number[1]) if number else None)


def _place(row: Any) -> Place:
    place = json.loads(row["place"])
    inside = place.get("channel") or place.get("conversation_id") or row["account"].rpartition(":")[2]
    return row["platform"], str(inside)


def _whatsapp(story: Story) -> list[tuple[Place, str]]:
    rows = story.control("GET", "whatsapp/messages")["data"]
    return [(("whatsapp", str(row["to"]).lstrip("+")), row["text"] or "") for row in rows]


def _intercom(story: Story) -> list[tuple[Place, str]]:
    conversations = story.control("GET", "intercom/conversations")["data"]
    return [
        (("intercom", str(conversation["id"])), part["text"])
        for conversation in conversations
        for part in conversation["messages"]
        if part["author"]["type"] == ADMIN
    ]


def _slack(story: Story) -> list[tuple[Place, str]]:
    direct = [one["id"] for one in story.control("GET", "slack/channels")["data"] if one["im"]]
    return [
        (("slack", channel), message["text"])
        for channel in direct
        for first in story.control("GET", f"slack/messages?channel={channel}")["data"]
        for message in (first, *first.get("replies", []))
        if (message.get("metadata") or {}).get("event_payload", {}).get("notification_id")
    ]
