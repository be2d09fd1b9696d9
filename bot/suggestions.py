"""Groups that are suggested: ask for them, make them, add to one, or say no."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from blocks import suggestions as draw
from bot import groups, home
from bot.listener import Click, Json, on_action, on_submission, values_of
from bot.routes import Routes
from hub import suggestion
from hub.errors import Invalid
from runtime.wiring import Runtime
from storage.models import TicketGroup


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.ANALYSE, choose)
    on_submission(routes, runtime, draw.ANALYSE, analyse, field=draw.WINDOW)
    on_action(routes, runtime, draw.CREATE, create)
    on_action(routes, runtime, draw.ADD, add)
    on_action(routes, runtime, draw.DISMISS, dismiss)


async def choose(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        view = draw.form(models_off=await click.runtime.why_no_model(session))
    await click.open(view)


async def analyse(click: Click) -> Json | None:
    typed = values_of(click.view)
    start, end = _moment(typed.get(draw.FROM)), _moment(typed.get(draw.UNTIL))
    minutes = str(typed.get(draw.WINDOW))
    if minutes not in draw.WINDOWS or str(typed.get(draw.MOST)) not in map(str, draw.NUMBERS):
        raise Invalid("Choose how many tickets, and of what time.")
    until = end or datetime.now(UTC)
    async with click.runtime.db.transaction() as session:
        await suggestion.ask(
            session,
            by=click.actor,
            model=None if await click.runtime.why_no_model(session) else click.runtime.settings.openai_model,
            most=int(str(typed[draw.MOST])),
            oldest_first=typed.get(draw.ORDER) == draw.OLDEST,
            start=start or until - timedelta(minutes=int(minutes)),
            end=end,
        )
    await home.show(click, lambda choice: choice.at("suggestions"))
    return None


async def create(click: Click) -> None:
    await _group(click, suggestion.create_group)


async def add(click: Click) -> None:
    await _group(click, suggestion.add_to_group)


async def _group(click: Click, act: Callable[..., Awaitable[TicketGroup]]) -> None:
    """Do it, and show the group that came of it."""
    async with click.runtime.db.transaction() as session:
        group_id = (await act(session, click.id, by=click.actor)).id
    await click.open(await groups.window(click, group_id))
    await home.refresh(click)


async def dismiss(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await suggestion.dismiss(session, click.id, by=click.actor)
    await home.refresh(click)


def _moment(seconds: object) -> datetime | None:
    """What a date and time picker holds; Invalid for what no clock says."""
    if seconds in (None, ""):
        return None
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        raise Invalid("This is no time.") from None
