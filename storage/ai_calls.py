"""Exactly what models were sent and what they answered."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import AiCall


async def drop_old(session: AsyncSession, *, days: int, limit: int) -> int:
    """Those made longer ago, the oldest first; how many went."""
    before = func.now() - timedelta(days=days)
    oldest = select(AiCall.id).where(AiCall.created_at < before).order_by(AiCall.created_at).limit(limit)
    return len((await session.scalars(delete(AiCall).where(AiCall.id.in_(oldest)).returning(AiCall.id))).all())


def add(
    session: AsyncSession,
    *,
    ticket_id: UUID | None,
    purpose: str,
    model: str,
    prompt: str,
    outcome: str,
    answered: str | None = None,
    answer: str | None = None,
    prompt_tokens: int | None = None,
    completion_tokens: int | None = None,
    cost: Decimal | None = None,
    milliseconds: int | None = None,
    error: str | None = None,
    rules: int,
    redactions: dict[str, int],
    leaks: dict[str, int] | None = None,
) -> None:
    """`prompt` is scrubbed by `rules`; `outcome` is `ok` or the error's class; `cost` is in US dollars."""
    session.add(
        AiCall(
            ticket_id=ticket_id,
            purpose=purpose,
            model_asked=model,
            model_answered=answered,
            prompt=prompt,
            answer=answer,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            cost=cost,
            milliseconds=milliseconds,
            outcome=outcome,
            error=error,
            rules=rules,
            redactions=redactions,
            leaks=leaks or None,
        )
    )
