import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.settings import Settings
from sandbox.embedded import Servers
from sandbox.environment import METRICS_PORTS
from sandbox.processes import Process, running, wait_until, working_in
from sandbox.run import Watch
from tests.ports import free_ports

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DOOR = HERE / "door.py"
PROCFILE = f"""\
release: python -c "print('migrated')"
bot: python {DOOR} BOT_PORT
intake: python {DOOR} INTAKE_PORT
worker: python -c "import time; print('working', flush=True); time.sleep(600)"
"""
MAIN = f"import sys; from sandbox import run; sys.exit(run.main(sandbox='python {DOOR} SANDBOX_PORT'))"


@dataclass
class Copy:
    """One `make run` with stand-ins for the hub's processes."""

    folder: Path
    process: subprocess.Popen[bytes]
    ports: dict[str, int]

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text()

    def says(self, words: str, *, times: int = 1) -> bool:
        return wait_until(lambda: self.output.count(words) >= times or self.ended, seconds=90) and not self.ended

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def env_of(self, name: str) -> dict[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", "/")
            answer: dict[str, str] = json.loads(connection.getresponse().read())["env"]
            return answer

    def pids(self) -> list[int]:
        """Everything it started: what works in its folder or in its data."""
        home = self.folder / ".hub"
        found = [*working_in(self.folder), *working_in(home / "postgres"), *working_in(home / "valkey")]
        return [pid for pid in found if pid != self.process.pid]

    def worker(self) -> int:
        return next(pid for pid in working_in(self.folder) if b"working" in Path(f"/proc/{pid}/cmdline").read_bytes())

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="session")
def given(embedded: Servers) -> dict[str, str]:
    """Servers of somebody else, where nothing is asked of those it would start itself."""
    return {"DATABASE_URL": embedded.database_url, "REDIS_URL": embedded.redis_url}


@contextlib.contextmanager
def copy(folder: Path, *, procfile: str = PROCFILE, **settings: str) -> Iterator[Copy]:
    folder.mkdir(exist_ok=True)
    (folder / "Procfile").write_text(procfile)
    names = ("INTAKE_PORT", "SANDBOX_PORT", "BOT_PORT", *METRICS_PORTS)
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    ours = {name.upper() for name in Settings.model_fields}
    env = {name: value for name, value in os.environ.items() if name not in ours}
    env |= {"PYTHONPATH": str(ROOT), **{name: str(port) for name, port in ports.items()}, **settings}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", MAIN],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Copy(folder, process, ports)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with copy(tmp_path_factory.mktemp("copy")) as started:
        assert started.says("is ready"), started.output
        yield started


def test_the_block_says_where_to_look_and_hides_the_key(ready: Copy) -> None:
    secrets = json.loads((ready.folder / ".hub" / "secrets.json").read_text())
    for port in ready.ports.values():
        assert f"http://127.0.0.1:{port}" in ready.output
    assert "Slack, Intercom, WhatsApp, Notion, OpenAI" in ready.output
    assert "tour" in ready.output
    assert not any(secret in ready.output for secret in secrets.values())


def test_the_curl_line_finds_the_key(ready: Copy) -> None:
    (expression,) = re.findall(r"Bearer (\$\(.*\))\"", ready.output)
    shell = subprocess.run(
        ["sh", "-c", f"echo {expression}"], cwd=ready.folder, capture_output=True, text=True, check=True
    )
    assert shell.stdout.strip() == ready.env_of("INTAKE_PORT")["HUB_API_KEY"]


def test_every_child_has_the_servers_and_the_same_secrets(ready: Copy) -> None:
    intake, sandbox = ready.env_of("INTAKE_PORT"), ready.env_of("SANDBOX_PORT")
    assert intake["DATABASE_URL"].startswith("postgresql://hub@/hub?host=")
    assert intake["REDIS_URL"].startswith("unix://")
    assert intake == sandbox


def test_the_migrations_ran_first(ready: Copy) -> None:
    assert "migrated" in (ready.folder / ".hub" / "logs" / "release.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes by /proc")
def test_a_killed_worker_comes_back_and_is_reported(ready: Copy) -> None:
    before = ready.worker()
    os.kill(before, signal.SIGKILL)
    assert ready.says("worker was killed by signal 9")
    assert ready.says("worker was started again")
    assert ready.worker() != before


def test_a_killed_database_comes_back_with_its_data(ready: Copy) -> None:
    pid_file = ready.folder / ".hub" / "postgres" / "postmaster.pid"
    before = pid_file.read_text().split()[0]
    os.kill(int(before), signal.SIGKILL)
    assert ready.says("postgres was killed by signal 9")
    assert ready.says("postgres was started again")
    assert pid_file.read_text().split()[0] != before


def test_another_copy_runs_beside_it_and_ctrl_c_leaves_nothing(ready: Copy, tmp_path: Path) -> None:
    with copy(tmp_path) as other:
        assert other.says("is ready"), other.output
        assert other.env_of("INTAKE_PORT")["HUB_API_KEY"] != ready.env_of("INTAKE_PORT")["HUB_API_KEY"]
        pids = other.pids()
        assert other.end(signal.SIGINT) == 0
        assert not any(running(pid) for pid in pids)
        assert not other.pids()
    assert not ready.ended


def test_the_same_home_is_refused_with_the_setting_to_change(ready: Copy, tmp_path: Path) -> None:
    with copy(tmp_path, HUB_HOME=str(ready.folder / ".hub")) as other:
        assert other.process.wait(60) == 1
        assert "HUB_HOME" in other.output
        assert "Traceback" not in other.output


@pytest.mark.parametrize("setting", ["INTAKE_PORT", "SANDBOX_PORT", "BOT_PORT", *METRICS_PORTS])
def test_a_taken_port_is_named_with_its_setting(ready: Copy, tmp_path: Path, setting: str) -> None:
    taken = ready.ports["BOT_PORT"]
    with copy(tmp_path, **{setting: str(taken)}) as other:
        assert other.process.wait(60) == 1
        assert f"Port {taken} ({setting})" in other.output
        assert not (tmp_path / ".hub").exists()


def test_one_port_for_two_is_refused(tmp_path: Path) -> None:
    with copy(tmp_path, INTAKE_PORT="4567", BOT_PORT="4567") as refused:
        assert refused.process.wait(60) == 1
        assert "INTAKE_PORT and BOT_PORT are both 4567" in refused.output


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    with copy(tmp_path) as ended:
        assert ended.says("is ready"), ended.output
        pids = ended.pids()
        assert len(pids) >= 6
        ended.end(number)
        assert wait_until(lambda: not any(running(pid) for pid in pids), seconds=30)


def test_a_child_that_does_not_start_shows_its_last_words(tmp_path: Path, given: dict[str, str]) -> None:
    broken = PROCFILE.replace(f"python {DOOR} BOT_PORT", """python -c "raise SystemExit('no token')" """)
    with copy(tmp_path, procfile=broken, **given) as failed:
        assert failed.process.wait(30) == 1
        assert "bot did not start: it ended with code 1" in failed.output
        assert "no token" in failed.output
        assert not failed.pids()


def test_failing_migrations_end_the_start(tmp_path: Path, given: dict[str, str]) -> None:
    broken = PROCFILE.replace("print('migrated')", "raise SystemExit('no such table')")
    with copy(tmp_path, procfile=broken, **given) as failed:
        assert failed.process.wait(30) == 1
        assert "The migrations failed" in failed.output
        assert "no such table" in failed.output


def test_ctrl_c_during_the_start_ends_it(tmp_path: Path, given: dict[str, str]) -> None:
    slow = PROCFILE.replace("print('migrated')", "import time; print('migrating', flush=True); time.sleep(600)")
    with copy(tmp_path, procfile=slow, **given) as started:
        log = tmp_path / ".hub" / "logs" / "release.log"
        assert wait_until(lambda: log.exists() and "migrating" in log.read_text(), seconds=60)
        assert started.end(signal.SIGINT) == 0
        assert not started.pids()


def test_given_servers_and_platforms_are_used(tmp_path: Path, given: dict[str, str]) -> None:
    with copy(tmp_path, **given, SLACK_BOT_TOKEN="xoxb-real") as started:
        assert started.says("is ready"), started.output
        assert started.env_of("INTAKE_PORT")["DATABASE_URL"] == given["DATABASE_URL"]
        assert not (started.folder / ".hub" / "postgres").exists()
        assert not (started.folder / ".hub" / "valkey").exists()
        assert "Slack is real but SLACK_SIGNING_SECRET is not set" in started.output
        assert "xoxb-real" not in started.output
        assert "Agents find it in your Slack" in started.output, "where there is no tour"


def test_a_child_that_keeps_dying_is_started_ever_less_often(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    child = Process("worker", ["/bin/sh", "-c", "exit 3"], log=tmp_path / "worker.log")
    watch = Watch(child)
    child.start()

    def next_words() -> str:
        assert wait_until(lambda: not child.alive, seconds=5)
        watch.look()
        return capsys.readouterr().out

    assert "worker ended with code 3; starting it again in 1 s" in next_words()
    time.sleep(1)
    assert "worker was started again" in next_words()
    assert "worker ended with code 3; starting it again in 2 s" in next_words()
