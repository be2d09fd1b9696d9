"""The reporter of a ticket is somebody known already: merge the two, and undo it."""

from blocks import ticket_merge as draw
from blocks import ticket_reporter as draw_reporter
from bot import ticket
from bot.listener import Click, Json, metadata_of, on_action, on_options, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import merging
from hub.errors import Invalid
from runtime.wiring import Runtime


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw_reporter.MERGE, choose)
    on_options(routes, runtime, draw.INTO, people)
    on_submission(routes, runtime, draw.MERGE, merge, field=draw.INTO)
    on_action(routes, runtime, draw_reporter.PART, ticket.refreshed(part))


async def choose(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        reporter = await merging.get(session, click.id)
    await click.open(draw.form(reporter_id=reporter.id, name=reporter.name, behind=ticket.behind(click)))


async def people(click: Click, typed: str) -> list[Json]:
    reporter_id = uuid_of(metadata_of(click.view).get("reporter_id"))
    async with click.runtime.db.transaction() as session:
        found = await merging.offered(session, typed, but=reporter_id)
    return draw.people([(each.id, each.name, each.email) for each in found])


async def merge(click: Click) -> Json | None:
    chosen = values_of(click.view).get(draw.INTO)
    if not chosen:
        raise Invalid("Choose the person they are.")
    reporter_id = uuid_of(metadata_of(click.view).get("reporter_id"))
    async with click.runtime.db.transaction() as session:
        await merging.merge(session, reporter_id, into_id=uuid_of(chosen), by=click.actor)
    await ticket.redraw_behind(click)
    return None


async def part(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await merging.part(session, click.id, by=click.actor)
