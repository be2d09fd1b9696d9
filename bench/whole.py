"""The whole hub as its operator runs it, every platform on and played by the sandbox."""

from dataclasses import dataclass
from pathlib import Path

from bench import scratch
from bench.contender import Contender, contender, free_port
from bench.deliveries import SECRET
from sandbox.embedded import Servers
from sandbox.environment import PLATFORMS

KEY = "the-key-that-only-the-bench-knows"


@dataclass(frozen=True, slots=True)
class Whole:
    """Four processes that may be started alone. A worker's port is the one for operators: it has no other."""

    sandbox: Contender
    bot: Contender
    intake: Contender
    worker: Contender

    @property
    def hub(self) -> dict[str, Contender]:
        return {"bot": self.bot, "intake": self.intake, "worker": self.worker}

    def start(self) -> None:
        for each in (self.sandbox, *self.hub.values()):
            each.start()

    def stop(self) -> None:
        for each in (*self.hub.values(), self.sandbox):
            each.process.stop()


async def whole(running: Servers, home: Path, name: str, **given: str) -> Whole:
    """On a database `name` of its own; `given` are settings on top of those it needs."""
    url = await scratch.make(running, name)
    ports = {setting: free_port() for setting in ("SANDBOX_PORT", "BOT_PORT", "INTAKE_PORT", "WORKER_METRICS_PORT")}
    settings = {
        "DATABASE_URL": url,
        "REDIS_URL": running.redis_url,
        "HUB_HOME": str(home / name),
        "HUB_API_KEY": KEY,
        "BOT_METRICS_PORT": str(free_port()),
        "INTAKE_METRICS_PORT": str(free_port()),
        **{setting: str(port) for setting, port in ports.items()},
        **_platforms(f"http://127.0.0.1:{ports['SANDBOX_PORT']}"),
        **given,
    }

    def process(which: str, port: str, *module: str) -> Contender:
        return contender(running, home, f"{name}-{which}", module, port=ports[port], url=url, given=settings)

    return Whole(
        sandbox=process("sandbox", "SANDBOX_PORT", "sandbox"),
        bot=process("bot", "BOT_PORT", "bot"),
        intake=process("intake", "INTAKE_PORT", "intake"),
        worker=process("worker", "WORKER_METRICS_PORT", "jobs", "worker"),
    )


def _platforms(sandbox: str) -> dict[str, str]:
    made: dict[str, str] = {}
    for platform in PLATFORMS:
        made |= {platform.address: sandbox + platform.path, platform.credential: f"{platform.begins}bench"}
        made |= platform.played
        made |= dict.fromkeys((*platform.webhook_secrets, *platform.played_secrets), SECRET)
    return made
