import contextlib
import json
import socket
import stat
from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsError, load_settings
from sandbox.environment import PLATFORMS, Platform, compose, metrics_ports, read_given

URLS = {"DATABASE_URL": "postgresql://made", "REDIS_URL": "redis://made"}


@pytest.fixture(autouse=True)
def nothing_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and an environment that sets nothing of the hub's."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def composed() -> dict[str, str]:
    return compose(read_given(), secrets_file=Path("secrets.json"), urls=URLS)


def test_everything_is_played_when_nothing_is_given() -> None:
    env = composed()
    assert env["SLACK_BASE_URL"] == "http://127.0.0.1:3001/slack/api/"
    assert env["INTERCOM_BASE_URL"] == "http://127.0.0.1:3001/intercom"
    assert env["WHATSAPP_BASE_URL"] == "http://127.0.0.1:3001/whatsapp"
    assert env["NOTION_BASE_URL"] == "http://127.0.0.1:3001/notion"
    assert env["OPENAI_BASE_URL"] == "http://127.0.0.1:3001/openai/v1"
    assert env["SLACK_BOT_TOKEN"].startswith("xoxb-")
    assert env["HUB_ENV"] == "development"
    assert env["INTAKE_URL"] == "http://127.0.0.1:3000"
    assert env["NOTION_POLL_SECONDS"] == "5"


def test_what_is_composed_are_valid_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in composed().items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.hub_env == "development"
    assert settings.hub_home.is_absolute()
    assert settings.slack_triage_channel == "C0TRIAGE"


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_a_platform_with_a_token_is_real(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(platform.credential, "a real one")
    env = composed()
    assert platform.address not in env
    assert env[platform.credential] == "a real one"
    assert not set(platform.played) & set(env)


def test_a_token_in_dotenv_makes_a_platform_real_and_is_left_to_the_children(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NOTION_API_KEY=ntn_real\nSANDBOX_PORT=4001\n")
    env = composed()
    assert "NOTION_BASE_URL" not in env
    assert "NOTION_API_KEY" not in env
    assert env["SLACK_BASE_URL"] == "http://127.0.0.1:4001/slack/api/"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    assert composed()["SLACK_BOT_TOKEN"].startswith("xoxb-")


def test_a_given_secret_is_used_by_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERCOM_WEBHOOK_SECRET", "mine")
    assert composed()["INTERCOM_WEBHOOK_SECRET"] == "mine"
    assert "INTERCOM_WEBHOOK_SECRET" not in json.loads(Path("secrets.json").read_text())


def test_given_ids_and_addresses_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_TRIAGE_CHANNEL", "C1")
    monkeypatch.setenv("NOTION_POLL_SECONDS", "60")
    monkeypatch.setenv("DATABASE_URL", "postgresql://given")
    env = composed()
    assert env["SLACK_TRIAGE_CHANNEL"] == "C1"
    assert env["NOTION_POLL_SECONDS"] == "60"
    assert env["DATABASE_URL"] == "postgresql://given"


def test_secrets_are_made_once_and_private() -> None:
    first, second = composed(), composed()
    made = json.loads(Path("secrets.json").read_text())
    assert {"HUB_API_KEY", "SLACK_SIGNING_SECRET", "WHATSAPP_VERIFY_TOKEN"} <= set(made)
    assert all(first[name] == second[name] == value for name, value in made.items())
    assert len(set(made.values())) == len(made)
    assert stat.S_IMODE(Path("secrets.json").stat().st_mode) == 0o600


def test_broken_secrets_are_explained_and_not_replaced() -> None:
    Path("secrets.json").write_text("{")
    with pytest.raises(SettingsError, match=r"secrets\.json"):
        composed()
    assert Path("secrets.json").read_text() == "{"


def test_every_wrong_setting_is_named_at_once_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PORT", "70000")
    monkeypatch.setenv("SLACK_BASE_URL", "secretly-wrong")
    with pytest.raises(SettingsError) as error:
        read_given()
    assert "INTAKE_PORT" in str(error.value)
    assert "SLACK_BASE_URL" in str(error.value)
    assert "secretly-wrong" not in str(error.value)


def test_each_process_gets_its_usual_port_for_metrics(free_usual_ports: None) -> None:
    assert list(metrics_ports(read_given()).values()) == ["3010", "3012", "3013"]


@pytest.fixture
def free_usual_ports() -> None:
    for port in (3010, 3012, 3013):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            pytest.skip(f"something on this machine has port {port}")


def test_a_usual_port_in_use_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as taken:
        for port in (3010, 3012, 3013):
            with contextlib.suppress(OSError):  # somebody else has it, which is as good
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
        ports = set(metrics_ports(read_given()).values())
    assert len(ports) == 3
    assert ports.isdisjoint({"3010", "3012", "3013", "0"})


def test_a_usual_port_that_another_setting_names_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_PORT", "3012")
    assert metrics_ports(read_given())["BOT_METRICS_PORT"] != "3012"


def test_a_port_that_was_chosen_stays_and_none_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_METRICS_PORT", "4012")
    monkeypatch.setenv("WORKER_METRICS_PORT", "0")
    ports = metrics_ports(read_given())
    assert (ports["BOT_METRICS_PORT"], ports["WORKER_METRICS_PORT"]) == ("4012", "0")


def test_what_is_wrong_with_several_settings_together_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ENV", "production")
    monkeypatch.setenv("INTERCOM_WEBHOOK_SECRET", "mine")
    with pytest.raises(SettingsError, match="INTERCOM_WEBHOOK_SECRET: it has 4 characters"):
        composed()
