import asyncio
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from sandbox import embedded
from sandbox.embedded import NotStarted, Servers, servers
from sandbox.processes import running, wait_until

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000) a, generate_series(1, 1000000000) b"
ACCESS = "lambda path: os.access(path, os.R_OK | os.X_OK)"
NEEDED = f"[sys.executable, {str(HERE)!r}]"
EXTENSIONS = ("vector", "pg_trgm", "unaccent")

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has been started once; every test leaves it stopped."""
    home = tmp_path_factory.mktemp("home")
    with servers(home, durable=False):
        pass
    return home


@pytest.fixture
def new_home(tmp_path: Path) -> Path:
    return tmp_path / "hub"


@contextlib.contextmanager
def owner(home: Path, *options: str) -> Iterator[dict[str, int]]:
    """Another process that owns servers on `home`; yields the process numbers."""
    command = [sys.executable, str(HERE / "owner.py"), str(home), *options]
    with subprocess.Popen(command, cwd=ROOT, env=with_path(), stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


def with_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def all_gone(pids: dict[str, int]) -> bool:
    return not any(running(pids[name]) for name in ("owner", "postgres", "valkey"))


async def ask(running_servers: Servers, question: str) -> object:
    connection = await asyncpg.connect(running_servers.database_url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_first_start_makes_a_database_named_hub(new_home: Path) -> None:
    with servers(new_home) as started:
        assert await ask(started, "SELECT current_database()") == "hub"
        assert await ask(started, "SHOW fsync") == "on"


async def test_the_three_extensions_can_be_made(home: Path) -> None:
    with servers(home, durable=False) as started:
        for name in EXTENSIONS:
            await ask(started, f"CREATE EXTENSION IF NOT EXISTS {name}")
        assert await ask(started, "SELECT '[1,2]'::vector <-> '[1,3]'::vector") == 1
        assert await ask(started, "SELECT unaccent('camión')") == "camion"


async def test_letters_with_accents_are_letters(home: Path) -> None:
    with servers(home, durable=False) as started:
        await ask(started, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
        assert await ask(started, "SELECT lower('CAMIÓN')") == "camión"
        assert await ask(started, "SELECT similarity('CAMIÓN', 'camión')") == 1
        assert await ask(started, "SELECT similarity('ñ', 'ü')") == 0


async def test_data_are_kept_over_a_restart(home: Path) -> None:
    with servers(home) as started:
        redis = Redis.from_url(started.redis_url)
        await ask(started, "CREATE TABLE kept AS SELECT 142 AS number")
        await redis.set("kept", "yes")
        await redis.aclose()
    with servers(home) as started:
        redis = Redis.from_url(started.redis_url)
        assert await ask(started, "SELECT number FROM kept") == 142
        assert await redis.get("kept") == b"yes"
        await redis.aclose()


async def test_sqlalchemy_understands_the_address(home: Path) -> None:
    with servers(home, durable=False) as started:
        url = started.database_url.replace("postgresql://", "postgresql+asyncpg://")
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        await engine.dispose()


async def test_redis_neither_evicts_nor_forgets(home: Path) -> None:
    with servers(home) as started:
        redis = Redis.from_url(started.redis_url, decode_responses=True)
        answers = await redis.config_get("maxmemory-policy", "appendonly", "appendfsync")
        await redis.aclose()
    assert answers == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "everysec"}


async def test_tests_may_do_without_fsync(home: Path) -> None:
    with servers(home, durable=False) as started:
        assert await ask(started, "SHOW fsync") == "off"


def test_nothing_is_left_after_a_stop(home: Path) -> None:
    with servers(home, durable=False) as started:
        pids = [started.database.pid, started.redis.pid]
    assert not any(running(pid) for pid in pids)
    assert not (home / "postgres" / "postmaster.pid").exists()
    assert not (home / "run").exists()


async def test_a_killed_server_can_be_started_again_at_the_same_address(home: Path) -> None:
    with servers(home, durable=False) as started:
        before = started.database_url, started.redis_url
        for server in (started.database, started.redis):
            server.kill()
            assert not server.alive
            server.start()
        assert (started.database_url, started.redis_url) == before
        assert await ask(started, "SELECT 1") == 1


@linux_only
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_servers_end_with_their_owner(home: Path, number: signal.Signals) -> None:
    with owner(home) as pids:
        os.kill(pids["owner"], number)
        assert wait_until(lambda: not running(pids["postgres"]) and not running(pids["valkey"]), seconds=30)
    assert "database system is shut down" in (home / "logs" / "postgres.log").read_text().splitlines()[-1]


async def test_a_run_killed_whole_is_repaired(home: Path) -> None:
    with owner(home, "--durable") as pids:
        connection = await asyncpg.connect(pids["database_url"])
        await connection.execute("DROP TABLE IF EXISTS survivor; CREATE TABLE survivor AS SELECT 1 AS one")
        for name in ("owner", "postgres", "valkey"):
            os.kill(pids[name], signal.SIGKILL)
        connection.terminate()
    assert (home / "postgres" / "postmaster.pid").exists()
    with servers(home) as started:
        assert await ask(started, "SELECT one FROM survivor") == 1


@linux_only
async def test_a_session_that_outlived_its_server_is_ended(home: Path) -> None:
    with owner(home) as pids:
        connection = await asyncpg.connect(pids["database_url"])
        session = connection.get_server_pid()
        busy = asyncio.ensure_future(connection.fetch(ENDLESS))
        beside = await asyncpg.connect(pids["database_url"])
        while await beside.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", session) != "active":
            await asyncio.sleep(0.02)
        os.kill(pids["owner"], signal.SIGKILL)
        os.kill(pids["postgres"], signal.SIGKILL)
    assert running(session)
    assert not busy.done()
    with servers(home, durable=False) as started:
        assert not running(session)
        assert await ask(started, "SELECT 1") == 1


def test_a_pid_file_that_names_a_stranger_is_ignored(home: Path) -> None:
    (home / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{home / 'postgres'}\n1\n5432\n\n\n\n")
    with servers(home, durable=False) as started:
        assert started.database.alive
    assert running(os.getpid())


def test_an_interrupted_first_start_is_begun_anew(new_home: Path) -> None:
    (new_home / "postgres.new").mkdir(parents=True)
    (new_home / "postgres.new" / "PG_VERSION").write_text("18\n")
    with servers(new_home, durable=False) as started:
        assert started.database.alive


async def test_two_homes_run_at_once(home: Path, new_home: Path) -> None:
    with servers(home, durable=False) as one, servers(new_home, durable=False) as other:
        await ask(one, "CREATE TABLE only_here ()")
        assert await ask(other, "SELECT to_regclass('only_here')") is None
        assert one.redis_url != other.redis_url


def test_a_second_owner_of_one_home_is_told_why_not(home: Path) -> None:
    with servers(home, durable=False), pytest.raises(NotStarted, match="HUB_HOME"), servers(home):
        pass


@pytest.mark.parametrize("name", ["x" * 120, "with a space & ünusual?"])
async def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    with servers(tmp_path / name, durable=False) as started:
        redis = Redis.from_url(started.redis_url)
        assert await ask(started, "SELECT 1") == 1
        assert await redis.ping()
        await redis.aclose()
        sockets = started.database.sockets
    assert not sockets.exists()


def test_an_open_socket_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(NotStarted, match="open to others"):
        embedded.private(folder)


def test_data_of_another_major_version_are_refused(home: Path) -> None:
    version = home / "postgres" / "PG_VERSION"
    before = version.read_text()
    version.write_text("15\n")
    try:
        with pytest.raises(NotStarted, match="made by PostgreSQL 15"), servers(home, durable=False):
            pass
    finally:
        version.write_text(before)


def test_a_server_that_cannot_start_shows_the_end_of_its_log(new_home: Path) -> None:
    with servers(new_home, durable=False):
        pass
    (new_home / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(NotStarted, match="pg_control"), servers(new_home, durable=False):
        pass


@root_only
def test_root_leaves_no_user_behind(new_home: Path) -> None:
    before = {user.pw_name for user in pwd.getpwall()}
    with servers(new_home, durable=False):
        assert {user.pw_name for user in pwd.getpwall()} == before
    assert {user.pw_name for user in pwd.getpwall()} == before


@root_only
@linux_only
def test_root_without_user_namespaces_becomes_nobody(new_home: Path) -> None:
    result = subprocess.run(
        [sys.executable, HERE / "no_namespaces.py", sys.executable, HERE / "owner.py", new_home, "--once"],
        cwd=ROOT,
        env=with_path(),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == 77:
        pytest.skip("this kernel allows no user namespace at all, so refusing one cannot be tried")
    assert result.returncode == 0, result.stderr
    assert (new_home / "postgres").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert all_gone(json.loads(result.stdout))
    with servers(new_home, durable=False) as started:
        assert started.database.alive


@root_only
def test_an_ordinary_user_needs_nothing_special() -> None:
    python = python_for_nobody()
    packages = [path for path in sys.path if path.endswith("site-packages")]
    home = Path("/tmp") / f"hub-test-{os.getpid()}"
    home.mkdir(mode=0o700)
    shutil.chown(home, "nobody")
    try:
        result = subprocess.run(
            [*as_nobody(), python, HERE / "owner.py", home, "--once"],
            cwd="/",
            env={**with_path(), "PYTHONPATH": os.pathsep.join([str(ROOT), *packages])},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        shutil.rmtree(home)
    assert result.returncode == 0, result.stderr
    assert all_gone(json.loads(result.stdout))


def as_nobody() -> list[str]:
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    nobody = pwd.getpwnam("nobody")
    return ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]


def python_for_nobody() -> str:
    """A Python that another user may run and that may read this project; skips where there is none."""
    check = f"import os, sys; sys.exit(sys.version_info < (3, 11) or not all(map({ACCESS}, {NEEDED})))"
    for candidate in (sys.executable, "/usr/bin/python3"):
        command = [*as_nobody(), candidate, "-c", check]
        if subprocess.run(command, cwd="/", capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip("no Python 3.11 or newer that another user may run and that may read this project")
