"""The form reporters fill in, and what the slash command answers them."""

from blocks import kit
from blocks.kit import Json
from storage.enums import Priority

SUBMIT = "report.submit"
DESCRIPTION = "report.description"
URGENCY = "report.urgency"
FILES = "report.files"
MESSAGE = "report.message"
"""The message shortcut's callback id, as in manifest.json."""

URGENCIES = {
    Priority.HIGH: "Urgent: I cannot work",
    Priority.NORMAL: "Normal: it gets in my way",
    Priority.MINIMAL: "Not urgent: whenever you can",
}


def form() -> Json:
    return kit.modal(
        "Report something", [_description(), _urgency(), _files()], callback_id=SUBMIT, submit="Send", close="Cancel"
    )


def thanks(number: int) -> str:
    return f"Thank you for telling us. This is ticket #{number}; we will write to you when there is news."


def usage() -> str:
    return (
        "Write what happened after the command, for example "
        "`/feedback I cannot download my invoice`, or `/feedback` alone for a form where you can add files."
    )


def _description() -> Json:
    element = kit.text_input(DESCRIPTION, multiline=True, placeholder="What did you do, and what happened?")
    return kit.entry("What happened?", element)


def _urgency() -> Json:
    options = [kit.option(words, str(int(priority))) for priority, words in URGENCIES.items()]
    element = kit.select(URGENCY, options, placeholder="Choose")
    return kit.entry("How urgent is it?", element, optional=True)


def _files() -> Json:
    hint = f"At most {kit.FILES} files."
    return kit.entry("Screenshots or other files", kit.file_input(FILES), optional=True, hint=hint)


def known() -> str:
    return "Thank you, we have this report already."


def taken(sentence: str) -> Json:
    """What stands in the form's place once it was sent."""
    return kit.modal("Thank you", [kit.sentence(sentence)], close="Close")
