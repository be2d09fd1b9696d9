"""What stands in deploy/, read for the tests."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import SecretStr

from runtime.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
COMMANDS = {
    name: shlex.split(command)
    for name, command in (line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
}
"""The Procfile's, by process."""
PROCESSES = tuple(name for name in COMMANDS if name != "release")
REQUIRED = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
SECRET = {name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


class Step(NamedTuple):
    """An instruction of a Dockerfile."""

    word: str
    rest: str


def stages() -> list[list[Step]]:
    """Of the Dockerfile, each from its FROM on; what stands before the first FROM is the first of all."""
    found: list[list[Step]] = [[]]
    lines = [line for line in (DEPLOY / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found.append([])
        if word:
            found[-1].append(Step(word, " ".join(rest.split())))
    return found


def copied() -> set[str]:
    """What the Dockerfile takes out of the repository."""
    steps = [step for stage in stages() for step in stage if step.word == "COPY" and "--from" not in step.rest]
    return {source.rstrip("/") for step in steps for source in step.rest.split()[:-1]}


def image_settings() -> dict[str, str]:
    """The settings among the variables of the image."""
    given = dict(part.split("=", 1) for step in stages()[-1] if step.word == "ENV" for part in step.rest.split())
    return {name: value for name, value in given.items() if not name.startswith("PYTHON") and name != "PATH"}


def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"])


def tasks() -> dict[str, dict[str, Any]]:
    """ECS task definitions, by process."""
    return {file.stem: json.loads(file.read_text()) for file in sorted((DEPLOY / "ecs").glob("*.json"))}


def settings_of(given: dict[str, str]) -> Settings:
    """Raises where a value is wrong; whatever is no setting is refused too."""
    unknown = {name for name in given if name.lower() not in Settings.model_fields}
    assert not unknown, f"no settings: {unknown}"
    return Settings(_env_file=None, **{name.lower(): value for name, value in given.items()})


def placeholders_in(text: str) -> set[str]:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?why}`."""
    return set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text))
