"""Ask a model, look at what it is sent and answers, and keep both, whatever comes of it."""

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from hub import pii, triage
from hub.pii import Known
from hub.triage import Prompt
from jobs.job import Claim
from platforms.errors import PlatformError
from storage import ai_calls
from storage.text import storable

BY_HAND = "Write it by hand, or ask again then."
"""For a text nobody should wait for until tomorrow."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said. `leaks` counts by kind what looks personal in it."""

    text: str
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    leaks: dict[str, int]


async def ask(
    claim: Claim,
    prompt: Prompt,
    *,
    purpose: str,
    known: Known,
    ticket_id: UUID | None = None,
    schema: dict[str, Any] | None = None,
) -> Answer:
    """The model's answer, looked through for `known` people too; `ticket_id` where it is about one.

    The call is recorded before this returns or raises; Later, when today's budget is used up, is none.
    """
    model = str(claim.held.args["model"])
    keep = partial(
        ai_calls.add,
        ticket_id=ticket_id,
        purpose=purpose,
        model=model,
        prompt=prompt.whole,
        rules=pii.RULES,
        redactions=pii.kinds(prompt.content),
    )
    await pii.check([prompt.instructions, prompt.content])
    try:
        answer = await claim.runtime.openai.complete(
            instructions=prompt.instructions, content=prompt.content, model=model, schema=schema
        )
    except PlatformError as error:
        async with claim.step() as session:
            keep(session, outcome=type(error).__name__, error=error.message)
        raise
    text = storable(answer.text)
    leaks = await pii.leaks(text, known=known)
    async with claim.step() as session:
        keep(
            session,
            outcome="ok",
            answered=answer.model,
            answer=text,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cost=answer.cost,
            milliseconds=answer.milliseconds,
            leaks=leaks,
        )
        if ticket_id is not None and leaks:
            triage.flagged(session, ticket_id, leaks)
    return Answer(text, answer.model, answer.prompt_tokens, answer.completion_tokens, leaks)
