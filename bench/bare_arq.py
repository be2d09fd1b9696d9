"""What the worker is measured against: arq alone, whose job is the one statement that `fold_counts` sends.

It is set up as the worker sets it up, but looks for bells as arq does, here twenty times a second. It claims nothing,
records nothing, and a job that it loses is lost.
Started by `python -m bench.bare_arq DATABASE_URL REDIS_URL`.
"""

import json
import sys
import time
from typing import Any

import asyncpg
from arq.worker import Worker, func

from bench.reference import POOL, SERVER_SETTINGS, leave_as_it_is
from runtime.bells import FUNCTION, redis_settings, serialize
from storage import counts

STATEMENT = str(counts._FOLD)  # noqa: SLF001 - the very same
AT_ONCE = 10
"""The worker's WORKER_CONCURRENCY by default."""


async def open_pool(context: dict[Any, Any]) -> None:
    context["pool"] = await asyncpg.create_pool(
        sys.argv[1], min_size=1, max_size=POOL, server_settings=SERVER_SETTINGS, reset=leave_as_it_is
    )


async def close_pool(context: dict[Any, Any]) -> None:
    await context["pool"].close()


async def work(context: dict[Any, Any], job_id: int) -> None:
    """Say when it began and when it was done as the worker says it."""
    began = time.time()
    async with context["pool"].acquire() as connection:
        await connection.fetch(STATEMENT)
    print(json.dumps({"message": "job_left", "job_id": job_id, "began": began, "left": time.time()}), flush=True)


if __name__ == "__main__":
    Worker(
        functions=[func(work, name=FUNCTION)],
        redis_settings=redis_settings(sys.argv[2]),
        on_startup=open_pool,
        on_shutdown=close_pool,
        max_jobs=AT_ONCE,
        job_timeout=300,
        poll_delay=0.05,
        queue_read_limit=2_000,
        keep_result=0,
        max_tries=1,
        retry_jobs=False,
        job_serializer=serialize,
        job_deserializer=json.loads,
    ).run()
