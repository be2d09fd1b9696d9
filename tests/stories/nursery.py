"""Starts the hub's programs by forking a process that has imported them already: a hub is up in a tenth of the time.

`python -m tests.stories.nursery SOCKET` is the process, `open_nursery` starts it, `Nursery` speaks to it, `Born` is what
`subprocess.Popen` would be. A child runs `__main__` of its module as `python -m` does, in its own environment. Each
has a connection: what is to run goes in, its pid and later its exit code come out; it is killed when that ends.
"""

import atexit
import gc
import importlib
import json
import os
import random
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import NoReturn

from sqlalchemy.orm import configure_mappers

from platforms.http import certificates

ROOT = Path(__file__).parents[2]
PROGRAMS = ("bot.__main__", "intake.__main__", "jobs.__main__", "runtime.migrate", "sandbox.__main__")
LATER = (
    *(f"platforms.{name}" for name in ("slack", "intercom", "whatsapp", "email", "in_app")),
    *(f"openai.resources.{name}" for name in ("chat.chat", "embeddings", "models")),
    *("anyio._backends._asyncio", "httpcore", "jiter", "obstore.store"),
)
"""What they import when it is first wanted."""
START_SECONDS = 60.0
SHARED_NURSERY = "SHARED_NURSERY"
"""The environment variable that says where the one of all processes of a run is."""


class Born:
    """A running program, spoken to as to a `subprocess.Popen`."""

    def __init__(self, connection: socket.socket, args: Sequence[str]) -> None:
        self._connection, self.args = connection, args
        self._lines = connection.makefile("r")
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        self._look(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, seconds: float | None) -> None:
        if self.returncode is not None:
            return
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._connection, selectors.EVENT_READ)
            if waiting.select(seconds):
                self.returncode = int(self._lines.readline())
                self._connection.close()


def open_nursery() -> str:
    """Start one that ends with this process; where its socket will be."""
    path = str(Path(mkdtemp(prefix="nursery-")) / "socket")
    process = subprocess.Popen([sys.executable, "-m", "tests.stories.nursery", path], cwd=ROOT, stdin=subprocess.PIPE)
    atexit.register(process.terminate)
    return path


class Nursery:
    """How one is spoken to, by as many processes of tests as want to."""

    def __init__(self, path: str) -> None:
        self._path = path

    def start(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        errors: Path | None = None,
        cwd: Path = ROOT,
    ) -> Born:
        """`arguments` are those of `python -m`; what it says is added to `log`, or its errors to a file of their own."""
        connection = self._connect()
        asked = {"arguments": list(arguments), "env": dict(env), "cwd": str(cwd)}
        asked |= {"log": str(log), "errors": str(errors or log)}
        connection.sendall(f"{json.dumps(asked)}\n".encode())
        return Born(connection, arguments)

    def _connect(self) -> socket.socket:
        end = time.monotonic() + START_SECONDS
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self._path)
            except OSError:
                connection.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return connection


class _House:
    """The process itself: one thread, which waits for connections and for children."""

    def __init__(self, path: str) -> None:
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(path)
        self._door.listen(64)
        self._children: dict[int, socket.socket] = {}
        self._heard, self._wake = socket.socketpair()
        for end in (self._heard, self._wake):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._waiting = selectors.DefaultSelector()
        for each in (self._door, self._heard):
            self._waiting.register(each, selectors.EVENT_READ)

    def keep(self) -> NoReturn:
        while True:
            for key, _ in self._waiting.select():
                if key.fileobj is self._door:
                    self._take(self._door.accept()[0])
                elif key.fileobj is self._heard:
                    self._heard.recv(1024)
                else:
                    self._abandon(key.data)
            self._bury()

    def _take(self, connection: socket.socket) -> None:
        asked = json.loads(connection.makefile("r").readline())
        pid = os.fork()
        if pid == 0:
            self._let_go(connection)
            _live(**asked)
        connection.sendall(f"{pid}\n".encode())
        self._children[pid] = connection
        self._waiting.register(connection, selectors.EVENT_READ, pid)

    def _let_go(self, connection: socket.socket) -> None:
        """In the child, which has nothing to do with the rest of us."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._waiting.close()
        for each in (connection, self._door, self._heard, self._wake, *self._children.values()):
            each.close()

    def _abandon(self, pid: int) -> None:
        """Whoever asked for it is gone."""
        self._waiting.unregister(self._children[pid])
        os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._children.pop(pid) as connection:
                if connection.fileno() in self._waiting.get_map():
                    self._waiting.unregister(connection)
                    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _live(arguments: Sequence[str], env: Mapping[str, str], cwd: str, log: str, errors: str) -> NoReturn:
    """In the child: be `python -m` with these arguments, in a process group of its own."""
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for file, number in ((log, 1), (errors, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    random.seed()
    sys.argv = list(arguments)
    code: object = 1
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as asked:
        code = asked.code or 0
    except BaseException:
        traceback.print_exc()
    _leave(code)


def _leave(code: object) -> NoReturn:
    """As an interpreter does, but without taking apart what was inherited, which costs more than it did to start."""
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    for name in PROGRAMS:
        importlib.import_module(name)
        del sys.modules[name]  # it is run anew, what it imported is not
    for name in LATER:
        importlib.import_module(name)
    certificates()
    configure_mappers()
    gc.freeze()
    _House(sys.argv[1]).keep()


if __name__ == "__main__":
    main()
