"""What `make run` sets for its children: which platforms are played, and the secrets both sides share."""

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationError

from runtime.settings import NO_SECRET, Settings, SettingsError, complaints


class Given(Settings):
    """What somebody has set, in the environment or `.env`, before anything is made up for them."""

    hub_env: Literal["development", "production"] = "development"
    database_url: SecretStr = NO_SECRET
    redis_url: SecretStr = NO_SECRET

    def has(self, name: str) -> bool:
        return name.lower() in self.model_fields_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """An outside system: real when its `credential` is given, otherwise played by the sandbox under `path`."""

    name: str
    credential: str
    begins: str
    address: str
    path: str
    webhook_secrets: tuple[str, ...] = ()
    instead: str = ""
    """A setting of a real one with which nothing is delivered here, so that nothing is signed."""
    played: Mapping[str, str] = field(default_factory=dict)
    """Settings a played one needs besides its address and token."""
    played_secrets: Mapping[str, str] = field(default_factory=dict)
    """Secrets only a played one needs, each with how it begins: a real one gives its own, or does without."""


PLATFORMS = (
    Platform(
        name="Slack",
        credential="SLACK_BOT_TOKEN",
        begins="xoxb-",
        address="SLACK_BASE_URL",
        path="/slack/api/",
        webhook_secrets=("SLACK_SIGNING_SECRET",),
        instead="SLACK_APP_TOKEN",
        played={"SLACK_TRIAGE_CHANNEL": "C0TRIAGE"},
    ),
    Platform(
        name="Intercom",
        credential="INTERCOM_API_TOKEN",
        begins="dG9r",
        address="INTERCOM_BASE_URL",
        path="/intercom",
        webhook_secrets=("INTERCOM_WEBHOOK_SECRET",),
        played={"INTERCOM_ADMIN_ID": "814860", "INTERCOM_APP_ID": "sandboxapp"},
    ),
    Platform(
        name="WhatsApp",
        credential="WHATSAPP_API_TOKEN",
        begins="EAA",
        address="WHATSAPP_BASE_URL",
        path="/whatsapp",
        webhook_secrets=("WHATSAPP_WEBHOOK_SECRET", "WHATSAPP_VERIFY_TOKEN"),
        played={"WHATSAPP_PHONE_NUMBER_ID": "106540352242922"},
    ),
    Platform(
        name="Notion",
        credential="NOTION_API_KEY",
        begins="ntn_",
        address="NOTION_BASE_URL",
        path="/notion",
        played_secrets={"NOTION_WEBHOOK_SECRET": "secret_"},
        played={
            "NOTION_DATABASE_ID": "11111111-2222-4333-8444-555555555555",
            # Two minutes are kind to Notion's rate limit; a newcomer who drags a card to Done should see it act.
            "NOTION_POLL_SECONDS": "5",
        },
    ),
    Platform(
        name="OpenAI",
        credential="OPENAI_API_KEY",
        begins="sk-",
        address="OPENAI_BASE_URL",
        path="/openai/v1",
    ),
)


def read_given() -> Given:
    """Read and check what is set; SettingsError lists everything that is wrong."""
    try:
        return Given()
    except ValidationError as error:
        raise SettingsError(complaints(error)) from None


def compose(given: Given, *, secrets_file: Path, urls: Mapping[str, str]) -> dict[str, str]:
    """The children's whole environment: ours, the servers' `urls` by setting, and what else nobody has given."""
    here = f"http://{reachable(given.listen_host)}"
    sandbox_url = f"{here}:{given.sandbox_port}"
    made = {**urls, "HUB_ENV": "development", "SANDBOX_URL": sandbox_url, "INTAKE_URL": f"{here}:{given.intake_port}"}
    for platform in PLATFORMS:
        if is_played(platform, given):
            made |= {platform.address: sandbox_url + platform.path, **platform.played}
    made |= kept_secrets(secrets_file, missing_secrets(given))
    return {
        **os.environ,
        **{name: value for name, value in made.items() if not given.has(name)},
        "HUB_HOME": str(given.hub_home.resolve()),
        "PYTHONUNBUFFERED": "1",
    }


METRICS_PORTS = ("INTAKE_METRICS_PORT", "BOT_METRICS_PORT", "WORKER_METRICS_PORT")


def metrics_ports(given: Given) -> dict[str, str]:
    """A port for each process's metrics: the one that was given or is usual, any other where that one is in use."""
    return {name: str(_usual_or_free(given, name)) for name in METRICS_PORTS}


def _usual_or_free(given: Given, name: str) -> int:
    usual = int(getattr(given, name.lower()))
    if given.has(name) or not usual:
        return usual
    promised = {given.intake_port, given.sandbox_port, given.bot_port}
    for port in (0,) if usual in promised else (usual, 0):
        with contextlib.suppress(OSError), socket.create_server((given.metrics_host, port)) as trial:
            return int(trial.getsockname()[1])
    return 0


def is_played(platform: Platform, given: Given) -> bool:
    return not given.has(platform.credential)


def missing_secrets(given: Given) -> dict[str, str]:
    """The secrets nobody has given, each with how it begins."""
    needed = {"HUB_API_KEY": "hub_"}
    for platform in PLATFORMS:
        needed |= {platform.credential: platform.begins, **dict.fromkeys(platform.webhook_secrets, "")}
        needed |= platform.played_secrets if is_played(platform, given) else {}
    return {name: start for name, start in needed.items() if not given.has(name)}


def kept_secrets(file: Path, needed: Mapping[str, str]) -> dict[str, str]:
    """The secrets of this installation, made on first use and readable by its owner alone."""
    kept = read_secrets(file)
    made = {name: start + secrets.token_hex(24) for name, start in needed.items() if name not in kept}
    if made:
        write_privately(file, json.dumps(kept | made, indent=2) + "\n")
    return {name: (kept | made)[name] for name in needed}


def read_secrets(file: Path) -> dict[str, str]:
    try:
        kept = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise SettingsError(f"{file} is not readable JSON; remove it and new secrets are made.")
    return {str(name): str(value) for name, value in kept.items()}


def write_privately(file: Path, text: str) -> None:
    """Replace `file` in one step; nobody else can read it at any moment."""
    attempt = file.with_name(f"{file.name}.{os.getpid()}")
    attempt.unlink(missing_ok=True)
    with os.fdopen(os.open(attempt, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write(text)
    attempt.replace(file)


def reachable(host: str) -> str:
    """The address at which something listening on `host` is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
