"""@job: claim, time limit, retry, bury. Every transaction of a job is fenced by its lease."""

import asyncio
import random
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from hub import viewing
from hub.errors import HubError
from hub.pii import ScrubbingFailed
from hub.recovery import FailedOnPurpose
from hub.work import KINDS, Kind, Work
from platforms.errors import CannotTell, Later, PlatformError, RateLimited, Refused
from runtime import crashing, tracing
from runtime.metrics import JOB_SECONDS, JOB_WAIT, JOBS_RUN, LEASES_EXPIRED, SCRUB_FAILURES
from runtime.wiring import Runtime
from storage import jobs
from storage.jobs import Fenced, Held

LONGEST_BACKOFF = 900.0
"""Seconds."""

EXPECTED = (Later, PlatformError, HubError, TimeoutError)
OF_A_TICKET = {kind.name for kind in (Work.TRIAGE, Work.DRAFT, Work.PUSH, Work.COMMENT, Work.CARD)}
"""Kinds whose subject is a ticket."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Claim:
    """A job this worker holds. What it writes, it writes inside `step` and, last, `finish`."""

    held: Held
    kind: Kind
    runtime: Runtime
    is_finished: bool = False
    outcome: str = "lost"
    """How it ended: done, put_back, later, dead, handed_back. Lost: fenced, or PostgreSQL could not be told."""
    renewed_at: float = field(default_factory=time.monotonic)

    def covers(self, seconds: float) -> None:
        """Fenced unless the lease lasts `seconds` more: who was frozen must not begin what they cannot end."""
        if time.monotonic() - self.renewed_at > self.runtime.settings.lease_seconds - seconds:
            raise Fenced

    @property
    def subject(self) -> UUID:
        return UUID(self.held.args["subject"])

    @asynccontextmanager
    async def step(self) -> AsyncIterator[AsyncSession]:
        """A transaction that first locks our own row and renews the lease; Fenced when it is no longer ours."""
        async with self.runtime.db.transaction() as session:
            asked_at = time.monotonic()
            await jobs.hold(session, self.held, lease_seconds=self.runtime.settings.lease_seconds)
            self.renewed_at = asked_at
            yield session

    @asynccontextmanager
    async def finish(self) -> AsyncIterator[AsyncSession]:
        """The same, and done with its last statement."""
        async with self.step() as session:
            yield session
            await session.flush()
            await jobs.finish(session, self.held)
        self._is_done()

    async def leave(self) -> None:
        """Done, with nothing left to write."""
        async with self.runtime.db.statement() as session:
            await jobs.finish(session, self.held)
        self._is_done()

    def _is_done(self) -> None:
        self.is_finished = True
        self.outcome = "done"


Run = Callable[[Claim, Runtime], Awaitable[None]]
GivenUp = Callable[[AsyncSession, Claim, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    kind: Kind
    run: Run
    given_up: GivenUp | None


JOBS: dict[str, Job] = {}


def job(kind: Kind, *, given_up: GivenUp | None = None) -> Callable[[Run], Run]:
    """Register the function for `kind`. `given_up` runs in the transaction that buries it, with a sentence."""

    def register(run: Run) -> Run:
        JOBS[kind.name] = Job(kind, run, given_up)
        return run

    return register


async def work(runtime: Runtime, job_id: int) -> None:
    """Claim the job and see it through; a stale bell does nothing."""
    claim = await _claim(runtime, job_id)
    if claim is None:
        return
    crashing.passed("job_claimed")
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(**_told(claim)):
        try:
            with tracing.span(f"job {claim.kind.name}", "CONSUMER", _told(claim)) as facts:
                await _see_through(claim)
                facts["outcome"] = claim.outcome
        except Fenced:
            log.warning("job_fenced")
        finally:
            _leave(claim, time.perf_counter() - started)


def _told(claim: Claim) -> dict[str, Any]:
    """What logs and traces say of it: ids."""
    held = claim.held
    told = {"job": held.kind, "job_id": held.id, "key": held.key, "attempt": held.attempts}
    return told | ({"ticket_id": held.args["subject"]} if held.kind in OF_A_TICKET else {})


def _leave(claim: Claim, seconds: float) -> None:
    log.info("job_left", outcome=claim.outcome, duration_ms=round(seconds * 1000))
    JOBS_RUN.labels(claim.kind.name, claim.outcome).inc()
    JOB_SECONDS.labels(claim.kind.name).observe(seconds)


async def _claim(runtime: Runtime, job_id: int) -> Claim | None:
    async with runtime.db.statement() as session:
        held = await jobs.claim(session, job_id, kinds=tuple(JOBS), lease_seconds=runtime.settings.lease_seconds)
    if held is None:
        return None
    JOB_WAIT.labels(held.kind).observe(max(0.0, held.waited))
    LEASES_EXPIRED.inc(held.was_lost)
    return Claim(held, KINDS[held.kind], runtime)


async def _see_through(claim: Claim) -> None:
    if claim.held.attempts > claim.held.max_attempts:
        await _bury(claim, WorkerDied(f"Its worker died or was lost {claim.held.max_attempts} times."))
        return
    if claim.held.is_forced:
        await _bury(claim, FailedOnPurpose("It was made to fail, once; nothing else is wrong."))
        return
    try:
        async with asyncio.timeout(claim.kind.seconds), _beating(claim):
            await JOBS[claim.kind.name].run(claim, claim.runtime)
        if not claim.is_finished:
            await claim.leave()
    except Fenced:
        raise
    except asyncio.CancelledError:
        claim.outcome = "handed_back"
        await asyncio.shield(_hand_back(claim))
        raise
    except Exception as error:  # whatever went wrong, the row says what happens next
        await _fail(claim, error)


@asynccontextmanager
async def _beating(claim: Claim) -> AsyncIterator[None]:
    """Renew the lease while we work: it can be short, so that a dead worker's job is soon somebody else's."""
    beat = asyncio.create_task(_beat(claim))
    try:
        yield
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)


async def _beat(claim: Claim) -> None:
    while not claim.is_finished:
        await asyncio.sleep(claim.runtime.settings.lease_seconds / 3)
        try:
            async with claim.step():
                pass
        except Fenced:
            return  # our next step finds out by itself
        except Exception as error:  # PostgreSQL may be away for a moment; the next beat may reach it
            log.warning("beat_missed", error=type(error).__name__)


class WorkerDied(Exception):
    """The job was started as often as it may be, and never came to an end."""


async def _fail(claim: Claim, error: Exception) -> None:
    if claim.is_finished:
        log.error("failed_after_finish", error=type(error).__name__)
        return
    if isinstance(error, ScrubbingFailed):
        SCRUB_FAILURES.inc()
    if not isinstance(error, EXPECTED):
        log.error("job_broke", error=type(error).__name__, exc_info=error)
    if isinstance(error, Later):
        await _put_back(claim, error, delay=(error.until - datetime.now(UTC)).total_seconds(), counts=False)
    elif isinstance(error, Refused | CannotTell | HubError) or claim.held.attempts >= claim.held.max_attempts:
        await _bury(claim, error)
    else:
        await _put_back(claim, error, delay=_backoff(claim, error), counts=True)


async def _hand_back(claim: Claim) -> None:
    """The worker is stopping: the attempt was not the job's."""
    try:
        async with claim.runtime.db.transaction() as session:
            await jobs.put_back(session, claim.held, delay=0, attempt_counts=False)
    except Fenced:
        claim.outcome = "done" if claim.is_finished else "lost"


async def _put_back(claim: Claim, error: Exception, *, delay: float, counts: bool) -> None:
    log.info("job_put_back", error=type(error).__name__, delay=round(delay, 1))
    async with claim.runtime.db.transaction() as session:
        await jobs.put_back(
            session,
            claim.held,
            delay=max(0.05, delay),
            error_class=type(error).__name__,
            error=sentence(error),
            attempt_counts=counts,
        )
    claim.outcome = "put_back" if counts else "later"


async def _bury(claim: Claim, error: Exception) -> None:
    log.error("job_dead", error=type(error).__name__, code=getattr(error, "code", None))
    given_up = JOBS[claim.kind.name].given_up
    async with claim.runtime.db.transaction() as session:
        await jobs.hold(session, claim.held, lease_seconds=claim.runtime.settings.lease_seconds)
        if given_up is not None:
            await given_up(session, claim, sentence(error))
            await session.flush()
        await jobs.bury(
            session,
            claim.held,
            error_class=type(error).__name__,
            error=sentence(error),
            backtrace=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error)],
        )
        if claim.kind is not Work.HOMES:  # else a Home that cannot be drawn would be drawn for ever
            await viewing.changed(session)
    claim.outcome = "dead"


def sentence(error: Exception) -> str:
    """What may be kept and shown of an error: our own words, or its class; a foreign message may quote people."""
    if isinstance(error, PlatformError | HubError):
        return error.message
    if isinstance(error, WorkerDied | Later):
        return str(error)
    if isinstance(error, TimeoutError):
        return "It took longer than its time limit."
    return f"Something unexpected went wrong ({type(error).__name__})."


def _frames(error: Exception) -> list[traceback.FrameSummary]:
    return traceback.extract_tb(error.__traceback__)[-20:]


def _backoff(claim: Claim, error: Exception) -> float:
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after + random.uniform(0, 1)
    base = claim.runtime.settings.retry_base_seconds * 2.0 ** (claim.held.attempts - 1)
    return min(LONGEST_BACKOFF, base) * random.uniform(0.75, 1.25)
