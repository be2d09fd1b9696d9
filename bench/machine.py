"""Where it was measured, in one line without a name or a path."""

import os
import platform
import statistics
import time
from pathlib import Path

import asyncpg

TRIES = 50


async def describe(database_url: str, folder: Path) -> str:
    connection = await asyncpg.connect(database_url)
    version = (await connection.fetchval("SHOW server_version")).split()[0]
    durable = {name: await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
    await connection.close()
    words = ", ".join(f"{name} {value}" for name, value in durable.items())
    return (
        f"{len(os.sched_getaffinity(0))} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"PostgreSQL {version} ({words}); syncing 8 KiB takes {_sync_ms(folder):.2f} ms; "
        f"load average before: {os.getloadavg()[0]:.1f}."
    )


def _sync_ms(folder: Path) -> float:
    """The median of writing one page and syncing it, which is the least a durable commit waits."""
    times = []
    with (folder / "sync").open("wb", buffering=0) as file:
        for _ in range(TRIES):
            file.seek(0)
            file.write(bytes(8192))
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000
