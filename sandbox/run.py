"""What `make run` does: the servers, the migrations, the hub's three doors and the sandbox, until Ctrl-C."""

import contextlib
import http.client
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from runtime.settings import SettingsError
from sandbox import embedded, launch
from sandbox.embedded import NotStarted, Server
from sandbox.environment import (
    METRICS_PORTS,
    PLATFORMS,
    Given,
    compose,
    is_played,
    metrics_ports,
    reachable,
    read_given,
)
from sandbox.processes import Process, catches

UP_SECONDS = 60.0
STOP_SECONDS = 20.0
WORKER_SECONDS = 1.5
"""The worker serves nobody: it counts as up when it has lived this long."""
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
"""What lived this long before it died is started again without a growing pause."""

Child = Process | Server


class EndAsked(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def main(*, procfile: Path = Path("Procfile"), sandbox: str = "python -m sandbox --unhurried") -> int:
    """Run everything. The exit code is 0 after Ctrl-C or SIGTERM, 1 when something could not be started."""
    end = End()
    if "--with-parent" in sys.argv:
        end.when_parent_ends()
    try:
        run(end, {**commands(procfile), "sandbox": sandbox})
    except EndAsked:
        say("Ended. The data stay where they are.")
        return 0
    except (NotStarted, SettingsError) as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return 1
    return 0


class End:
    """Whether the end was asked for, by Ctrl-C or SIGTERM; asked twice means at once."""

    def __init__(self) -> None:
        self.asked = 0
        self._maker: int | None = None
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup make run` outlives its terminal
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1

    def when_parent_ends(self) -> None:
        """End also when `make` is killed, or is interrupted without us.

        GNU make hands SIGTERM on to its children but keeps SIGINT, for which it expects a terminal to tell
        everybody; it stops catching SIGINT then and waits for us.
        """
        launch.die_with(os.getppid(), signal.SIGTERM)
        if catches(os.getppid(), signal.SIGINT):
            self._maker = os.getppid()

    def wait(self, seconds: float = 0.05) -> None:
        """Sleep a moment; EndAsked when the end was asked for."""
        if self.asked or (self._maker and not catches(self._maker, signal.SIGINT)):
            raise EndAsked
        time.sleep(seconds)


def run(end: End, wanted: Mapping[str, str]) -> None:
    """Start everything, say so, and keep it running; whatever ends us, nothing is left behind."""
    began = time.monotonic()
    given = read_given()
    home = given.hub_home.resolve()
    refuse_taken_ports(given)
    say("Starting PostgreSQL, Redis, the hub, and what it talks to; this takes 10 to 20 s …")
    with embedded.owned(home), contextlib.ExitStack() as ending:
        servers = start_servers(given, home, ending, end)
        env = environment(given, home, servers)
        children = {name: child(name, command, home, env) for name, command in wanted.items()}
        ending.callback(stop, children, end)
        start(children, given, end)
        say(block(given, home, env, seconds=time.monotonic() - began))
        keep_running([*servers, *(each for each in children.values() if each.name != "release")], end)


def keep_running(children: Sequence[Child], end: End) -> NoReturn:
    watches = [Watch(each) for each in children]
    while True:
        end.wait(0.2)
        for watch in watches:
            watch.look()


def start_servers(given: Given, home: Path, ending: contextlib.ExitStack, end: End) -> list[Server]:
    """The embedded servers for which no address was given."""
    kinds = {"DATABASE_URL": embedded.Postgres, "REDIS_URL": embedded.Valkey}
    servers: list[Server] = []
    for setting, kind in kinds.items():
        if not given.has(setting):
            end.wait(0)
            servers.append(ending.enter_context(kind(home)))
    return servers


def environment(given: Given, home: Path, servers: Sequence[Server]) -> dict[str, str]:
    urls = {server.setting: server.url for server in servers}
    return compose(given, secrets_file=home / "secrets.json", urls=urls | metrics_ports(given))


def commands(procfile: Path) -> dict[str, str]:
    """The Procfile's lines, name to command."""
    lines = [line.partition(":") for line in procfile.read_text().splitlines() if ":" in line]
    return {name.strip(): command.strip() for name, _, command in lines if not name.startswith("#")}


def child(name: str, command: str, home: Path, env: Mapping[str, str]) -> Process:
    first, *rest = shlex.split(command)
    program = sys.executable if first == "python" else first
    return Process(name, [program, *rest], log=home / "logs" / f"{name}.log", env=env)


def start(children: Mapping[str, Process], given: Given, end: End) -> None:
    """The sandbox beside the migrations, then the three doors: they ask the platforms questions as they start."""
    up = answers(given)
    children["sandbox"].start()
    migrate(children["release"], end)
    await_up(children["sandbox"], up["sandbox"], end)
    doors = [each for name, each in children.items() if name not in {"sandbox", "release"}]
    for door in doors:
        door.start()
    for door in doors:
        await_up(door, up.get(door.name) or partial(lives_on, door), end)


def migrate(release: Process, end: End) -> None:
    release.start()
    while release.alive:
        end.wait()
    if release.code != 0:
        raise NotStarted(f"The migrations failed: release {release.how_it_ended()}.\n{release.last_words()}")


def await_up(process: Process, up: Callable[[], bool], end: End) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while not (process.alive and up()):
        end.wait()
        if not process.alive or time.monotonic() > deadline:
            raise NotStarted(f"{process.name} did not start: it {process.how_it_ended()}.\n{process.last_words()}")


def answers(given: Given) -> dict[str, Callable[[], bool]]:
    """How to see that a child is up."""
    host = reachable(given.listen_host)
    return {
        "sandbox": lambda: says_up(host, given.sandbox_port),
        "intake": lambda: says_up(host, given.intake_port),
        "bot": lambda: says_up(host, given.bot_port),
    }


def lives_on(process: Process) -> bool:
    return process.lived > WORKER_SECONDS


def says_up(host: str, port: int) -> bool:
    """Whether `GET /up` is answered with 200."""
    connection = http.client.HTTPConnection(host.strip("[]"), port, timeout=2)
    try:
        connection.request("GET", "/up")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(children: Mapping[str, Process], end: End) -> None:
    """End the doors together, then the sandbox they may still be talking to; at once when asked twice."""
    doors = [each for name, each in children.items() if name != "sandbox"]
    for group in (doors, [children["sandbox"]]):
        for each in group:
            each.say_goodbye()
        deadline = time.monotonic() + STOP_SECONDS
        while any(each.alive for each in group) and time.monotonic() < deadline and end.asked < 2:
            time.sleep(0.02)
        for each in group:
            each.kill()


class Watch:
    """Starts a child again whenever it dies, after a pause that grows while it keeps dying, and says so."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._pause = 1.0
        self._again_at: float | None = None

    def look(self) -> None:
        if self._child.alive:
            return
        if self._again_at is None:
            self._report()
        elif time.monotonic() >= self._again_at:
            self._again_at = None
            self._start()

    def _report(self) -> None:
        if self._child.lived > STEADY_SECONDS:
            self._pause = 1.0
        say(
            f"{self._child.name} {self._child.how_it_ended()}; starting it again in {self._pause:.0f} s. "
            f"Its log: {self._child.log}"
        )
        self._again_at = time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _start(self) -> None:
        try:
            self._child.start()
        except NotStarted as problem:
            say(str(problem))
        else:
            say(f"{self._child.name} was started again.")


def refuse_taken_ports(given: Given) -> None:
    """NotStarted names the port and its setting when another program, or another setting, has it."""
    seen: dict[int, str] = {}
    for setting in ("INTAKE_PORT", "SANDBOX_PORT", "BOT_PORT", *filter(given.has, METRICS_PORTS)):
        port = int(getattr(given, setting.lower()))
        if not port:
            continue
        if port in seen:
            raise NotStarted(f"{seen[port]} and {setting} are both {port}; give each its own port.")
        seen[port] = setting
        problem = why_not_free(given.metrics_host if setting in METRICS_PORTS else given.listen_host, port)
        if problem:
            raise NotStarted(
                f"Port {port} ({setting}) cannot be used: {problem}. Stop what uses it or choose another one, "
                f"for example: {setting}={port + 100} make run"
            )


def why_not_free(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
            trial.listen()
        except OSError as error:
            return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
    return ""


def block(given: Given, home: Path, env: Mapping[str, str], *, seconds: float) -> str:
    """What a newcomer sees: where to look and what to try."""
    host = reachable(given.listen_host)
    sandbox, intake = f"http://{host}:{given.sandbox_port}", f"http://{host}:{given.intake_port}"
    played = [each.name for each in PLATFORMS if is_played(each, given)]
    real = [each.name for each in PLATFORMS if not is_played(each, given)]
    return "\n".join(
        [
            "",
            f"Feedback Hub is ready, {seconds:.0f} s after the start. {begin(real)}",
            "",
            f"  {sandbox}",
            "",
            f"  Behind it {intake} (webhooks, REST) and http://{host}:{given.bot_port} (Slack's events)",
            f"  Played    {', '.join(played) or 'none'}",
            f"  Real      {', '.join(real) or 'none; a platform becomes real when its token is in .env'}",
            *unsigned(given),
            f"  Metrics   {metrics_of(given, env)}",
            f"  Data      {shown(home)}   logs in {shown(home / 'logs')}/<name>.log",
            f"  API key   {key_place(given, home)}",
            "",
            "The REST API:",
            f'  curl {intake}/api/tickets -H "Authorization: Bearer {key_expression(given, home)}"',
            "",
            "Ctrl-C ends everything; the data stay.",
            "",
        ]
    )


def begin(real: list[str]) -> str:
    if "Slack" in real:
        return "Agents find it in your Slack; the platforms that are played are here:"
    return "Open this; a tour of eight steps begins there:"


def metrics_of(given: Given, env: Mapping[str, str]) -> str:
    ports = [int(env.get(name) or getattr(given, name.lower())) for name in METRICS_PORTS]
    host = reachable(given.metrics_host)
    return ", ".join(f"http://{host}:{port}/metrics" for port in ports if port) or "none"


def unsigned(given: Given) -> list[str]:
    """A sentence for each real platform whose deliveries will be refused."""
    return [
        f"  Note      {each.name} is real but {secret} is not set: its deliveries will be refused"
        for each in PLATFORMS
        for secret in each.webhook_secrets
        if not is_played(each, given) and not given.has(secret) and not (each.instead and given.has(each.instead))
    ]


def key_place(given: Given, home: Path) -> str:
    return "HUB_API_KEY as you set it" if given.has("HUB_API_KEY") else f"in {shown(home / 'secrets.json')}"


def key_expression(given: Given, home: Path) -> str:
    """Shell that yields the key without the key appearing on a screen."""
    if os.environ.get("HUB_API_KEY"):
        return "$HUB_API_KEY"
    if given.has("HUB_API_KEY"):
        return "$(sed -n 's/^HUB_API_KEY=//p' .env)"
    return f"""$(sed -n 's/.*"HUB_API_KEY": "\\(.*\\)".*/\\1/p' {shlex.quote(shown(home / "secrets.json"))})"""


def shown(path: Path) -> str:
    """A path as short as it can be typed here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # whoever read our output may have gone; we still end in order
        print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
