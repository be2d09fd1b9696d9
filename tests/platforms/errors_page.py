"""Writes docs/errors.md: every error the vendors name, as the code explains it. A test fails where the page is another."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from platforms.http import named as name_of
from tests.platforms.answering import MODEL, met
from tests.platforms.vendors import INTERCOM, NOTION, OPENAI, SLACK, WHATSAPP, Named

PAGE = Path(__file__).parents[2] / "docs/errors.md"
COMMAND = "python -m tests.platforms.errors_page"
VENDORS = {"slack": SLACK, "intercom": INTERCOM, "whatsapp": WHATSAPP, "notion": NOTION, "openai": OPENAI}

TOP = f"""# What platforms answer, and what the hub says

An error of a platform becomes a sentence that ends with what to do. It stands where the work does: on the ticket's card, with
the message under *Deliveries*, in a dead letter, beside the connection on App Home and in `/ready`, and in the REST API as
`last_error`, with the platform's own code in `error_code`. Its class decides what happens by itself.

This page is written from the code by `.venv/bin/{COMMAND}`; a test fails while it is another.
"""
CLASSES = """
| class | means | what happens |
|---|---|---|
| RateLimited | the platform wants a pause; nothing was done | Nothing more is asked of it for so long as it says. Then it is tried again, a message six times at most. |
| Unreachable | nothing was done, and that may pass | It is tried again with growing pauses, a message six times at most; then there is a dead letter, or the message is given up with *Retry*. |
| Unsure | it may have been done | It is not repeated. The message is looked up after five seconds; where nobody can tell, its card asks *It arrived* or *Send again*. |
| CannotTell | the platform does not let us look | The same question on the card. |
| Refused | no, now and later | It is not tried again: a dead letter, or the message is given up with *Retry*. |
| Restricted | not to this person, or not on this channel | The message is given up as `channel_restricted`: somebody reaches the person another way, or presses *Retry*. |
| WindowClosed | WhatsApp's 24 hours are over after all | The approved template leaves instead, once. |
| Later | a limit of the hub's own | It goes on by itself, and costs no attempt. |
"""
ABOUT = {
    "slack": "Slack answers refusals with status 200. The sentences are those of posting a message.",
    "intercom": "The status is the one Intercom documents, or else the usual one for the code.",
    "whatsapp": "The same codes come in receipts too, after a message was taken, and mean the same: what passes is sent "
    "again, 131047 sends the template, and with any other the message is given up.",
    "notion": "The class is that of making a page or a comment: where nothing is made, Unsure is Unreachable.",
    "openai": f"Asked of {MODEL}. What passes is tried three times within one attempt.",
}
ALONE = "another answer, without a code"


async def drawn() -> str:
    parts = [TOP, CLASSES]
    for platform, all_of_them in VENDORS.items():
        parts += [f"\n## {name_of(platform)}\n\n{ABOUT[platform]}\n\n", await _table(platform, all_of_them)]
    return "".join(parts)


async def _table(platform: str, all_of_them: Sequence[Named]) -> str:
    """A line for each sentence; codes that differ in nothing but themselves stand together."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for named in all_of_them:
        error = await met(platform, named)
        sentence = error.message.replace(f"({named.code}", "(…").replace(f", {named.code})", ", …)")
        line = (str(named.status), type(error).__name__, sentence)
        lines.setdefault(line, []).append(f"`{named.code}`" if named.code else ALONE)
    head = "| code | status | class | the hub says |\n|---|---|---|---|\n"
    return head + "".join(_lines(lines.items()))


def _lines(lines: Iterable[tuple[tuple[str, str, str], list[str]]]) -> Iterable[str]:
    for (status, kind, sentence), codes in lines:
        yield f"| {', '.join(codes)} | {status} | {kind} | {sentence.replace('|', '/')} |\n"


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(drawn()))
