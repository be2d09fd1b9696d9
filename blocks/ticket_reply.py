"""Words back to the reporter: the form, and the question before they are sent."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from blocks import changelog, kit, passages
from blocks.kit import Json
from hub.replying import LONGEST

WRITE = "ticket.reply"
SEND = "ticket.send_reply"
TEXT = "ticket.reply_text"

_PAGES, _WEIGHT = 20, 100_000


def form(*, ticket_id: UUID, number: int, reply_id: UUID, behind: dict[str, Any]) -> Json:
    """The metadata is JSON: `ticket_id`, `reply_id` by which it is sent once, and the window `behind` the form."""
    return kit.modal(
        "Write to the reporter",
        [
            kit.sentence(
                f"What the reporter of #{number} is to read. Nothing is sent before you have seen it whole."
            ),
            _text("Your words", ""),
        ],
        callback_id=WRITE,
        submit="Preview",
        close="Cancel",
        private_metadata=_metadata(ticket_id, reply_id, behind),
    )


def confirmation(
    *,
    ticket_id: UUID,
    number: int,
    reply_id: UUID,
    recipient: str,
    channel: str,
    kind: str,
    text: str,
    written: str,
    shown: str,
    behind: dict[str, Any],
    restored_at: datetime | None,
) -> Json:
    """The last question: `text` is what leaves, `written` what it is made of, `shown` the hash of what is confirmed.

    Other words in the field are shown again before they are sent. `restored_at`: the report is older than the restore
    of the database then, so its reporter may have been written to.
    """
    return kit.modal(
        "Write to the reporter",
        [
            changelog.destination(number, recipient, channel, kind),
            *([_restored(restored_at)] if restored_at else []),
            kit.divider(),
            passages.label("Exactly this text will be sent"),
            *passages.whole(text, most=_PAGES, weight=_WEIGHT, shape=passages.read, missing=passages.ALL_COUNTS),
            kit.divider(),
            _text("Change it", written, hint="What you change is shown to you once more before it is sent."),
        ],
        callback_id=SEND,
        submit="Keep" if kind == "by hand" else "Send",
        close="Cancel",
        private_metadata=_metadata(ticket_id, reply_id, behind, shown=shown),
    )


def _restored(at: datetime) -> Json:
    return changelog.restored(at, "They may have been written to already.", "This was", "do not send it again")


def _metadata(ticket_id: UUID, reply_id: UUID, behind: dict[str, Any], **more: str) -> str:
    return json.dumps(behind | {"ticket_id": str(ticket_id), "reply_id": str(reply_id)} | more)


def _text(label: str, initial: str, *, hint: str | None = None) -> Json:
    """The same block in both windows: what is being typed stays when one takes the other's place."""
    return kit.entry(label, kit.text_input(TEXT, initial=initial, multiline=True, longest=LONGEST), hint=hint)
