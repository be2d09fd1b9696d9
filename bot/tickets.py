"""The card's own buttons: take, status, reopen, and what became of an unsure message."""

from blocks import notifications as draw_notifications
from blocks import tickets as draw
from bot.listener import Click, on_action, uuid_of
from bot.routes import Routes
from bot.ticket import refreshed
from hub import notifying, ticketing
from hub.errors import Invalid
from runtime.wiring import Runtime
from storage.enums import TicketStatus


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.TAKE, refreshed(take))
    on_action(routes, runtime, draw.STATUS, refreshed(set_status))
    on_action(routes, runtime, draw.REOPEN, refreshed(reopen))
    on_action(routes, runtime, draw_notifications.ARRIVED, refreshed(arrived))
    on_action(routes, runtime, draw_notifications.SEND_AGAIN, refreshed(send_again))


async def take(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await ticketing.take(session, click.id, by=click.actor)


async def set_status(click: Click) -> None:
    if click.value not in set(TicketStatus):
        raise Invalid("This status does not exist.")
    ticket_id = uuid_of(draw.ticket_of(click.block_id))
    async with click.runtime.db.transaction() as session:
        await ticketing.set_status(session, ticket_id, TicketStatus(click.value), by=click.actor)


async def reopen(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await ticketing.set_status(session, click.id, TicketStatus.OPEN, by=click.actor)


async def arrived(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await notifying.settle(session, click.id, arrived=True, by=click.actor)


async def send_again(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await notifying.settle(session, click.id, arrived=False, by=click.actor)
