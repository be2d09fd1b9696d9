"""Every unit of work is a row: add, claim, hold, finish, put back, bury, due. All times are the database's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.arrivals import OLDEST_PENDING
from storage.database import Bell, after_commit, before_commit
from storage.models import DeadLetterJob

_ADD = text("""
INSERT INTO jobs (kind, key, args, max_attempts, coalesced, run_at)
SELECT kind, key, cast(args AS jsonb), max_attempts, coalesced, now() + make_interval(secs => delay)
FROM unnest(cast(:kinds AS text[]), cast(:keys AS text[]), cast(:args AS text[]), cast(:max_attempts AS smallint[]),
            cast(:coalesced AS bool[]), cast(:delays AS float8[]))
     AS added (kind, key, args, max_attempts, coalesced, delay)
ON CONFLICT (kind, key) WHERE status = 'pending' AND coalesced
DO UPDATE SET run_at = least(jobs.run_at, excluded.run_at), args = excluded.args
RETURNING id, claims, run_at <= now() AS is_due
""")
_CLAIM = text("""
WITH due AS (
  SELECT id, extract(epoch FROM now() - run_at)::float AS waited, status = 'running' AS was_lost
  FROM jobs WHERE id = :id AND kind = ANY(:kinds) AND (
    (status = 'pending' AND run_at <= now()) OR (status = 'running' AND lease_until < now()))
  FOR UPDATE SKIP LOCKED),
claimed AS (
  UPDATE jobs SET status = 'running', attempts = attempts + 1, claims = claims + 1, lease = gen_random_uuid(),
         lease_until = now() + make_interval(secs => :lease_seconds)
  FROM due
  WHERE jobs.id = due.id AND NOT EXISTS (SELECT FROM jobs other
                    WHERE other.key = jobs.key AND other.status = 'running' AND other.id <> jobs.id)
  RETURNING jobs.id, kind, key, args, attempts, max_attempts, lease, waited, was_lost),
forced AS (DELETE FROM forced_failures USING claimed WHERE forced_failures.kind = claimed.kind RETURNING 1)
SELECT claimed.*, EXISTS (SELECT FROM forced) AS is_forced FROM claimed
""")
_CANCEL = text("DELETE FROM jobs WHERE key = ANY(:keys) AND status = 'pending'")
_ARE_RUNNING = text("SELECT EXISTS (SELECT FROM jobs WHERE key = ANY(:keys) AND status = 'running')")
_PENDING = text("SELECT kind, count(*) FROM jobs WHERE status = 'pending' GROUP BY kind")
_HOLD = text("""
UPDATE jobs SET lease_until = now() + make_interval(secs => :lease_seconds)
WHERE id = :id AND lease = :lease AND status = 'running' RETURNING id
""")
_NEXT_OF = """
SELECT id, claims FROM jobs WHERE key = {key} AND status = 'pending' AND run_at <= now() ORDER BY id LIMIT 1
"""
_FINISH = text(f"""
WITH finished AS (
  UPDATE jobs SET status = 'done', done_at = now(), lease = NULL, lease_until = NULL
  WHERE id = :id AND lease = :lease RETURNING key)
SELECT next.id, next.claims FROM finished LEFT JOIN LATERAL ({_NEXT_OF.format(key="finished.key")}) next ON true
""")  # noqa: S608 - ours
_PUT_BACK = text("""
UPDATE jobs SET status = 'pending', run_at = now() + make_interval(secs => :delay), lease = NULL,
       lease_until = NULL, attempts = attempts - :given_back, error_class = :error_class, error = :error
WHERE id = :id AND lease = :lease RETURNING id
""")
_SUPERSEDE = text("""
WITH left_over AS (
  UPDATE jobs SET status = 'done', done_at = now(), lease = NULL, lease_until = NULL, error = 'superseded'
  WHERE id = :id AND lease = :lease RETURNING id, kind, key, attempts)
UPDATE jobs SET run_at = greatest(jobs.run_at, now() + make_interval(secs => :delay)),
       attempts = greatest(jobs.attempts, left_over.attempts - :given_back)
FROM left_over WHERE jobs.kind = left_over.kind AND jobs.key = left_over.key AND jobs.status = 'pending'
RETURNING left_over.id
""")
_BURY = text("""
UPDATE jobs SET status = 'dead', done_at = now(), lease = NULL, lease_until = NULL,
       error_class = :error_class, error = :error
WHERE id = :id AND lease = :lease RETURNING id
""")
_FAILED_AGAIN = text("""
UPDATE dead_letter_jobs SET failed_at = now(), job_id = :id, attempts = attempts + :attempts,
       error_class = :error_class, error_message = :error
WHERE status = 'unresolved' AND job_class = :kind AND job_key = :key RETURNING id
""")
_NEXT = text(_NEXT_OF.format(key=":key"))
_DUE = text("""
SELECT id, claims FROM jobs
WHERE kind = ANY(:kinds) AND ((status = 'pending' AND run_at <= now() - make_interval(secs => :grace))
    OR (status = 'running' AND lease_until < now()))
  AND NOT EXISTS (SELECT FROM jobs other
                  WHERE other.key = jobs.key AND other.status = 'running' AND other.id <> jobs.id)
ORDER BY run_at LIMIT :limit
""")


class Fenced(Exception):
    """The lease went to somebody else: whatever this worker was about to commit must not be."""


@dataclass(frozen=True, slots=True)
class New:
    """A job to be added: `args` is JSON text with ids only, `delay` seconds from now."""

    kind: str
    key: str
    args: str
    max_attempts: int
    coalesced: bool
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """A claimed job. `attempts` counts this run; one that `is_forced` is to fail on purpose."""

    id: int
    kind: str
    key: str
    args: Mapping[str, Any]
    attempts: int
    max_attempts: int
    lease: UUID
    waited: float = 0.0
    """Seconds since it was due."""
    was_lost: bool = False
    """Its last worker never came to an end."""
    is_forced: bool = False


def add(session: AsyncSession, job: New) -> None:
    """Have the row written when the transaction ends, together with all others that it promises.

    Then no pending row is locked for longer than the commit takes, and as they are written in the order of their keys
    two transactions cannot wait for each other.
    """
    session.info.setdefault("new_jobs", []).append(job)
    before_commit(session, _write)


async def _write(session: AsyncSession) -> None:
    """A coalesced kind keeps one pending row a key.

    The conflict must UPDATE, never DO NOTHING: the pending row may be in the middle of being claimed, and then our
    change would never be drawn.
    """
    new = sorted(_merged(session.info.pop("new_jobs")), key=lambda job: job.key)
    parameters = {
        "kinds": [job.kind for job in new],
        "keys": [job.key for job in new],
        "args": [job.args for job in new],
        "max_attempts": [job.max_attempts for job in new],
        "coalesced": [job.coalesced for job in new],
        "delays": [job.delay for job in new],
    }
    for row in await session.execute(_ADD, parameters):
        if row.is_due:
            after_commit(session, Bell(row.id, row.claims))


def _merged(new: Sequence[New]) -> Iterator[New]:
    """Of a coalesced kind one a key: the soonest, with the last arguments. A statement may meet a row only once."""
    coalesced: dict[tuple[str, str], New] = {}
    for job in new:
        if not job.coalesced:
            yield job
            continue
        before = coalesced.get((job.kind, job.key), job)
        coalesced[job.kind, job.key] = replace(job, delay=min(before.delay, job.delay))
    yield from coalesced.values()


async def pending(session: AsyncSession) -> Mapping[str, int]:
    """How many jobs wait, also for a later time, by kind."""
    return dict((await session.execute(_PENDING)).all())


async def cancel(session: AsyncSession, keys: Sequence[str]) -> None:
    """What is promised for these and not begun is not done; whoever has begun is seen by `are_running`."""
    await session.execute(_CANCEL, {"keys": list(keys)})


async def are_running(session: AsyncSession, keys: Sequence[str]) -> bool:
    return bool((await session.execute(_ARE_RUNNING, {"keys": list(keys)})).scalar_one())


async def claim(session: AsyncSession, job_id: int, *, kinds: Sequence[str], lease_seconds: float) -> Held | None:
    """Take the job if it is due, of `kinds`, and nobody else works on its key; None means the bell was stale.

    The only statement of its transaction: that is rolled back when another worker takes the key this instant.
    """
    parameters = {"id": job_id, "kinds": list(kinds), "lease_seconds": lease_seconds}
    try:
        row = (await session.execute(_CLAIM, parameters)).one_or_none()
    except IntegrityError:
        return None
    return Held(*row) if row else None


async def hold(session: AsyncSession, held: Held, *, lease_seconds: float) -> None:
    """Lock our own row and renew the lease; Fenced when it is no longer ours."""
    parameters = {"id": held.id, "lease": held.lease, "lease_seconds": lease_seconds}
    _ours((await session.execute(_HOLD, parameters)).one_or_none())


async def finish(session: AsyncSession, held: Held) -> None:
    """Done; whoever waited for its key is next."""
    row = (await session.execute(_FINISH, _fence(held))).one_or_none()
    _ours(row)
    if row and row.id is not None:
        after_commit(session, Bell(row.id, row.claims))


async def put_back(
    session: AsyncSession,
    held: Held,
    *,
    delay: float,
    error_class: str | None = None,
    error: str | None = None,
    attempt_counts: bool = True,
) -> None:
    """Pending again, `delay` seconds from now.

    When a coalesced kind has been promised anew meanwhile, that row does the work, and waits as long.
    """
    parameters = _fence(held) | {
        "delay": delay,
        "given_back": 0 if attempt_counts else 1,
        "error_class": error_class,
        "error": error,
    }
    try:
        async with session.begin_nested():
            row = (await session.execute(_PUT_BACK, parameters)).one_or_none()
    except IntegrityError:
        row = (await session.execute(_SUPERSEDE, parameters)).one_or_none()
    _ours(row)
    await _ring_next(session, held.key)


async def bury(
    session: AsyncSession, held: Held, *, error_class: str, error: str, backtrace: Sequence[str] = ()
) -> None:
    """Dead, and a dead letter beside it; one that nobody has dealt with yet is brought up to date instead."""
    parameters = _fence(held) | {"error_class": error_class, "error": error}
    _ours((await session.execute(_BURY, parameters)).one_or_none())
    await _ring_next(session, held.key)
    renewed = await session.execute(
        _FAILED_AGAIN, parameters | {"kind": held.kind, "key": held.key, "attempts": held.attempts}
    )
    if renewed.all():
        return
    session.add(
        DeadLetterJob(
            job_id=held.id,
            job_class=held.kind,
            job_key=held.key,
            job_args=dict(held.args),
            error_class=error_class,
            error_message=error,
            backtrace=list(backtrace),
            attempts=held.attempts,
        )
    )


async def due(session: AsyncSession, *, kinds: Sequence[str], grace: float, limit: int = 200) -> list[Bell]:
    """What should have been worked on by now: pending for `grace` seconds, or its worker's lease ran out.

    Only `kinds` this version knows: those of a newer one must not fill the list.
    """
    rows = await session.execute(_DUE, {"kinds": list(kinds), "grace": grace, "limit": limit})
    return [Bell(row.id, row.claims) for row in rows]


async def take_turns(session: AsyncSession, every: Mapping[str, float]) -> frozenset[str]:
    """Those of the names whose turn it is: each for one caller of the whole fleet, `every` so many seconds."""
    rows = await session.execute(
        text("""
        INSERT INTO schedules (name, ran_at)
        SELECT name, now() FROM unnest(cast(:names AS text[])) AS due (name) ORDER BY name
        ON CONFLICT (name) DO UPDATE SET ran_at = now()
        WHERE schedules.ran_at <= now() - make_interval(secs => (
          SELECT seconds FROM unnest(cast(:names AS text[]), cast(:every AS float8[])) AS due (name, seconds)
          WHERE due.name = excluded.name))
        RETURNING name
        """),
        {"names": list(every), "every": list(every.values())},
    )
    return frozenset(rows.scalars())


async def drop_finished(session: AsyncSession, *, older_than_seconds: float, limit: int) -> int:
    rows = await session.execute(
        text("""
        DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE status IN ('done', 'dead')
          AND done_at < now() - make_interval(secs => :age) LIMIT :limit) RETURNING id
        """),
        {"age": older_than_seconds, "limit": limit},
    )
    return len(rows.all())


async def oldest_pending_seconds(session: AsyncSession) -> float:
    """How long the job that is due longest has waited, 0 when none is."""
    row = await session.execute(text(OLDEST_PENDING))
    return float(row.scalar_one())


async def _ring_next(session: AsyncSession, key: str) -> None:
    row = (await session.execute(_NEXT, {"key": key})).one_or_none()
    if row:
        after_commit(session, Bell(row.id, row.claims))


def _fence(held: Held) -> dict[str, Any]:
    return {"id": held.id, "lease": held.lease}


def _ours(row: object | None) -> None:
    if row is None:
        raise Fenced
