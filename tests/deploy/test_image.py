"""The image: what goes into it, what it may do, and that its processes work with nothing else."""

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from tests.deploy.files import COMMANDS, DEPLOY, PROCESSES, PROJECT, ROOT, copied, image_settings, settings_of, stages
from tests.ports import free_ports

BEFORE, BUILD, LAST = stages()


def word(name: str) -> str:
    """The one instruction of this name in the last stage."""
    (rest,) = [step.rest for step in LAST if step.word == name]
    return rest


@pytest.fixture
def healthcheck() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", DEPLOY / "healthcheck.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_both_stages_stand_on_one_slim_base_that_is_pinned_by_tag():
    (base,) = [step.rest for step in BEFORE if step.word == "ARG"]
    found = re.fullmatch(r"PYTHON=python:3\.(\d+)-slim-[a-z]+", base)
    assert found, base
    assert [BUILD[0].rest, LAST[0].rest] == ["${PYTHON} AS build", "${PYTHON}"]
    oldest = int(PROJECT["project"]["requires-python"].rpartition(".")[2])
    assert int(found[1]) >= oldest


def test_only_locked_wheels_are_installed():
    (install,) = [step.rest for step in BUILD if "pip" in step.rest and step.word == "RUN"]
    for wanted in ("--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement /requirements.lock"):
        assert wanted in install


def test_the_last_stage_installs_and_fetches_nothing():
    ran = " ".join(step.rest for step in LAST if step.word == "RUN")
    assert not re.search(r"pip install|apt|curl|wget|gcc", ran)
    assert not [step for step in LAST if step.word == "ADD"]
    assert "pip uninstall" in ran
    assert "-perm /6000 -exec chmod a-s" in ran
    assert "/etc/ssl/certs/ca-certificates.crt" in ran


def test_the_repository_s_code_is_in_it_but_for_the_sandbox():
    packages = set(PROJECT["tool"]["importlinter"]["root_packages"]) - {"sandbox"}
    assert copied() == packages | {"pyproject.toml", "requirements.lock", "deploy/healthcheck.py"}


def test_nothing_else_is_sent_to_the_builder():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied()
    assert "**/.env*" in lines


def test_it_runs_as_nobody_in_particular_and_writes_to_its_home_alone():
    uid, gid = word("USER").split(":")
    assert int(uid) == int(gid) >= 10_000
    made = next(step.rest for step in LAST if "useradd" in step.rest)
    assert f"--uid {uid} " in made
    assert f"--mode=0700 {word('VOLUME')}" in made
    assert image_settings()["HUB_HOME"] == word("VOLUME")
    assert "PYTHONDONTWRITEBYTECODE=1" in word("ENV")


def test_its_settings_are_good_and_no_secrets():
    given = settings_of({**image_settings(), "DATABASE_URL": "postgresql://a/b", "REDIS_URL": "redis://c"})
    assert given.hub_env == "production"
    ports = {given.intake_metrics_port, given.bot_metrics_port, given.worker_metrics_port}
    assert word("EXPOSE").split() == [str(port) for port in (given.intake_port, given.bot_port, *ports)]


def test_it_says_whether_it_is_alive_and_ends_on_sigterm(healthcheck: ModuleType):
    assert word("STOPSIGNAL") == "SIGTERM"
    options, command = word("HEALTHCHECK").split(" CMD ")
    assert json.loads(command) == ["python", "healthcheck.py"]
    assert "--start-period=60s" in options
    assert image_settings()["WORKER_METRICS_PORT"] == str(healthcheck.PORT)


def test_without_a_command_it_says_which_there_are():
    done = subprocess.run([sys.executable, *json.loads(word("CMD"))[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for command in COMMANDS.values():
        assert " ".join(command[1:]) in done.stderr


def test_the_processes_work_with_what_is_in_it_write_nothing_there_and_end_in_order(
    tmp_path: Path, database_url: str, redis_url: str, healthcheck: ModuleType
):
    tree = tree_of_the_image(tmp_path / "image")
    before = listing(tree)
    ports = dict(zip(PROCESSES, free_ports(len(PROCESSES)), strict=True))
    doors = dict(zip(("BOT_PORT", "INTAKE_PORT"), free_ports(2), strict=True))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "HUB_HOME": str(tmp_path / "home"),
        **{name: str(port) for name, port in doors.items()},
        **{f"{name.upper()}_METRICS_PORT": str(port) for name, port in ports.items()},
    }
    assert subprocess.run(command("release"), cwd=tree, env=environment, check=False).returncode == 0
    with running(tree, environment) as processes:
        for address in (*ports.values(), *doors.values()):
            until_up(address)
        for name, port in ports.items():
            healthcheck.PORT = port
            assert healthcheck.trouble() is None, name
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        assert {name: process.wait(40) for name, process in processes.items()} == dict.fromkeys(PROCESSES, 0)
    assert listing(tree) == before
    assert healthcheck.trouble() == "/live was not answered: ConnectionRefusedError"


def tree_of_the_image(folder: Path) -> Path:
    folder.mkdir()
    for name in sorted(copied()):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    return folder


def listing(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def command(name: str) -> list[str]:
    return [sys.executable, *COMMANDS[name][1:]]


@contextmanager
def running(tree: Path, environment: dict[str, str]) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    log = (tree.parent / "log").open("wb")
    found = {
        name: subprocess.Popen(command(name), cwd=tree, env=environment, stdout=log, stderr=log) for name in PROCESSES
    }
    try:
        yield found
    finally:
        for process in found.values():
            process.kill()
            process.wait()
        log.close()


def until_up(port: int, *, seconds: float = 90) -> None:
    """Every process says on every port of its own that it is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/up", timeout=5) as answer:
                assert json.load(answer) == {"status": "up"}
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"port {port} does not say that it is up")
