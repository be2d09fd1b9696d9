"""A server under measurement: started as a process of its own, delivered to, and its CPU time read."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import cpu
from sandbox.embedded import Servers
from sandbox.processes import Process, wait_until

ROOT = Path(__file__).parents[1]
START_SECONDS = 20.0


class Failed(Exception):
    """Nothing could be measured; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One server under one number of connections, once. Milliseconds; CPU milliseconds are per delivery."""

    per_second: float
    p50: float
    p99: float
    errors: int
    refused: tuple[str, ...]
    server_cpu: float
    database_cpu: float
    redis_cpu: float

    @property
    def cpu(self) -> float:
        """What the delivery cost its server and PostgreSQL."""
        return self.server_cpu + self.database_cpu


@dataclass(frozen=True, slots=True)
class Contender:
    """A server on `port`; its database is in `servers`, where nobody else works while it is measured."""

    process: Process
    port: int
    database_url: str
    servers: Servers

    def start(self) -> None:
        self.process.start()
        wait_until(lambda: self._answers() or not self.process.alive, seconds=START_SECONDS)
        if not self._answers():
            raise Failed(f"{self.process.name} did not start.\n{self.process.last_words()}")

    def _answers(self) -> bool:
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def take(self, *, connections: int, first: int, count: int) -> Block:
        """Deliver to it and wait until it rests, so that what it does after answering is counted too."""
        before = self._cpu()
        seen = _deliver(self.port, connections, first, count)
        server, database, redis = ((now - then) * 1000 / count for now, then in zip(self._cpu(), before, strict=True))
        if not seen["latencies"]:
            raise Failed(f"{self.process.name} answered nothing.\n{self.process.last_words()}")
        waited = sorted(seen["latencies"])
        return Block(
            per_second=len(waited) / seen["seconds"],
            p50=waited[len(waited) // 2] * 1000,
            p99=waited[len(waited) * 99 // 100] * 1000,
            errors=seen["errors"],
            refused=tuple(seen["refused"]),
            server_cpu=server,
            database_cpu=database,
            redis_cpu=redis,
        )

    def _cpu(self) -> tuple[float, float, float]:
        server = cpu.settled(self.process.pid)
        return server, cpu.seconds(self.servers.database.pid), cpu.seconds(self.servers.redis.pid)


def contender(
    servers: Servers,
    home: Path,
    name: str,
    module: Sequence[str],
    *,
    port: int,
    url: str,
    given: Mapping[str, str],
) -> Contender:
    """In an environment of its own and in `home`, where no `.env` lies: what is set on this machine plays no part."""
    process = Process(
        name,
        [sys.executable, "-m", *module],
        log=home / "logs" / f"{name}.log",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **given},
        cwd=home,
    )
    return Contender(process, port, url, servers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _deliver(port: int, connections: int, first: int, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", *map(str, (port, connections, first, count))]
    answered = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if answered.returncode != 0:
        raise Failed(f"The sender ended with code {answered.returncode}:\n{answered.stderr}")
    seen: dict[str, Any] = json.loads(answered.stdout)
    return seen
