"""ECS task definitions: what Fargate allows of the same lock, and secrets only by reference."""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.deploy.files import COMMANDS, PROCESSES, REQUIRED, ROOT, SECRET, image_settings, settings_of, stages, tasks

TASKS = tasks()
MEMORY = {"256": {"512", "1024", "2048"}, "512": {"1024", "2048", "3072", "4096"}}
"""In MiB, by CPU units ("Amazon ECS task definition differences for Fargate")."""
NOT_ON_FARGATE = {
    *(
        "disableNetworking",
        "dnsSearchDomains",
        "dnsServers",
        "dockerSecurityOptions",
        "extraHosts",
        "ipcMode",
        "links",
    ),
    *("placementConstraints", "privileged", "maxSwap", "swappiness", "devices", "sharedMemorySize", "tmpfs"),
}
"""The same page."""
PLACEHOLDERS = {"ACCOUNT", "REGION", "TAG", "SUFFIX", "BUCKET_NAME", "HOST"}
OF_FILES = {"S3_BUCKET": "BUCKET_NAME", "AWS_REGION": "REGION"}
"""What tells workers where files go."""
OF_EXPORTS = {"INTAKE_URL": "https://HOST"}
"""What tells the bot where agents get them."""
each = pytest.mark.parametrize("name", COMMANDS)
each_process = pytest.mark.parametrize("name", PROCESSES)


def container(name: str) -> dict[str, Any]:
    (found,) = TASKS[name]["containerDefinitions"]
    return dict(found)


def environment(name: str) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(name)["environment"]}


def secrets(name: str) -> dict[str, str]:
    return {each["name"]: each["valueFrom"] for each in container(name)["secrets"]}


def words(value: Any) -> set[str]:
    """Every key of a definition, however deep."""
    if isinstance(value, dict):
        return set(value) | set[str]().union(*map(words, value.values()))
    return set[str]().union(*map(words, value)) if isinstance(value, list) else set()


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


def test_there_is_one_for_each_process():
    assert {name: container(name)["command"] for name in TASKS} == COMMANDS


@each
def test_it_is_for_fargate_and_asks_for_nothing_fargate_has_not(name: str):
    task = TASKS[name]
    assert (task["family"], task["requiresCompatibilities"]) == (f"feedback-hub-{name}", ["FARGATE"])
    assert task["networkMode"] == "awsvpc"
    assert task["memory"] in MEMORY[task["cpu"]]
    assert not words(task) & NOT_ON_FARGATE


@each
def test_it_is_locked_up(name: str):
    found = container(name)
    assert found["user"] == next(step.rest for step in stages()[-1] if step.word == "USER")
    assert found["readonlyRootFilesystem"] is True
    assert found["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert 40 <= found["stopTimeout"] <= 120


@each
def test_its_settings_are_good_and_secrets_are_named_only(name: str):
    given, named = environment(name), secrets(name)
    assert set(named) >= REQUIRED
    assert not set(given) & SECRET
    assert not set(given) & set(named)
    hidden = dict.fromkeys(named, "")
    filled = {"DATABASE_URL": "postgresql://a/b", "REDIS_URL": "redis://c", "S3_BUCKET": "files"}
    settings_of({**given, **hidden, **filled})
    for setting, source in named.items():
        assert source == f"arn:aws:secretsmanager:REGION:ACCOUNT:secret:feedback-hub-SUFFIX:{setting}::"


@each_process
def test_processes_know_the_same_secrets_and_are_alive_as_the_image_says(name: str):
    assert secrets(name) == secrets("worker")
    assert environment(name).items() <= (image_settings() | OF_FILES | OF_EXPORTS).items()
    check = container(name)["healthCheck"]
    assert check.pop("command") == ["CMD", "python", "healthcheck.py"]
    assert check == {"interval": 10, "timeout": 5, "retries": 3, "startPeriod": 60}
    ports = {each["containerPort"] for each in container(name)["portMappings"]}
    assert ports == {int(value) for setting, value in environment(name).items() if setting.endswith("_PORT")}


@each
def test_files_are_in_a_bucket_which_workers_alone_may_use(name: str):
    is_worker = name == "worker"
    assert (OF_FILES.items() <= environment(name).items()) == is_worker
    assert ("taskRoleArn" in TASKS[name]) == is_worker


@each_process
def test_home_can_be_written_to_and_ends_with_its_task(name: str):
    (volume,), (mount,) = TASKS[name]["volumes"], container(name)["mountPoints"]
    assert volume == {"name": mount["sourceVolume"]}
    assert mount["containerPath"] == image_settings()["HUB_HOME"]


@each_process
def test_the_documented_command_fills_everything_in(name: str):
    (script,) = re.findall(r"^sed -i '(.+)' \*\.json$", (ROOT / "docs/deploy.md").read_text(), re.MULTILINE)
    text = (ROOT / f"deploy/ecs/{name}.json").read_text()
    done = subprocess.run(
        ["sed", script.replace("…", "filled")], input=text, capture_output=True, text=True, check=True
    )
    assert not set(re.findall(r"\b[A-Z][A-Z_]{2,}\b", done.stdout)) & PLACEHOLDERS
    filled = json.loads(done.stdout)["containerDefinitions"][0]["environment"]
    assert [each["name"] for each in filled] == list(environment(name))


def test_release_knows_no_more_than_it_needs():
    assert set(secrets("release")) == REQUIRED
    assert "mountPoints" not in container("release")


@each
def test_its_logs_go_to_a_group_of_its_own_and_hold_up_nobody(name: str):
    log = container(name)["logConfiguration"]
    assert (log["logDriver"], log["options"]["mode"]) == ("awslogs", "non-blocking")
    assert log["options"]["awslogs-group"] == f"/ecs/feedback-hub-{name}"


@each
def test_what_is_to_be_filled_in_is_plain_to_see(name: str):
    given = [
        value for value in texts(TASKS[name]) if value not in {"ALL", "ENABLED", "FARGATE", "LINUX", "X86_64", "CMD"}
    ]
    shouted = {part for text in given for part in re.findall(r"\b[A-Z][A-Z_]{2,}\b", text)}
    assert shouted - set(secrets(name)) - set(environment(name)) <= PLACEHOLDERS
    assert not re.search(r"\d{12}", " ".join(given)), "an account's number"
