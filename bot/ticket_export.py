"""What is kept of a ticket's reporter, as a file that Slack never has."""

from blocks import ticket_export as draw
from blocks import ticket_reporter as draw_reporter
from bot.listener import Click, on_action
from bot.routes import Routes
from hub import privacy
from hub.errors import Invalid
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw_reporter.EXPORT, export)


async def export(click: Click) -> None:
    """The word stands behind the `#` of the link, which browsers send to nobody."""
    address = click.runtime.settings.intake_url.rstrip("/")
    if not address:
        raise Invalid(
            "There is no address to get the file from: have INTAKE_URL set to where browsers reach the hub. "
            f"Until then GET /api/reporters/{click.id}/export gives the same, with a key that has the scope privacy."
        )
    async with click.runtime.db.transaction() as session:
        word = await privacy.offer(session, click.id, by=click.actor)
    await click.open(draw.offered(f"{address}/export#{word}"))
