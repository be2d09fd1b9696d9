"""What reporters were told: the list on Home, one message in a window, and sending again what was given up."""

from uuid import UUID

from blocks import deliveries as draw
from blocks import notifications as draw_notifications
from bot import home
from bot.listener import Click, Json, on_action
from bot.routes import Routes
from hub import notifying, reviewing
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.STATUS, status)
    on_action(routes, runtime, draw.CHANNEL, channel)
    on_action(routes, runtime, draw.DETAILS, details)
    on_action(routes, runtime, draw_notifications.RETRY, retry)
    on_action(routes, runtime, draw_notifications.TOLD, told)


async def status(click: Click) -> None:
    await home.show(click, lambda choice: choice.narrowed(status=click.chosen))


async def channel(click: Click) -> None:
    await home.show(click, lambda choice: choice.narrowed(channel=click.chosen))


async def details(click: Click) -> None:
    await click.open(await _window(click, click.id))


async def retry(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await notifying.retry(session, click.id, by=click.actor)
    await _drawn_again(click)


async def told(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await notifying.tell_by_hand(session, click.id, by=click.actor)
    await _drawn_again(click)


async def _drawn_again(click: Click) -> None:
    if click.view.get("type") == "modal":
        await click.slack.update_view(str(click.view["id"]), await _window(click, click.id))


async def _window(click: Click, notification_id: UUID) -> Json:
    async with click.runtime.db.transaction() as session:
        shown = await reviewing.notification(session, notification_id, channels=click.runtime.channels)
    return draw.window(shown)
