"""The window with the link to what is kept of a person."""

from blocks import kit
from blocks.kit import Json
from hub.privacy import OFFERED_MINUTES


def offered(url: str) -> Json:
    return kit.modal(
        "Export",
        [
            kit.sentence(
                "Everything that is kept of this person comes as one JSON file: profile, accounts, tickets, every "
                "message, what they were told and what models saw. "
                "Files they attached are named in it, not part of it."
            ),
            kit.rich(kit.line(kit.words("⬇️ "), kit.link(url, "Open the page with the file"))),
            kit.context(
                f"🔒 The link gives the file once, within {OFFERED_MINUTES} minutes, to whoever has it: "
                "pass it on to nobody. Nothing of the file is kept in Slack."
            ),
        ],
        close="Close",
    )
