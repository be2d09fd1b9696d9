"""Dead letters: acknowledge, run again, fail on purpose; a webhook delivery: read it again."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import notifying, timeline, viewing
from hub.errors import Conflict, Forbidden, HubError, Invalid, NotFound
from hub.work import KINDS, Work, key_of, promise
from storage import dead_letters, forced_failures, jobs, notifications, webhook_deliveries
from storage.database import Database
from storage.enums import DeadLetterStatus, DeliveryStatus
from storage.jobs import New
from storage.models import DeadLetterJob, Notification, WebhookDelivery

LONGEST_REASON = 500
"""Characters of why a letter is closed."""
MOST = 500
"""Deliveries that are read again at once."""
PACE_SECONDS = 2.0
"""Between the starts of jobs that are run again together: what broke them may still be weak."""


class FailedOnPurpose(HubError):
    """What a job fails with that was to fail."""

    code = "failed_on_purpose"


async def unresolved(session: AsyncSession, *, limit: int = 100) -> Sequence[DeadLetterJob]:
    """Newest first."""
    page = await dead_letters.page(session, status=DeadLetterStatus.UNRESOLVED, limit=limit)
    return page.rows


async def resolve(session: AsyncSession, letter_id: UUID, *, by: str, resolution: str) -> DeadLetterJob:
    """Somebody has looked at it; nothing is run again."""
    reason = resolution.strip()
    if not reason:
        raise Invalid("Say in a few words why nothing has to be done.", field="resolution")
    letter = await _unresolved(session, letter_id)
    _close(letter, by=by, resolution=reason[:LONGEST_REASON])
    await viewing.changed(session)
    return letter


async def run_again(session: AsyncSession, letter_id: UUID, *, by: str, delay: float = 0) -> DeadLetterJob:
    """Promise the same work anew, with all its attempts, `delay` seconds from now."""
    is_sent_anew = await _send_anew(session, letter_id, by=by, delay=delay)
    letter = await _unresolved(session, letter_id)
    _close(letter, by=by, resolution="sent anew" if is_sent_anew else "run again")
    if not is_sent_anew:
        _promise_anew(session, letter, delay=delay)
    await viewing.changed(session)
    return letter


async def sends(session: AsyncSession, letter_id: UUID) -> bool:
    """Whether running it again may have somebody told something."""
    letter = await dead_letters.find(session, letter_id)
    return letter is not None and letter.job_class == Work.DISPATCH.name


async def run_each_again(
    db: Database, letter_ids: Iterable[UUID], *, by: str, may_send: bool = True
) -> tuple[int, list[tuple[UUID, HubError]]]:
    """Each by itself, paced: what is refused for one does not hold up the others. How many, and the refusals."""
    started = 0
    refusals: list[tuple[UUID, HubError]] = []
    for letter_id in letter_ids:
        try:
            async with db.transaction() as session:
                if not may_send and await sends(session, letter_id):
                    raise Forbidden("This one sends a message, for which the key needs the scope send.")
                await run_again(session, letter_id, by=by, delay=started * PACE_SECONDS)
            started += 1
        except HubError as refusal:
            refusals.append((letter_id, refusal))
    return started, refusals


async def _send_anew(session: AsyncSession, letter_id: UUID, *, by: str, delay: float) -> bool:
    """Where a message was given up with the job, running the job alone would send nothing."""
    letter = await dead_letters.find(session, letter_id)
    if letter is None or letter.job_class != Work.DISPATCH.name:
        return False
    notification = await session.get(Notification, UUID(letter.job_args["subject"]))
    if notification is None or notification.status not in notifications.NOT_TOLD:
        return False
    await notifying.retry(session, notification.id, by=timeline.agent(by), delay=delay)
    return True


def _promise_anew(session: AsyncSession, letter: DeadLetterJob, *, delay: float) -> None:
    kind = KINDS.get(letter.job_class)
    if kind is None:
        raise Conflict(f"There is no work called {letter.job_class} in this version; resolve it by hand.")
    args = json.dumps(letter.job_args)
    jobs.add(session, New(kind.name, letter.job_key, args, kind.attempts, kind.coalesced, delay))


async def fail_next(session: AsyncSession, kind: str, *, by: str) -> None:
    """Have the next run of this kind of work fail, once. Only doors of development set-ups lead here."""
    if kind not in KINDS:
        raise Invalid("There is no such work.", field="kind")
    await forced_failures.add(session, kind, by=by)
    await viewing.changed(session)


async def is_to_fail(session: AsyncSession, kind: str) -> bool:
    return any(each.kind == kind for each in await forced_failures.every(session))


async def take_back(session: AsyncSession, kind: str) -> None:
    """Let the next run of this kind be, after all."""
    if not await forced_failures.remove(session, kind):
        raise Conflict("It has failed already, or somebody else took it back.")
    await viewing.changed(session)


async def replay(session: AsyncSession, delivery_id: UUID) -> WebhookDelivery:
    """Have a delivery read again; what it brought already is not brought twice."""
    delivery = await session.get(WebhookDelivery, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery with the id {delivery_id}.", id=str(delivery_id))
    promise(session, Work.READ, delivery.id)
    return delivery


async def replay_range(
    session: AsyncSession,
    start: datetime | None,
    end: datetime | None,
    *,
    platform: str | None = None,
    status: str | None = None,
) -> tuple[int, bool]:
    """Have what was received from `start` on and before `end` read again, the oldest first.

    How many, and whether there are more than are read at once.
    """
    if start is not None and end is not None and start >= end:
        raise Invalid("`received_until` has to be later than `received_from`.", field="received_until")
    if start is None and end is None and status != DeliveryStatus.UNREADABLE:
        raise Invalid(
            "Say from when on or until when (`received_from`, `received_until`), or ask for what could not be read "
            "(`status`: unreadable).",
            field="received_from",
        )
    found = await webhook_deliveries.ids_between(
        session, start, end, status=status, platform=platform, limit=MOST + 1
    )
    _read_again(session, found[:MOST])
    return len(found[:MOST]), len(found) > MOST


def _read_again(session: AsyncSession, delivery_ids: Sequence[UUID]) -> None:
    for delivery_id in delivery_ids:
        promise(session, Work.READ, delivery_id)


async def was_read(session: AsyncSession, delivery_id: UUID, *, error: str | None) -> None:
    """What reading again came to: its dead letters are settled, or there is one again."""
    delivery = await session.get_one(WebhookDelivery, delivery_id)
    delivery.error = error
    letters = await dead_letters.of_subject(session, Work.READ.name, delivery_id)
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
    await viewing.changed(session)


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
