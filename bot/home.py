"""App Home: for agents the section they chose, for everybody else their own reports."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from blocks import home as draw
from bot.listener import Click, Json, on_action
from bot.routes import Routes
from hub import agents, showing, viewing
from hub.errors import NotAnAgent
from hub.viewing import Choice
from platforms.errors import Later, PlatformError
from runtime.wiring import Runtime
from storage import homes

OPENED = "app_home_opened"
log = structlog.get_logger(__name__)


def register(routes: Routes, runtime: Runtime) -> None:
    @routes.app.event(OPENED)
    async def opened(body: Json, event: Json) -> None:
        if event.get("tab", "home") == "home":
            await _open(runtime, team=str(body.get("team_id") or ""), user=str(event["user"]))

    on_action(routes, runtime, draw.TICKETS, tickets)
    on_action(routes, runtime, draw.GROUPS, groups)
    on_action(routes, runtime, draw.SUGGESTIONS, suggestions)
    on_action(routes, runtime, draw.CHANGELOGS, changelogs)
    on_action(routes, runtime, draw.NOTIFICATIONS, notifications)
    on_action(routes, runtime, draw.DEAD_LETTERS, dead_letters)
    on_action(routes, runtime, draw.METRICS, metrics)


async def _open(runtime: Runtime, *, team: str, user: str) -> None:
    account = f"{team}:{user}"
    async with runtime.db.transaction() as session:
        try:
            await agents.require(session, account)
            await homes.opened(session, account)
            view = await _view(session, runtime, await viewing.chosen(session, account))
        except NotAnAgent:
            view = draw.reporter(await showing.reports_of(session, "slack", account))
    try:
        await runtime.slack(team).publish_view(user, view)
    except (PlatformError, Later) as error:
        log.warning("home_not_published", error=type(error).__name__)


async def tickets(click: Click) -> None:
    await show(click, lambda choice: choice.at("tickets"))


async def groups(click: Click) -> None:
    await show(click, lambda choice: choice.at("groups"))


async def suggestions(click: Click) -> None:
    await show(click, lambda choice: choice.at("suggestions"))


async def changelogs(click: Click) -> None:
    await show(click, lambda choice: choice.at("changelogs"))


async def notifications(click: Click) -> None:
    await show(click, lambda choice: choice.at("notifications"))


async def dead_letters(click: Click) -> None:
    await show(click, lambda choice: choice.at("dead_letters"))


async def metrics(click: Click) -> None:
    await show(click, lambda choice: choice.at("metrics"))


async def refresh(click: Click) -> None:
    """What is on one's Home is different now; the Homes of others follow."""
    await show(click, lambda choice: choice)


async def show(click: Click, change: viewing.Change) -> None:
    """Choose something else to see on one's Home, and see it."""
    async with click.runtime.db.transaction() as session:
        choice = change(await viewing.chosen(session, click.account))
        await viewing.choose(session, click.account, choice)
        view = await _view(session, click.runtime, choice)
    await click.slack.publish_view(click.user, view)


async def _view(session: AsyncSession, runtime: Runtime, choice: Choice) -> Json:
    screen = await viewing.screen(session, choice)
    return draw.agent(
        screen,
        triage_channel=runtime.settings.slack_triage_channel,
        models_off=await runtime.why_no_model(session),
        is_development=runtime.settings.is_development,
    )
