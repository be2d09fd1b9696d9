"""The forms of a ticket's window: what the ticket says, and the AI's suggestion."""

import json
from typing import Any

from blocks import kit, ticket, triage
from blocks.kit import Json
from hub.classification import TITLE_LENGTH
from hub.detailing import Editable

TITLE = "ticket.edit_title"
TYPE = "ticket.edit_type"
PRIORITY = "ticket.edit_priority"
TAGS = "ticket.edit_tags"

_SUMMARY = 600
_TAGS = 1000


def form(shown: Editable, behind: dict[str, Any]) -> Json:
    """The metadata is JSON: `ticket_id`, the `version` one has read, and the window `behind` the form."""
    return kit.modal(
        f"Edit ticket #{shown.number}",
        [
            kit.entry("Title", kit.text_input(TITLE, initial=shown.title, longest=TITLE_LENGTH)),
            kit.entry("Type", kit.select(TYPE, triage.types(), chosen=shown.ticket_type)),
            kit.entry("Priority", kit.select(PRIORITY, triage.priorities(), chosen=str(shown.priority))),
            kit.entry(
                "Tags",
                kit.text_input(TAGS, initial=", ".join(shown.tags), longest=_TAGS),
                optional=True,
                hint="Separate them with commas.",
            ),
        ],
        callback_id=ticket.EDIT,
        submit="Save",
        close="Cancel",
        private_metadata=json.dumps(behind | {"ticket_id": str(shown.ticket_id), "version": shown.version}),
    )


def suggestion_form(shown: Editable, behind: dict[str, Any]) -> Json:
    made = shown.suggested
    ticket_type, priority = (made.ticket_type, made.priority) if made else (shown.ticket_type, shown.priority)
    return kit.modal(
        "Edit the suggestion",
        [
            *([kit.quote(made.summary, _SUMMARY)] if made else []),
            kit.entry("Title", kit.text_input(TITLE, initial=shown.title, longest=TITLE_LENGTH)),
            kit.entry("Type", kit.select(TYPE, triage.types(), chosen=ticket_type)),
            kit.entry("Priority", kit.select(PRIORITY, triage.priorities(), chosen=str(priority))),
        ],
        callback_id=ticket.EDIT_SUGGESTION,
        submit="Accept",
        close="Cancel",
        private_metadata=json.dumps(behind | {"ticket_id": str(shown.ticket_id)}),
    )


def tags_of(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]
