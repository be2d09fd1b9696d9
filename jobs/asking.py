"""Ask a model and keep what was sent and answered, whatever comes of it."""

from typing import Any
from uuid import UUID

from hub.triage import Prompt
from jobs.job import Claim
from platforms.errors import PlatformError
from platforms.openai.client import Completion
from storage import ai_calls


async def ask(
    claim: Claim,
    prompt: Prompt,
    *,
    purpose: str,
    ticket_id: UUID | None = None,
    schema: dict[str, Any] | None = None,
) -> Completion:
    """The model's answer; `ticket_id` where it is about one. The call is recorded before this returns or raises."""
    model = str(claim.held.args["model"])
    try:
        answer = await claim.runtime.openai.complete(
            instructions=prompt.instructions, content=prompt.content, model=model, schema=schema
        )
    except PlatformError as error:
        async with claim.step() as session:
            ai_calls.add(
                session,
                ticket_id=ticket_id,
                purpose=purpose,
                model=model,
                prompt=prompt.whole,
                outcome=type(error).__name__,
                error=error.message,
            )
        raise
    async with claim.step() as session:
        ai_calls.add(
            session,
            ticket_id=ticket_id,
            purpose=purpose,
            model=model,
            prompt=prompt.whole,
            outcome="ok",
            answered=answer.model,
            answer=answer.text,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cost=answer.cost,
            milliseconds=answer.milliseconds,
        )
    return answer
