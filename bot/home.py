"""App Home: for agents how things stand, for everybody else their own reports."""

import structlog
from slack_bolt.async_app import AsyncApp

from blocks import home as draw
from bot.listener import Json
from hub import agents, showing
from hub.errors import NotAnAgent
from platforms.errors import Later, PlatformError
from runtime.wiring import Runtime

log = structlog.get_logger(__name__)


def register(app: AsyncApp, runtime: Runtime) -> None:
    @app.event("app_home_opened")
    async def opened(body: Json, event: Json) -> None:
        if event.get("tab", "home") == "home":
            await _publish(runtime, team=str(body.get("team_id") or ""), user=str(event["user"]))


async def _publish(runtime: Runtime, *, team: str, user: str) -> None:
    account = f"{team}:{user}"
    async with runtime.db.transaction() as session:
        try:
            await agents.require(session, account)
            view = draw.agent(await showing.counts(session), runtime.settings.slack_triage_channel)
        except NotAnAgent:
            view = draw.reporter(await showing.reports_of(session, "slack", account))
    try:
        await runtime.slack(team).publish_view(user, view)
    except (PlatformError, Later) as error:
        log.warning("home_not_published", error=type(error).__name__)
