"""Finding tickets: the filters and pages of Home's list, and /tickets."""

from blocks import kit, pages, problem
from blocks import search as draw
from bot import home, ticket
from bot.listener import Click, Json, Reply, on_action, on_command, on_options
from bot.routes import Routes
from hub import listing, searching, triage
from platforms import CHANNELS
from runtime.wiring import Runtime

COMMAND = "/tickets"
SHOWN = 10


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.CHANNEL, channel)
    on_action(routes, runtime, draw.STATUS, status)
    on_action(routes, runtime, draw.PRIORITY, priority)
    on_action(routes, runtime, draw.TYPE, ticket_type)
    on_action(routes, runtime, draw.ASSIGNEE, assignee)
    on_action(routes, runtime, draw.WORDS, words)
    on_action(routes, runtime, draw.CLEAR, clear)
    on_action(routes, runtime, pages.NEXT, following)
    on_action(routes, runtime, pages.PREVIOUS, previous)
    on_action(routes, runtime, draw.TRIAGE_ALL, triage_all)
    on_action(routes, runtime, draw.MORE, more)
    on_action(routes, runtime, draw.FURTHER, turn)
    on_action(routes, runtime, draw.BACK, turn)
    on_options(routes, runtime, draw.ASSIGNEE, ticket.people)
    on_command(routes, runtime, COMMAND, command)


async def channel(click: Click) -> None:
    await _narrow(click, channel=click.chosen)


async def status(click: Click) -> None:
    await _narrow(click, status=click.chosen)


async def priority(click: Click) -> None:
    chosen = click.chosen
    await _narrow(click, priority=int(chosen) if chosen and chosen.isdigit() else None)


async def ticket_type(click: Click) -> None:
    await _narrow(click, ticket_type=click.chosen)


async def assignee(click: Click) -> None:
    chosen = click.value
    await _narrow(click, assignee="" if chosen == kit.NOBODY else chosen or None)


async def words(click: Click) -> None:
    """What stands in the search box, filters and all, instead of what was chosen before."""
    found = searching.parse(click.value, me=click.account, channels=CHANNELS)
    given = {name: getattr(found, name) for name in found.__dataclass_fields__}
    await _narrow(
        click,
        **({"words": None, "number": None} | {name: value for name, value in given.items() if value is not None}),
    )


async def clear(click: Click) -> None:
    await home.show(click, lambda choice: choice.at(choice.section))


async def following(click: Click) -> None:
    await home.show(click, lambda choice: choice.turned(click.value))


async def previous(click: Click) -> None:
    await home.show(click, lambda choice: choice.turned_back())


async def triage_all(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        model = await click.runtime.chosen_model(session)
        number = await triage.request_pending(session, model=model, by=click.actor)
    await click.open(problem.told("AI triage", draw.triaging(number)))


async def command(click: Click, _raw: str) -> Reply:
    if click.asks_for_help:
        return draw.usage(searching.EXAMPLES)
    filters = searching.parse(click.typed, me=click.account, channels=CHANNELS)
    async with click.runtime.db.transaction() as session:
        found = await listing.ticket_list(session, filters, limit=SHOWN)
    return draw.answer(found, click.typed)


async def more(click: Click) -> None:
    await click.open(await _results(click))


async def turn(click: Click) -> None:
    await click.slack.update_view(str(click.view["id"]), await _results(click))


async def _results(click: Click) -> Json:
    asked, cursors = draw.page_of(click.value)
    filters = searching.parse(asked, me=click.account, channels=CHANNELS)
    async with click.runtime.db.transaction() as session:
        found = await listing.ticket_list(session, filters, cursor=cursors[-1] if cursors else None, limit=SHOWN)
    return draw.results(found, asked, cursors)


async def _narrow(click: Click, **filters: object) -> None:
    await home.show(click, lambda choice: choice.narrowed(**filters))
