"""The form for a ticket an agent makes by hand."""

from blocks import badges, kit
from blocks.kit import Json
from hub.classification import TITLE_LENGTH

OPEN = "ticket.new"
"""The global shortcut's callback id, as in manifest.json, and the button's on Home."""
SUBMIT = "ticket.create"
TITLE = "ticket.new_title"
DESCRIPTION = "ticket.new_description"
CHANNEL = "ticket.new_channel"
NAME = "ticket.new_name"
EMAIL = "ticket.new_email"

BY_HAND = "in_app"


def form() -> Json:
    return kit.modal(
        "New ticket",
        [
            kit.entry(
                "Title", kit.text_input(TITLE, longest=TITLE_LENGTH, placeholder="In a few words"), optional=True
            ),
            kit.entry("What was reported?", kit.text_input(DESCRIPTION, multiline=True)),
            _channel(),
            kit.entry("Reporter's name", kit.text_input(NAME, longest=200), optional=True),
            kit.entry(
                "Reporter's e-mail",
                kit.text_input(EMAIL, longest=320),
                optional=True,
                hint="They are told there if they have an account on that channel; else somebody tells them.",
            ),
        ],
        callback_id=SUBMIT,
        submit="Create",
        close="Cancel",
    )


def made(number: int) -> Json:
    return kit.modal(
        "New ticket", [kit.sentence(f"This is ticket #{number}; its card is being drawn.")], close="Close"
    )


def _channel() -> Json:
    options = [kit.option(badges.channel(each), each) for each in badges.CHANNEL]
    return kit.entry("Came in by", kit.select(CHANNEL, options, chosen=BY_HAND))
