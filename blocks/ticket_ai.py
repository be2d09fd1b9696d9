"""The tab of a ticket's window that shows exactly what models saw of it, and what they answered."""

from collections.abc import Iterator

from blocks import ai, kit, passages
from blocks.kit import Json
from hub.asked import Asked, Calls

PURPOSES = {"triage": "Triage", "changelog": "Draft for the reporter"}
_PROMPT = (14, 45_000)
_ANSWER = (6, 20_000)
"""Blocks, and bytes; two calls fit into a view."""


def tab(shown: Calls) -> Iterator[Json]:
    if not shown.calls:
        yield kit.sentence("No model has been asked about this ticket alone.")
    for call in shown.calls:
        yield from _call(call)
    yield kit.context(
        "Calls about several tickets at once (suggested groups, a group's text) and vectors for similarity"
        " are scrubbed the same way and not listed here. Old calls are dropped."
    )


def _call(call: Asked) -> Iterator[Json]:
    head = f"🤖 {PURPOSES.get(call.purpose, call.purpose)} by {kit.cut(call.model, kit.LABEL)}, "
    yield kit.rich(kit.line(kit.words(head, bold=True), kit.moment(call.at)))
    yield kit.context(_hidden(call))
    yield passages.label("What the model was sent")
    yield from passages.whole(call.prompt, most=_PROMPT[0], weight=_PROMPT[1], shape=kit.preformatted)
    if call.answer is not None:
        yield passages.label("What it answered")
        yield from passages.whole(call.answer, most=_ANSWER[0], weight=_ANSWER[1], shape=kit.preformatted)
        yield kit.context(_spent(call))
    if call.error:
        yield kit.sentence(f"⚠️ {call.error}")
    yield from ai.flagged(call.leaks)
    yield kit.divider()


def _hidden(call: Asked) -> str:
    if call.rules is None:
        return "🔒 What was hidden then was not written down."
    hidden = ai.counted(call.redactions) or "nothing, since nothing personal was found"
    return f"🔒 Hidden before it left: {hidden}. Rules {call.rules}."


def _spent(call: Asked) -> str:
    facts = []
    if call.tokens_read is not None:
        facts.append(f"{call.tokens_read:,} tokens read, {call.tokens_written or 0:,} written")
    if call.cost is not None:
        facts.append(f"${call.cost:.4f}")
    if call.milliseconds is not None:
        facts.append(f"{call.milliseconds / 1000:.1f} s")
    return " · ".join(facts) or "The server did not say what it took."
