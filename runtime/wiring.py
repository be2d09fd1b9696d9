"""Runtime: everything a process opens once, and open_runtime(), which opens and closes it."""

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncSession

from hub import budget, changelog
from hub.channel import Channel
from hub.errors import ChannelOff, Invalid
from platforms import CHANNELS, calls
from platforms import notion as notions
from platforms.errors import Later
from platforms.files import Files, open_files
from platforms.http import Http
from platforms.limits import Limits
from platforms.notion import Notion, open_notion
from platforms.openai.client import OpenAI, open_openai
from platforms.simulator import Simulator
from platforms.slack import SlackChannel
from platforms.slack.client import SlackClient
from runtime import crashing, logs, tracing
from runtime.bells import Bells
from runtime.health import Health
from runtime.settings import Settings
from storage.database import Database
from storage.keyring import Keyring

NOT_READY = "PostgreSQL gave no answer in time (DATABASE_URL), or was not migrated (`python -m runtime.migrate`)."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: Settings
    service: str
    """Which process this is: bot, intake or worker; empty in a command line."""
    db: Database
    bells: Bells
    redis: Redis
    limits: Limits
    channels: dict[str, Channel]
    notion: Notion
    openai: OpenAI
    files: Files
    health: Health
    simulator: Simulator
    """Asked only in development."""

    def slack(self, team: str | None = None) -> SlackClient:
        channel = self.channels["slack"]
        assert isinstance(channel, SlackChannel)  # noqa: S101 - tells the type checker
        return channel.client

    def acknowledges(self, platform: str) -> bool:
        """Whether a first answer is sent on this platform; on Slack always."""
        return {
            "slack": True,
            "intercom": self.settings.intercom_acknowledge,
            "whatsapp": self.settings.whatsapp_acknowledge,
        }.get(platform, False)

    def connections(self) -> dict[str, Callable[[], Awaitable[object]]]:
        """A harmless request to each platform that is on, and to the bucket where there is one, by its name."""
        found: dict[str, Callable[[], Awaitable[object]]] = {
            name: channel.check for name, channel in self.channels.items() if not channel.off
        }
        if not self.notion_off:
            found["notion"] = self.notion.check
        if not self.models_off:
            found["openai"] = self.openai.served
        if self.files.have_bucket:
            found["s3"] = self.files.check
        return found

    @property
    def models_off(self) -> str | None:
        """Why no model can be asked, in a sentence, or None."""
        if self.settings.openai_api_key.get_secret_value():
            return None
        return "AI is off: OPENAI_API_KEY is not set. Everything else works, and triage can be run later."

    async def why_no_model(self, session: AsyncSession) -> str | None:
        """Why no model can be asked now, in a sentence: there is none, or today's budget is used up."""
        if self.models_off:
            return self.models_off
        closed = await budget.used_up(session, most=self.settings.openai_requests_per_day)
        return closed.why if closed else None

    async def require_model(self, session: AsyncSession) -> None:
        """ChannelOff without a model, TooOften when today's budget is used up."""
        if self.models_off:
            raise ChannelOff(self.models_off)
        await budget.require(session, most=self.settings.openai_requests_per_day)

    async def offered_models(self, session: AsyncSession) -> list[str]:
        """What agents may choose from, the default first."""
        return await changelog.models(session, self.settings.offered_models)

    async def chosen_model(self, session: AsyncSession, wanted: str | None = None) -> str:
        """`wanted` or the default; Invalid when it is not offered, and what `require_model` raises."""
        await self.require_model(session)
        if wanted and wanted not in (offered := await self.offered_models(session)):
            raise Invalid(f"The model must be one of {', '.join(offered)}.", field="model")
        return wanted or self.settings.openai_model

    @property
    def notion_off(self) -> str | None:
        return notions.off(self.settings)


@asynccontextmanager
async def open_runtime(settings: Settings, service: str = "") -> AsyncIterator[Runtime]:
    logs.hide(settings.secrets)
    crashing.set_up(settings.hub_crash_at)
    _trace(settings, service)
    bells = Bells(settings.redis_url.get_secret_value())
    db = Database(
        settings.database_url.get_secret_value(),
        pool=settings.database_pool,
        ring=bells.ring,
        keys=Keyring(settings.encryption_keys),
    )
    redis = _open_redis(settings.redis_url.get_secret_value())
    http = Http()
    limits = Limits(redis)
    channels = {name: _open_channel(name, settings, http, limits) for name in CHANNELS}
    notion = open_notion(settings, limits)
    openai = open_openai(settings, limits, _budget(db, settings.openai_requests_per_day))
    try:
        runtime = Runtime(
            settings=settings,
            service=service,
            db=db,
            bells=bells,
            redis=redis,
            limits=limits,
            channels=channels,
            notion=notion,
            openai=openai,
            files=open_files(settings),
            health=Health(db, redis),
            simulator=Simulator(http, settings.sandbox_url),
        )
        if service:
            await _say_what_is_amiss(runtime)
        yield runtime
    finally:
        await bells.close()
        clients: tuple[Any, ...] = (*channels.values(), notion, openai, http, redis)
        for client in clients:
            await client.aclose()
        await db.close()
        tracing.stop()


async def _say_what_is_amiss(runtime: Runtime) -> None:
    """What is off can be turned on; a channel that sends nothing by itself cannot."""
    channels = (channel.off for channel in runtime.channels.values() if channel.accepts)
    for off in filter(None, (*channels, runtime.notion_off, runtime.models_off)):
        log.warning("is_off", why=off)
    if (await runtime.health.look()).oldest_pending is None:
        log.error("database_not_ready", why=NOT_READY)


def _budget(db: Database, most: int) -> Callable[[], Awaitable[None]]:
    async def take() -> None:
        async with db.statement() as session:
            closed = await budget.take(session, most=most)
        if closed:
            raise Later(closed.until, closed.why)

    return take


def _open_redis(url: str) -> Redis:
    """Its certificate has to be that of its host, which this client would not look at by itself."""
    tls: dict[str, Any] = {"ssl_check_hostname": True} if url.startswith("rediss://") else {}
    redis: Redis = Redis.from_url(url, socket_timeout=0.2, socket_connect_timeout=0.2, **tls)
    return redis


def _trace(settings: Settings, service: str) -> None:
    """Where there is a collector; command lines are not traced."""
    if service and settings.otel_exporter_otlp_endpoint:
        tracing.start(service, settings.otel_exporter_otlp_endpoint)
        calls.AROUND.put = tracing.call_outside


def _open_channel(name: str, settings: Settings, http: Http, limits: Limits) -> Channel:
    channel: Channel = importlib.import_module(f"platforms.{name}").open_channel(settings, http, limits)
    return channel
