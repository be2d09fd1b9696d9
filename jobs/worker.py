"""The worker process: arq hears the bell, the sweep finds what nobody rang for and keeps the clock."""

import asyncio
import json
from typing import Any, cast

import structlog
from arq.connections import create_pool
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func

from hub.work import Kind, Work, promise
from jobs.job import JOBS, work
from runtime import ending, internal
from runtime.bells import FUNCTION, RUNG, redis_settings, serialize
from runtime.garbage import spare_what_stays
from runtime.settings import Settings
from runtime.wiring import Runtime
from storage import jobs

GRACE_SECONDS = 1.0
"""How long the bell has before the sweep rings instead."""
UNHEARD_SECONDS = 20.0
"""After this, what is due is worked on without a bell: whatever became of it in Redis, nothing waits for ever."""
SPARE = 2
"""Jobs worked on beside those the bell brings."""
ARQ_SECONDS = 300
"""Above every kind's own time limit: arq must never be the one that ends a job."""
LEAVE_SECONDS = 15.0
"""How long running jobs have to finish when the worker is asked to stop; then they are handed back."""
RESTART_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""How often Redis is asked for bells although none was heard."""
BUSY_SECONDS = 0.05
"""The same while there is no place free: bells may wait for one."""
SWEEP = "sweep"

log = structlog.get_logger(__name__)


def every(settings: Settings) -> dict[Kind, float]:
    """What recurs, and after how many seconds."""
    return {
        Work.AGENTS: 60.0,
        Work.PULL: settings.notion_poll_seconds,
        Work.COUNTS: 60.0,
        Work.CHECK: 300.0,
        Work.MODELS: 3600.0,
        Work.EMBED: 600.0,
        Work.WORDS: 60.0,
        Work.UPKEEP: 3600.0,
    }


async def serve(runtime: Runtime) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = ending.asked(runtime.health)
    async with internal.opened(runtime, whole_fleet=True):
        spare_what_stays()
        await asyncio.gather(_hear(runtime, stop), _sweep(runtime, stop))


class Listener(Worker):
    """arq's worker, woken by a bell: by itself it asks Redis for one after every pause, and hears it later."""

    async def main(self) -> None:
        self._pool = await create_pool(self.redis_settings)
        async with self.pool.pubsub() as heard:
            await heard.subscribe(RUNG)
            while True:
                await self._poll_iteration()
                is_busy = self.job_counter >= self.max_jobs
                await heard.get_message(timeout=BUSY_SECONDS if is_busy else LOOK_SECONDS)


async def _hear(runtime: Runtime, stop: asyncio.Event) -> None:
    """arq ends when Redis restarts: start it again, after letting it finish what it runs."""
    while not stop.is_set():
        worker = _arq(runtime)
        running = asyncio.create_task(worker.async_run())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done() and not stop.is_set():
            log.warning("bell_lost", error=type(running.exception()).__name__)
        await _leave(worker, running)
        if not stop.is_set():
            await _pause(stop, RESTART_SECONDS)


async def _leave(worker: Worker, running: asyncio.Task[None]) -> None:
    """Take no more, let what runs finish for a while, hand back the rest."""
    if worker.main_task is not None:
        worker.main_task.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if worker.tasks:
        await asyncio.wait(set(worker.tasks.values()), timeout=LEAVE_SECONDS)
    try:
        await worker.close()
    except Exception as error:  # Redis may be gone; there is nothing left to save in it
        log.info("bell_closed", error=type(error).__name__)


def _arq(runtime: Runtime) -> Listener:
    async def ring(_context: dict[Any, Any], job_id: int) -> None:
        await work(runtime, job_id)

    return Listener(
        functions=[func(cast("WorkerCoroutine", ring), name=FUNCTION)],
        redis_settings=redis_settings(runtime.settings.redis_url.get_secret_value()),
        handle_signals=False,
        max_jobs=runtime.settings.worker_concurrency,
        job_timeout=ARQ_SECONDS,
        queue_read_limit=2_000,  # bells of killed workers stay in front of the queue for minutes
        keep_result=0,
        max_tries=1,
        retry_jobs=False,
        job_serializer=serialize,
        job_deserializer=json.loads,
    )


async def _sweep(runtime: Runtime, stop: asyncio.Event) -> None:
    seconds = runtime.settings.sweep_seconds
    fallback = Fallback(runtime)
    while not stop.is_set():
        try:
            runtime.health.beat()
            await sweep(runtime)
            runtime.health.beat()  # each of the two may wait for PostgreSQL as long as it may
            await fallback.help()
        except Exception as error:  # PostgreSQL may be away; the sweep is what comes back
            log.warning("sweep_failed", error=type(error).__name__)
        await _pause(stop, seconds)
    await fallback.leave()


async def sweep(runtime: Runtime) -> None:
    """Ring for what is due, unless it has been rung for more often than anybody can hear; promise what recurs."""
    heard_soon = await runtime.bells.are_many()
    kinds = every(runtime.settings)
    turns = {SWEEP: runtime.settings.sweep_seconds * 0.9} | {kind.name: kinds[kind] * 0.95 for kind in kinds}
    async with runtime.db.transaction() as session:
        taken = await jobs.take_turns(session, turns)
        if SWEEP in taken and not heard_soon:
            runtime.bells.ring(await jobs.due(session, kinds=list(JOBS), grace=GRACE_SECONDS))
        for kind in kinds:
            if kind.name in taken:
                promise(session, kind, "all")


class Fallback:
    """Works here what the bell does not bring: all of it while Redis is away, else what was rung for in vain.

    A slow job holds up nothing but its own place.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._running: dict[int, asyncio.Task[None]] = {}

    async def help(self) -> None:
        self._running = {job_id: task for job_id, task in self._running.items() if not task.done()}
        away = self._runtime.bells.is_away
        room = (self._runtime.settings.worker_concurrency if away else SPARE) - len(self._running)
        if room <= 0:
            return
        async with self._runtime.db.transaction() as session:
            due = await jobs.due(session, kinds=list(JOBS), grace=0 if away else UNHEARD_SECONDS, limit=room)
        for bell in due:
            if bell.job_id not in self._running:
                self._running[bell.job_id] = asyncio.create_task(work(self._runtime, bell.job_id))

    async def leave(self) -> None:
        """Let what runs finish for a while, hand back the rest."""
        if not self._running:
            return
        _, late = await asyncio.wait(self._running.values(), timeout=LEAVE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
