"""A ticket's window: its tabs, what is done in it, and who has the ticket."""

import asyncio
from dataclasses import replace

import structlog

from blocks import changelog as draw_changelog
from blocks import kit, problem
from blocks import search as draw_search
from blocks import ticket as draw
from bot import triage
from bot.listener import UNEXPECTED, Act, Click, Json, metadata_of, on_action, on_options, uuid_of
from bot.routes import Routes
from hub import detailing, ticketing
from hub.detailing import Shown
from hub.errors import HubError, Stale
from platforms.errors import Later, PlatformError
from runtime.wiring import Runtime
from storage import agents as agent_rows

log = structlog.get_logger(__name__)
LOADING_SECONDS = 0.7
"""How long a click may wait for what it shows; then a window says that it is being read."""
PATIENCE_SECONDS = 1.0
"""How long an answer may wait for the window behind it; an acknowledgement has three seconds."""


def refreshed(act: Act) -> Act:
    """Do it; when it was pressed in a ticket's window, show there what has become of it, also when refused."""

    async def act_and_refresh(click: Click) -> None:
        try:
            await act(click)
        except HubError:
            await refresh(click)
            raise
        await refresh(click)

    return act_and_refresh


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw_search.OPEN, open_window)
    on_action(routes, runtime, draw.OVERVIEW, overview)
    on_action(routes, runtime, draw.ORIGINAL, original)
    on_action(routes, runtime, draw.TIMELINE, timeline)
    on_action(routes, runtime, draw.REPORTER, reporter)
    on_action(routes, runtime, draw.DELIVERIES, deliveries)
    on_action(routes, runtime, draw.AI, ai)
    on_action(routes, runtime, draw.OLDER, older)
    on_action(routes, runtime, draw.NEWEST, newest)
    on_action(routes, runtime, draw.RUN, refreshed(triage.run))
    on_action(routes, runtime, draw.RUN_WITH, refreshed(run_with))
    on_action(routes, runtime, draw.ACCEPT, refreshed(triage.accept))
    on_action(routes, runtime, draw.REJECT, refreshed(triage.reject))
    on_action(routes, runtime, draw.ASSIGNEE, refreshed(assign))
    on_options(routes, runtime, draw.ASSIGNEE, people)


async def open_window(click: Click) -> None:
    """On top of what one looks at; a window that is on top of another already gives way, since three are the most."""
    gives_way = shown_in(click.view) and click.view.get("previous_view_id")
    await _show(click, Shown(click.id), instead_of=str(click.view["id"]) if gives_way else None)


async def overview(click: Click) -> None:
    await _turn(click, Shown(click.id, "overview"))


async def original(click: Click) -> None:
    await _turn(click, Shown(click.id, "original"))


async def timeline(click: Click) -> None:
    await _turn(click, Shown(click.id, "timeline"))


async def reporter(click: Click) -> None:
    await _turn(click, Shown(click.id, "reporter"))


async def deliveries(click: Click) -> None:
    await _turn(click, Shown(click.id, "deliveries"))


async def ai(click: Click) -> None:
    await _turn(click, Shown(click.id, "ai"))


async def older(click: Click) -> None:
    await _turn(click, replace(_shown(click), cursor=click.value))


async def newest(click: Click) -> None:
    await _turn(click, replace(_shown(click), cursor=None))


async def run_with(click: Click) -> None:
    await triage.request(click, _shown(click).ticket_id, click.value)


async def assign(click: Click) -> None:
    assignee = None if click.value == kit.NOBODY else click.value
    async with click.runtime.db.transaction() as session:
        await ticketing.assign(session, _shown(click).ticket_id, assignee, by=click.actor)


async def people(click: Click, typed: str) -> list[Json]:
    """Agents whose name fits, and nobody."""
    async with click.runtime.db.transaction() as session:
        found = await agent_rows.named(session, typed)
    return draw.assignees([(agent.id, agent.name) for agent in found], typed)


async def refresh(click: Click) -> None:
    """Draw the ticket's window again that the click was in, if it was in one."""
    shown = shown_in(click.view)
    if shown is not None:
        await redraw(click, str(click.view["id"]), shown)


async def redraw(click: Click, view_id: str, shown: Shown) -> None:
    """What was done is done: a window that cannot be drawn again is no reason to say it failed."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await click.slack.update_view(view_id, await _view(click, shown))
    except (PlatformError, Later, TimeoutError) as error:
        log.warning("window_not_refreshed", error=type(error).__name__)


def behind(click: Click) -> Json:
    """What a form opened from here keeps, so that the window behind it is drawn again once it is sent."""
    metadata = metadata_of(click.view)
    if "behind" in metadata:  # a form that takes the place of another
        return {"behind": metadata["behind"]}
    kept = {key: metadata[key] for key in ("window_of", "tab", "cursor") if key in metadata}
    return {"behind": kept | {"view_id": click.view.get("id")}} if kept else {}


async def redraw_behind(click: Click) -> None:
    """After a form that was opened from a ticket's window."""
    kept = metadata_of(click.view).get("behind") or {}
    shown = _read(kept)
    if shown is not None:
        await redraw(click, str(kept.get("view_id")), shown)


def shown_in(view: Json) -> Shown | None:
    """What a ticket's window shows; None for any other view."""
    return _read(metadata_of(view))


def _read(metadata: Json) -> Shown | None:
    if "window_of" not in metadata or metadata.get("tab") not in detailing.TABS:
        return None
    return Shown(uuid_of(metadata["window_of"]), metadata["tab"], metadata.get("cursor"))


def _shown(click: Click) -> Shown:
    shown = shown_in(click.view)
    if shown is None:
        raise Stale("This window is from an older version; open the ticket again.")
    return shown


async def _turn(click: Click, shown: Shown) -> None:
    await _show(click, shown, instead_of=str(click.view["id"]))


async def _show(click: Click, shown: Shown, *, instead_of: str | None) -> None:
    """In the view `instead_of`, or in a new one; at once, also when reading takes long."""
    reading = asyncio.create_task(_view(click, shown))
    done, _ = await asyncio.wait({reading}, timeout=LOADING_SECONDS)
    if done:
        await _put(click, await reading, instead_of)
        return
    stands = await _put(click, draw_changelog.loading_modal("Ticket"), instead_of)
    await _put(click, await read_or_why_not(reading), stands)


async def _put(click: Click, view: Json, instead_of: str | None) -> str:
    """The id of the view it stands in."""
    if instead_of is None:
        return str((await click.open(view))["id"])
    await click.slack.update_view(instead_of, view)
    return instead_of


async def read_or_why_not(reading: asyncio.Task[Json]) -> Json:
    """The window that says "one moment" must not stay."""
    try:
        return await reading
    except HubError as error:
        return problem.modal(error.message)
    except Exception as error:  # the database took too long, say
        log.exception("window_not_read", error=type(error).__name__)
        return problem.modal(UNEXPECTED)


async def _view(click: Click, shown: Shown) -> Json:
    async with click.runtime.db.transaction() as session:
        window = await detailing.window(session, shown)
        models_off = await click.runtime.why_no_model(session)
        can_ask = shown.tab == "overview" and not models_off
        models = await click.runtime.offered_models(session) if can_ask else []
    return draw.window(window, models_off=models_off, models=models)
