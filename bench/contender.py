"""A server under measurement: started as a process of its own, delivered to, and its CPU time read."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import cpu
from sandbox.embedded import Servers
from sandbox.processes import Process, wait_until

ROOT = Path(__file__).parents[1]
START_SECONDS = 300.0
"""However busy the machine is."""


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
    """A server on `port` (0: it has none). Its database is in `servers`, where nobody else works meanwhile."""

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

    def take(self, requests: Sequence[bytes], *, connections: int) -> Block:
        """Send it these over so many connections, each as soon as the one before is answered."""
        return self._take("bench.load", requests, connections)

    def take_steadily(self, requests: Sequence[bytes], *, per_second: int) -> Block:
        """Send it so many a second, whether or not those before are answered."""
        return self._take("bench.steady", requests, per_second)

    def _take(self, sender: str, requests: Sequence[bytes], how: int) -> Block:
        """Wait until it rests, so that what it does after answering is counted too."""
        before, count = self._cpu(), len(requests)
        seen = send(sender, requests, self.port, how)
        server, database, redis = ((now - then) * 1000 / count for now, then in zip(self._cpu(), before, strict=True))
        if not seen.waited:
            raise Failed(f"{self.process.name} answered nothing.\n{self.process.last_words()}")
        return Block(
            per_second=len(seen.waited) / seen.seconds,
            p50=seen.of_hundred(50),
            p99=seen.of_hundred(99),
            errors=seen.errors,
            refused=seen.refused,
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What a sender saw: how long answers took, in seconds, sorted."""

    seconds: float
    waited: list[float]
    errors: int
    refused: tuple[str, ...]

    def of_hundred(self, place: int) -> float:
        """A percentile, in milliseconds."""
        return self.waited[len(self.waited) * place // 100] * 1000


def send(sender: str, requests: Sequence[bytes], port: int, how: int) -> Seen:
    """By `bench.load` or `bench.steady`, a process of its own."""
    answered = subprocess.run(
        [sys.executable, "-m", sender, str(port), str(how)],
        input=json.dumps([request.decode("latin-1") for request in requests]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if answered.returncode != 0:
        raise Failed(f"The sender ended with code {answered.returncode}:\n{answered.stderr}")
    said = json.loads(answered.stdout)
    return Seen(said["seconds"], sorted(said["latencies"]), said["errors"], tuple(said["refused"]))
