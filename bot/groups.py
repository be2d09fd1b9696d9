"""Tickets that are one problem: the list on Home, the window of a group, putting together and taking out."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from blocks import groups as draw
from blocks import tickets as draw_tickets
from bot import home
from bot.listener import Click, Json, metadata_of, on_action, on_options, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import grouping, membership, resolution, searching, ticketing, viewing
from hub.errors import Invalid, NotFound, Stale
from platforms import CHANNELS
from runtime.wiring import Runtime
from storage import groups
from storage.tickets import Filters

AT_ONCE = 50
"""Tickets one form remembers as chosen: a window's metadata may have 3,000 characters."""
PATIENCE_SECONDS = 0.7
"""How long a new window waits for what takes time; Refresh then shows it."""


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.STATUS, status)
    on_action(routes, runtime, draw.WORDS, words)
    on_action(routes, runtime, draw.OPEN, open_window)
    on_action(routes, runtime, draw.EARLIER, earlier)
    on_action(routes, runtime, draw.LATER, later)
    on_action(routes, runtime, draw.NEW, choose_from_home)
    on_action(routes, runtime, draw.ADD, choose_more)
    on_action(routes, runtime, draw.FIND, tick)
    on_options(routes, runtime, draw.FIND, tickets)
    on_options(routes, runtime, draw.INTO, open_groups)
    on_submission(routes, runtime, draw.PICK, picked, field=draw.FIND)
    on_submission(routes, runtime, draw.CREATE, create, field=draw.NAME)
    on_action(routes, runtime, draw_tickets.GROUP, open_of_ticket)
    on_action(routes, runtime, draw.REMOVE, remove)
    on_action(routes, runtime, draw.DECLINE, decline)


async def status(click: Click) -> None:
    await home.show(click, lambda choice: choice.narrowed(status=click.chosen))


async def words(click: Click) -> None:
    await home.show(click, lambda choice: choice.narrowed(words=click.value or None))


async def open_window(click: Click) -> None:
    """On top of what one looks at; in the group's own window it is drawn anew."""
    await show(click, click.id, page=metadata_of(click.view).get("page", 0) if _is_group(click) else 0)


async def earlier(click: Click) -> None:
    await show(click, click.id, page=max(0, metadata_of(click.view).get("page", 0) - 1))


async def later(click: Click) -> None:
    await show(click, click.id, page=metadata_of(click.view).get("page", 0) + 1)


async def show(click: Click, group_id: UUID, *, page: int = 0) -> None:
    if _is_group(click):
        view = await window(click, group_id, page=page, patience=None)
        await click.slack.update_view(str(click.view["id"]), view)
    else:
        await click.open(await window(click, group_id, page=page))


async def window(click: Click, group_id: UUID, *, page: int = 0, patience: float | None = PATIENCE_SECONDS) -> Json:
    """What is personal is looked for no longer than `patience`: triggers and acknowledgements have three seconds."""
    async with click.runtime.db.transaction() as session:
        shown = await membership.window(session, group_id, page=page)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            shown = await membership.with_kinds(shown)
    return draw.window(shown, viewer=click.account)


async def choose_from_home(click: Click) -> None:
    """Of the tickets one looks at: the filters and the page are those of one's list."""
    async with click.runtime.db.transaction() as session:
        choice = await viewing.chosen(session, click.account)
        known = {key: value for key, value in choice.filters.items() if key in Filters.__dataclass_fields__}
        looked_at = choice.section == "tickets"
        found = await membership.choices(
            session, Filters(**known) if looked_at else Filters(), cursor=choice.cursor if looked_at else None
        )
    await click.open(draw.choose(found, chosen=(), group=None, behind={}))


async def open_of_ticket(click: Click) -> None:
    """The ticket's group; where it has none, others to group it with, the ticket itself being ticked."""
    async with click.runtime.db.transaction() as session:
        ticket = await ticketing.get(session, click.id)
        group_id = ticket.ticket_group_id
        found = [] if group_id else await membership.choices_like(session, ticket)
    if group_id:
        await click.open(await window(click, group_id))
    else:
        await click.open(draw.choose(found, chosen=[click.id], group=None, behind={}))


async def choose_more(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        group = await grouping.hold_open(session, click.id)
        found = await membership.choices(session)
    view = draw.choose(found, chosen=(), group=(group.id, group.name), behind=behind(click))
    await click.open(view)


async def tickets(click: Click, typed: str) -> list[Json]:
    filters = replace(searching.parse(typed, me=click.account, channels=CHANNELS), is_typing=True)
    async with click.runtime.db.transaction() as session:
        return draw.found(await membership.choices(session, filters))


async def tick(click: Click) -> None:
    """The ticket that was found joins those that are ticked; what else was offered stays."""
    if not click.chosen:
        return
    metadata = metadata_of(click.view)
    chosen = list(dict.fromkeys([uuid_of(click.chosen), *_ticked(click)]))
    if len(chosen) > AT_ONCE:
        raise Invalid(f"{AT_ONCE} tickets are what one form holds: group these, then add the others to the group.")
    async with click.runtime.db.transaction() as session:
        offered = await membership.choices_of(session, [*chosen, *_offered(click)])
        group = await _group_of(session, metadata)
    turn = int(metadata.get("turn") or 0) + 1
    view = draw.choose(offered, chosen=chosen, group=group, behind=behind(click), turn=turn)
    await click.slack.update_view(str(click.view["id"]), view)


async def open_groups(click: Click, typed: str) -> list[Json]:
    async with click.runtime.db.transaction() as session:
        found = await groups.open_named(session, typed, limit=50)
    return draw.open_groups([(group.id, group.name) for group in found])


async def picked(click: Click) -> Json | None:
    """Into the group they were chosen for, or into one chosen here; else the new one gets its name."""
    chosen = _ticked(click)
    into = metadata_of(click.view).get("group_id") or values_of(click.view).get(draw.INTO)
    if not chosen:
        raise Invalid("Tick at least one ticket." if into else "Tick at least two tickets.")
    if into is None and len(chosen) < grouping.FEWEST:
        raise Invalid("A group needs at least two tickets; tick another one, or choose a group there is.")
    if into is None:
        async with click.runtime.db.transaction() as session:
            lines = await membership.lines_of(session, chosen)
        view = draw.name_it(lines, suggested=lines[0].title, behind=behind(click))
        return {"response_action": "update", "view": view}
    async with click.runtime.db.transaction() as session:
        await grouping.add(session, uuid_of(into), chosen, by=click.actor)
    await redraw_behind(click)
    return None


async def create(click: Click) -> Json | None:
    typed = values_of(click.view)
    chosen = [uuid_of(each) for each in metadata_of(click.view).get("chosen") or []]
    async with click.runtime.db.transaction() as session:
        group = await grouping.create(
            session,
            name=typed.get(draw.NAME) or "",
            ticket_ids=chosen,
            primary_ticket_id=uuid_of(typed.get(draw.PRIMARY)),
            by=click.actor,
        )
        group_id = group.id
    return {"response_action": "update", "view": await window(click, group_id)}


async def remove(click: Click) -> None:
    group_id = _group_shown(click)
    async with click.runtime.db.transaction() as session:
        group = await grouping.remove(session, group_id, click.id, by=click.actor)
    if group is None:
        raise NotFound("The group had one ticket left, so it is dissolved.")
    await show(click, group_id, page=metadata_of(click.view).get("page", 0))


async def decline(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await resolution.decline(session, click.id)
    await show(click, click.id)


def behind(click: Click) -> dict[str, Any]:
    """What a form opened from a group's window keeps, so that the window is drawn again once it is sent."""
    metadata = metadata_of(click.view)
    if "behind" in metadata:
        return {"behind": metadata["behind"]}
    return {"behind": metadata | {"view_id": click.view.get("id")}} if _is_group(click) else {}


async def redraw_behind(click: Click) -> None:
    kept = metadata_of(click.view).get("behind") or {}
    if "group_of" in kept:
        view = await window(click, uuid_of(kept["group_of"]), page=int(kept.get("page") or 0))
        await click.slack.update_view(str(kept.get("view_id")), view)


def _is_group(click: Click) -> bool:
    return "group_of" in metadata_of(click.view)


def _group_shown(click: Click) -> UUID:
    if not _is_group(click):
        raise Stale("This window is from an older version; open the group again.")
    return uuid_of(metadata_of(click.view)["group_of"])


def _ticked(click: Click) -> list[UUID]:
    """What was chosen before and is no longer offered, and what is ticked now."""
    offered = set(_offered(click))
    before = [uuid_of(each) for each in metadata_of(click.view).get("chosen") or []]
    now: Sequence[str] = values_of(click.view).get(draw.PICKED) or []
    return list(dict.fromkeys([*(uuid_of(each) for each in now), *(each for each in before if each not in offered)]))


def _offered(click: Click) -> list[UUID]:
    elements = [block.get("element") or {} for block in click.view.get("blocks", [])]
    boxes = [each for each in elements if each.get("action_id") == draw.PICKED]
    return [uuid_of(option["value"]) for element in boxes for option in element["options"]]


async def _group_of(session: AsyncSession, metadata: Json) -> tuple[UUID, str] | None:
    if not metadata.get("group_id"):
        return None
    group = await grouping.get(session, uuid_of(metadata["group_id"]))
    return group.id, group.name
