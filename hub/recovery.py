"""Dead letters: acknowledge, run again; a webhook delivery: read it again."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Conflict, NotFound
from hub.work import KINDS, Work, key_of, promise
from storage import jobs
from storage.enums import DeadLetterStatus, DeliveryStatus
from storage.models import DeadLetterJob, WebhookDelivery


async def unresolved(session: AsyncSession, *, limit: int = 100) -> Sequence[DeadLetterJob]:
    """Newest first."""
    found = await session.scalars(
        select(DeadLetterJob)
        .where(DeadLetterJob.status == DeadLetterStatus.UNRESOLVED)
        .order_by(DeadLetterJob.failed_at.desc())
        .limit(limit)
    )
    return found.all()


async def resolve(session: AsyncSession, letter_id: UUID, *, by: str, resolution: str) -> DeadLetterJob:
    """Somebody has looked at it; nothing is run again."""
    letter = await _unresolved(session, letter_id)
    _close(letter, by=by, resolution=resolution)
    return letter


async def run_again(session: AsyncSession, letter_id: UUID, *, by: str) -> DeadLetterJob:
    """Promise the same work anew, with all its attempts."""
    letter = await _unresolved(session, letter_id)
    kind = KINDS.get(letter.job_class)
    if kind is None:
        raise Conflict(f"There is no work called {letter.job_class} in this version; resolve it by hand.")
    _close(letter, by=by, resolution="run again")
    await jobs.add(
        session,
        kind=kind.name,
        key=letter.job_key,
        args=json.dumps(letter.job_args),
        max_attempts=kind.attempts,
        coalesced=kind.coalesced,
    )
    return letter


async def replay(session: AsyncSession, delivery_id: UUID) -> WebhookDelivery:
    """Have a delivery read again; what it brought already is not brought twice."""
    delivery = await session.get(WebhookDelivery, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery with the id {delivery_id}.", id=str(delivery_id))
    await promise(session, Work.READ, delivery.id)
    return delivery


async def replay_unreadable(session: AsyncSession) -> int:
    """Have every delivery that could not be read read again; how many."""
    found = await session.scalars(
        select(WebhookDelivery.id)
        .where(WebhookDelivery.status == DeliveryStatus.UNREADABLE)
        .order_by(WebhookDelivery.received_at)
    )
    ids = found.all()
    for delivery_id in ids:
        await promise(session, Work.READ, delivery_id)
    return len(ids)


async def was_read(session: AsyncSession, delivery_id: UUID, *, error: str | None) -> None:
    """What reading again came to: its dead letters are settled, or there is one again."""
    delivery = await session.get_one(WebhookDelivery, delivery_id)
    delivery.error = error
    letters = await _letters_of(session, delivery_id)
    if error is None:
        delivery.status, delivery.read_at = DeliveryStatus.READ, datetime.now(UTC)
        for letter in letters:
            _close(letter, by="system", resolution="read after all")
    elif not letters:
        session.add(
            DeadLetterJob(
                job_class=Work.READ.name,
                job_key=key_of(Work.READ, delivery_id),
                job_args={"subject": str(delivery_id)},
                error_class="Unreadable",
                error_message=error,
            )
        )


async def _letters_of(session: AsyncSession, delivery_id: UUID) -> Sequence[DeadLetterJob]:
    found = await session.scalars(
        select(DeadLetterJob).where(
            DeadLetterJob.job_class == Work.READ.name,
            DeadLetterJob.status == DeadLetterStatus.UNRESOLVED,
            DeadLetterJob.job_args["subject"].astext == str(delivery_id),
        )
    )
    return found.all()


def _close(letter: DeadLetterJob, *, by: str, resolution: str) -> None:
    letter.status = DeadLetterStatus.RESOLVED
    letter.resolved_at, letter.resolved_by, letter.resolution = datetime.now(UTC), by, resolution


async def _unresolved(session: AsyncSession, letter_id: UUID) -> DeadLetterJob:
    letter = await session.get(DeadLetterJob, letter_id, with_for_update=True)
    if letter is None:
        raise NotFound(f"There is no dead letter with the id {letter_id}.", id=str(letter_id))
    if letter.status != DeadLetterStatus.UNRESOLVED:
        raise Conflict("This dead letter was dealt with already.")
    return letter
