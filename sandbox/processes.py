"""Child processes that log to a file, die with their parent, and can be stopped, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")
LONGEST_LOG = 10 * 1024 * 1024


class Process:
    """One child. `name` names its log; `goodbye` is the signal that stops it, also when the parent is killed.

    On Linux the kernel sends `goodbye` when the thread that called `start` ends, so start from the main thread.
    With `not_root`, a parent that is root starts it as an ordinary user who owns those folders.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        goodbye: signal.Signals = signal.SIGTERM,
        not_root: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._command = launched(command, goodbye=goodbye, not_root=not_root)
        self._env = env
        self._cwd = cwd
        self._goodbye = goodbye
        self._popen: subprocess.Popen[bytes] | None = None
        self._log_from = 0
        self.started_at = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        set_aside(self.log)
        with self.log.open("ab") as log:
            self._log_from = log.tell()
            self._popen = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,  # Ctrl-C reaches us alone, and we end the children in order
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started.")
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def lived(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_at

    def say_goodbye(self) -> None:
        """Ask it to stop without waiting."""
        if self.alive:
            os.kill(self.pid, self._goodbye)

    def stop(self, *, seconds: float = 15) -> None:
        """Ask it to stop; kill it and its group after `seconds`."""
        self.say_goodbye()
        if not wait_until(lambda: not self.alive, seconds=seconds):
            self.kill()

    def kill(self) -> None:
        """End it as `kill -9` does, with everything in its group."""
        if self._popen is not None and self.alive:
            os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._popen.poll() if self._popen else None

    def how_it_ended(self) -> str:
        code = self.code
        if code is None:
            return "runs, but does not answer in time: maybe the machine is very busy"
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"

    def last_words(self, *, lines: int = 15) -> str:
        """The end of what it logged since its last start, with the name of the log."""
        with self.log.open("rb") as log:
            log.seek(self._log_from)
            text = log.read().decode(errors="replace")
        return "\n".join([f"The end of {self.log}:", *text.rstrip().splitlines()[-lines:]])


def launched(command: Sequence[str], *, goodbye: signal.Signals, not_root: Sequence[Path] = ()) -> list[str]:
    """The command line that starts `command` through launch.py."""
    python = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(int(goodbye))]
    owned = ["--not-root", *map(str, not_root)] if not_root else []
    return [*python, *owned, "--", *command]


def set_aside(log: Path) -> None:
    """Begin a new log when the old one has grown long; one old one is kept."""
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def working_in(folder: Path) -> list[int]:
    """The processes whose working directory is `folder` (Linux; elsewhere none are found)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "cwd").readlink() == folder and running(int(entry.name)):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def running(pid: int) -> bool:
    """Whether the process exists and is more than a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler of its own for a signal (Linux, proc(5), SigCgt; elsewhere False)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def end(pids: Callable[[], list[int]], *signals: signal.Signals, seconds: float = 10) -> None:
    """End processes that are not our children, with one signal after the other."""
    for number in signals:
        for pid in pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        if wait_until(lambda: not pids(), seconds=seconds):
            return


def command_line(pid: int) -> str:
    """The words a process was started with; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        ask = ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)]
        return subprocess.run(ask, capture_output=True, text=True, check=False).stdout
