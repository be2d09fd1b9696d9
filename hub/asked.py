"""What models were asked about a ticket, to the letter, and what they answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import AiCall, Ticket
from storage.paging import page_by_time

CALLS_ON_PAGE = 2
"""A prompt may have 12,000 characters, and a view 250 kB."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call. `redactions` and `leaks` count by kind what was hidden, and what of the answer looks personal.

    `cost` is in US dollars, None where the price was not known.
    """

    purpose: str
    model: str
    prompt: str
    answer: str | None
    error: str | None
    tokens_read: int | None
    tokens_written: int | None
    cost: Decimal | None
    milliseconds: int | None
    rules: int | None
    redactions: Mapping[str, int]
    leaks: Mapping[str, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Calls:
    calls: tuple[Asked, ...]
    """Newest first."""
    next_cursor: str | None


async def of(session: AsyncSession, ticket: Ticket, cursor: str | None) -> Calls:
    query: Select[Any] = select(AiCall).where(AiCall.ticket_id == ticket.id)
    page = await page_by_time(session, query, AiCall, limit=CALLS_ON_PAGE, cursor=cursor)
    return Calls(tuple(_asked(row) for row in page.rows), page.next_cursor)


def _asked(row: AiCall) -> Asked:
    return Asked(
        purpose=row.purpose,
        model=row.model_answered or row.model_asked,
        prompt=row.prompt,
        answer=row.answer,
        error=row.error,
        tokens_read=row.prompt_tokens,
        tokens_written=row.completion_tokens,
        cost=row.cost,
        milliseconds=row.milliseconds,
        rules=row.rules,
        redactions=row.redactions or {},
        leaks=row.leaks or {},
        at=row.created_at,
    )
