"""compose.yaml: what production would be, held to the operator's list in docs/security.md."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import yaml

from bot.app import make_app as make_bot
from intake.app import make_app as make_intake
from intake.webhooks import LARGEST_BODY
from runtime.settings import Settings
from runtime.wiring import Runtime, open_runtime
from tests.deploy.files import (
    COMMANDS,
    DEPLOY,
    PROCESSES,
    PROJECT,
    image_settings,
    placeholders_in,
    services,
    settings_of,
)

SERVICES = services()
COMPOSE = (DEPLOY / "compose.yaml").read_text()
NETWORKS = yaml.safe_load(COMPOSE)["networks"]
NGINX = (DEPLOY / "nginx.conf").read_text()
EXAMPLE = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "env.example").read_text(), re.MULTILINE))
NOTHING = {"DATABASE_URL": "postgresql://a/b", "REDIS_URL": "redis://c"}
MINE = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "TLS_FOLDER", "HUB_TAG", "WORKERS", "PROXIES"}
"""What compose.yaml itself asks for, beside settings of the hub."""
WORDS = {
    *(
        "build",
        "image",
        "command",
        "init",
        "restart",
        "user",
        "read_only",
        "cap_drop",
        "security_opt",
        "tmpfs",
        "volumes",
    ),
    *(
        "env_file",
        "environment",
        "networks",
        "ports",
        "depends_on",
        "healthcheck",
        "stop_signal",
        "stop_grace_period",
    ),
    *("deploy", "mem_limit", "pids_limit", "shm_size", "logging"),
}
"""Of the Compose specification, as far as we use it: a word it does not know is an error there."""
each = pytest.mark.parametrize("name", SERVICES)
each_process = pytest.mark.parametrize("name", PROCESSES)


@each
def test_every_container_is_locked_up_and_limited(name: str):
    service = SERVICES[name]
    assert set(service) <= WORDS
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", service["user"])
    assert service["mem_limit"]
    assert service["pids_limit"]


@each
def test_every_container_that_stays_says_whether_it_is_well(name: str):
    service = SERVICES[name]
    if name == "release":
        assert (service["healthcheck"], service["restart"]) == ({"disable": True}, "no")
    else:
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        assert service["restart"] == "unless-stopped"


@each
def test_images_are_pinned(name: str):
    image = SERVICES[name]["image"].replace("${HUB_TAG:-", "").replace("}", "")
    assert re.search(r":\d+\.\d+[\w.-]*$", image), image


@each
def test_the_world_reaches_the_proxy_alone(name: str):
    service = SERVICES[name]
    assert ("ports" in service) == (name == "proxy")
    assert ("world" in service["networks"]) == (name == "proxy")
    kept_in = all((NETWORKS[network] or {}).get("internal", False) for network in service["networks"])
    assert kept_in == (name in {"release", "postgres", "redis"})


def test_the_proxy_does_not_reach_the_data():
    assert "data" not in SERVICES["proxy"]["networks"]
    assert set(SERVICES["postgres"]["networks"]) == set(SERVICES["redis"]["networks"]) == {"data"}


def test_its_processes_are_the_procfile_s_and_there_are_two_workers():
    assert {name: SERVICES[name]["command"] for name in COMMANDS} == COMMANDS
    assert SERVICES["worker"]["deploy"]["replicas"] == "${WORKERS:-2}"


@each_process
def test_processes_wait_for_the_database_to_be_up_to_date_and_may_end_in_order(name: str):
    service = SERVICES[name]
    assert service["depends_on"]["release"] == {"condition": "service_completed_successfully"}
    assert service["stop_grace_period"] == "40s"
    assert service["healthcheck"]["test"] == ["CMD", "python", "healthcheck.py"]
    assert service["volumes"] == [f"files:{image_settings()['HUB_HOME']}"]


@pytest.mark.parametrize("name", COMMANDS)
def test_settings_are_good_and_those_of_the_image_hold_whatever_env_says(name: str):
    service = SERVICES[name]
    assert service["env_file"] == ([] if name == "release" else ".env")
    filled = {key: re.sub(r"\$\{[^}]+\}", "a1b2", str(value)) for key, value in service["environment"].items()}
    assert settings_of(filled).database_url.get_secret_value() == "postgresql://hub:a1b2@postgres:5432/hub"
    assert image_settings().items() <= filled.items()


def test_the_example_names_what_is_asked_for_and_settings():
    assert placeholders_in(COMPOSE) == MINE
    assert set(EXAMPLE) >= MINE
    settings_of(dict.fromkeys(set(EXAMPLE) - MINE, "") | NOTHING)
    assert EXAMPLE["HUB_TAG"] == PROJECT["project"]["version"]
    assert f"HUB_TAG:-{EXAMPLE['HUB_TAG']}" in COMPOSE


def test_redis_loses_nothing_and_its_password_is_no_argument():
    script = SERVICES["redis"]["command"][-1]
    command, password = script.split("<<END\n")
    for wanted in ("exec ", "--appendonly yes", "--maxmemory-policy noeviction"):
        assert wanted in command
    assert "PASSWORD" not in command
    assert password == "requirepass $$REDIS_PASSWORD\nEND\n"


def doors() -> dict[str, str]:
    """What may be asked from outside: a location of the proxy, and what it says there."""
    tls = NGINX[NGINX.index("listen 8443 ssl") : NGINX.index("listen 127.0.0.1:8081")]
    return dict(re.findall(r"location (= \S+|\S+) \{([^}]*)\}", tls))


def test_the_proxy_passes_on_what_is_listed_and_nothing_else():
    assert set(doors()) == {"= /slack/events", "/webhooks/", "/api/", "= /export", "= /up", "/"}
    assert doors()["/"].split() == ["return", "404;"]
    assert "proxy_pass http://bot;" in doors()["= /slack/events"]
    for door in ("/webhooks/", "/api/", "= /export", "= /up"):
        assert "proxy_pass http://intake;" in doors()[door]


def test_the_proxy_leaves_bodies_and_signatures_alone():
    assert set(re.findall(r"proxy_set_header (\S+)", NGINX)) == {"Host", "Connection"}
    assert not re.search(r"proxy_set_body|proxy_pass_request|proxy_pass http://\w+/|gunzip|sub_filter", NGINX)


def test_the_proxy_limits_what_the_processes_do_not():
    for limit in (
        "client_header_timeout 10s",
        "client_body_timeout 10s",
        "limit_conn connections",
        "limit_req zone=",
    ):
        assert limit in NGINX
    for door in ("= /slack/events", "/webhooks/"):
        assert "limit_req zone=deliveries" in doors()[door]
        assert "limit_req_status 503;" in doors()[door], "Intercom drops what is answered 429"
    assert "Strict-Transport-Security" in NGINX
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in NGINX


async def test_the_proxy_lets_through_what_the_doors_take(runtime: Runtime):
    slack = runtime.channels["slack"].max_body
    assert slack <= size(NGINX) < LARGEST_BODY <= size(doors()["/webhooks/"])
    assert {"/slack/events", "/up"} <= paths(make_bot(runtime))
    known = paths(make_intake(runtime))
    assert {"/up", "/export"} <= known
    assert all(any(path.startswith(door) for path in known) for door in ("/webhooks/", "/api/"))


@pytest.fixture
async def runtime(world_url: str, redis_url: str) -> AsyncIterator[Runtime]:
    async with open_runtime(Settings(_env_file=None, database_url=world_url, redis_url=redis_url)) as opened:
        yield opened


def paths(app: Any) -> set[str]:
    return {resource.canonical for resource in app.router.resources()}


def size(text: str) -> int:
    """Of the first limit for bodies in it."""
    found = re.search(r"client_max_body_size (\d+)m;", text)
    assert found
    return int(found[1]) * 1024 * 1024


def test_the_proxy_finds_the_processes_where_they_listen():
    given = settings_of(image_settings() | NOTHING)
    assert f"server bot:{given.bot_port} resolve" in NGINX
    assert f"server intake:{given.intake_port} resolve" in NGINX
