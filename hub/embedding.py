"""What tickets mean, as vectors: made of scrubbed text in batches, once for each text and model."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from hub import triage
from hub.pii import Scrubbed
from hub.triage import Question
from storage import embeddings
from storage.embeddings import Due
from storage.models import EMBEDDING_DIMENSIONS

BATCH = 100
"""Tickets in one request; far below what the API takes (2,048 inputs, 300,000 tokens)."""
LENGTH = 4_000
"""Characters of a ticket that are read."""
DIMENSIONS = EMBEDDING_DIMENSIONS


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket whose vector is due, and what it says."""

    due: Due
    asked: Question


async def waiting(session: AsyncSession) -> list[Waiting]:
    """The next batch."""
    due = await embeddings.due(session, limit=BATCH)
    return [Waiting(one, await triage.question(session, one.ticket_id)) for one in due]


async def scrubbed(found: Sequence[Waiting]) -> list[Scrubbed]:
    """What a model may read of each; ScrubbingFailed when that took too long."""
    return await triage.scrub_reports([one.asked for one in found], longest=LENGTH)


def unknown(found: Sequence[Waiting], texts: Sequence[Scrubbed], *, model: str) -> list[int]:
    """Places of those whose vector is not there already."""
    return [
        at
        for at, (one, text) in enumerate(zip(found, texts, strict=True))
        if (one.due.model, one.due.content_hash) != (model, hash_of(text))
    ]


async def keep(
    session: AsyncSession,
    found: Sequence[Waiting],
    texts: Sequence[Scrubbed],
    vectors: dict[int, Sequence[float]],
    *,
    model: str,
) -> None:
    """By their places; what had its vector already only stops being due."""
    for at, (one, text) in enumerate(zip(found, texts, strict=True)):
        await embeddings.keep(session, one.due, model=model, content_hash=hash_of(text), vector=vectors.get(at))


def hash_of(text: Scrubbed) -> str:
    return hashlib.sha256(text.text.encode()).hexdigest()
