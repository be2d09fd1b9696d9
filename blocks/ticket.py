"""One ticket in a window with tabs; the first tab is what the card shows, and everything that can be done."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from blocks import (
    badges,
    changelog,
    changelogs,
    kit,
    notifications,
    ticket_ai,
    ticket_deliveries,
    ticket_original,
    ticket_reply,
    ticket_reporter,
    ticket_timeline,
    tickets,
    triage,
)
from blocks.kit import Json
from hub.detailing import Overview, Shown, Window
from hub.showing import TicketCard
from storage.enums import SuggestionOutcome, TicketStatus

OVERVIEW = "ticket.overview"
ORIGINAL = "ticket.original"
TIMELINE = "ticket.timeline"
REPORTER = "ticket.reporter"
DELIVERIES = "ticket.deliveries"
AI = "ticket.ai"
OLDER = "ticket.older"
NEWEST = "ticket.newest"
ASSIGNEE = "ticket.assignee"
RUN = "ticket.run_triage"
RUN_WITH = "ticket.run_triage_with"
ACCEPT = "ticket.accept"
REJECT = "ticket.reject"
EDIT = "ticket.edit"
EDIT_SUGGESTION = "ticket.edit_suggestion"
LOOK_AGAIN = "It takes some seconds; Overview shows it here."


def window(shown: Window, *, models_off: str | None, models: Sequence[str] = ()) -> Json:
    """The metadata is JSON: which ticket, tab and page stand in it, so that it can be drawn again.

    `models` are those that triage can be run with.
    """
    return kit.modal(
        f"Ticket #{shown.number}",
        [
            _tabs(shown.shown),
            kit.header(shown.title),
            *_content(shown.shown.tab, shown.content, models_off, models),
            *_pager(shown),
        ],
        close="Close",
        private_metadata=json.dumps(
            {"window_of": str(shown.shown.ticket_id), "tab": shown.shown.tab, "cursor": shown.shown.cursor}
        ),
    )


def _tabs(shown: Shown) -> Json:
    value = str(shown.ticket_id)
    tabs = {
        "overview": kit.button("Overview", OVERVIEW, value),
        "original": kit.button("Original", ORIGINAL, value),
        "timeline": kit.button("Timeline", TIMELINE, value),
        "reporter": kit.button("Reporter", REPORTER, value),
        "deliveries": kit.button("Deliveries", DELIVERIES, value),
        "ai": kit.button("What the AI saw", AI, value),
    }
    return kit.actions(*(_marked(tab, here=name == shown.tab) for name, tab in tabs.items()))


def _marked(tab: Json, *, here: bool) -> Json:
    """The tab one is at is said in words too; pressing it shows what has changed since."""
    label = tab["text"]["text"]
    said = f"{label}, shown now; press to refresh" if here else f"Show {label}"
    return tab | {"accessibility_label": said} | ({"style": "primary"} if here else {})


def _content(tab: str, content: Any, models_off: str | None, models: Sequence[str]) -> Iterator[Json]:
    match tab:
        case "overview":
            yield from _overview(content, models_off, models)
        case "original":
            yield from ticket_original.tab(content)
        case "timeline":
            yield from ticket_timeline.tab(content)
        case "reporter":
            yield from ticket_reporter.tab(content)
        case "deliveries":
            yield from ticket_deliveries.tab(content)
        case "ai":
            yield from ticket_ai.tab(content)


def _pager(shown: Window) -> Iterator[Json]:
    older = getattr(shown.content, "next_cursor", None)
    buttons = [kit.button("Back to the newest", NEWEST, str(shown.shown.ticket_id))] if shown.shown.cursor else []
    if older:
        buttons.append(kit.button("Older", OLDER, older))
    if buttons:
        yield kit.actions(*buttons)


def _overview(shown: Overview, models_off: str | None, models: Sequence[str]) -> Iterator[Json]:
    card = shown.card
    yield tickets.state(card)
    yield tickets.people(card)
    yield _buttons(card, models_off, models)
    yield _assignment(shown)
    yield from tickets.report(card)
    yield from tickets.similar(card)
    yield from _suggestion(card)
    yield from tickets.triaging(card, models_off)
    yield from tickets.notion(card)
    yield from _draft(card, models_off)
    if card.is_triaging or card.is_drafting:
        yield kit.context(LOOK_AGAIN)
    yield from changelogs.approved(shown.approved)
    yield from notifications.told(card.told)
    if card.status == TicketStatus.RESOLVED:
        yield from tickets.closing_buttons(card, models_off)


def _buttons(card: TicketCard, models_off: str | None, models: Sequence[str]) -> Json:
    value = str(card.id)
    take = kit.button("Take", tickets.TAKE, value, accessibility_label=f"Take ticket #{card.number}")
    is_open = card.status != TicketStatus.RESOLVED
    can_run = is_open and not (models_off or card.is_triaging)
    states = [kit.option(badges.status(each), each) for each in TicketStatus]
    return kit.actions(
        *([take] if is_open and not card.assignee else []),
        *(_running(value, models) if can_run else ()),
        kit.select(tickets.STATUS, states, chosen=card.status, placeholder="Status"),
        kit.button("Edit ticket", EDIT, value, accessibility_label=f"Edit ticket #{card.number}"),
        kit.button("Write to the reporter", ticket_reply.WRITE, value),
        tickets.group_button(card),
        block_id=tickets.row_of(card),
    )


def _running(value: str, models: Sequence[str]) -> Iterator[Json]:
    """With the default model at once; others are chosen where there are any."""
    yield kit.button("Run AI triage", RUN, value)
    options, _ = changelog.offered(models, "")
    if len(options) > 1:
        yield kit.select(RUN_WITH, options, placeholder="Run AI triage with…")


def _assignment(shown: Overview) -> Json:
    """A new id for another assignee: under an id it knows Slack keeps what was chosen last."""
    card, chosen = shown.card, None
    if shown.assignee_id:
        chosen = kit.option(card.assignee or shown.assignee_id, shown.assignee_id)
    picker = kit.picker(ASSIGNEE, placeholder="Assign to…", chosen=chosen)
    return kit.section("*Assigned to*", accessory=picker) | {
        "block_id": f"ticket.assignee:{kit.mark(shown.assignee_id)}"
    }


def assignees(agents: list[tuple[str, str]], typed: str) -> list[Json]:
    """What the picker offers: id and name of each agent, and nobody."""
    nobody = [kit.option("Nobody", kit.NOBODY)] if "nobody".startswith(typed.lower()) else []
    return [*nobody, *(kit.option(name, agent_id) for agent_id, name in agents)]


def _suggestion(card: TicketCard) -> Iterator[Json]:
    """As on the card, with buttons that draw this window again."""
    drawn = triage.suggestion(card)
    if card.suggestion is None or card.suggestion.outcome != SuggestionOutcome.WAITING:
        yield from drawn
        return
    value = str(card.id)
    yield from drawn[:-1]
    yield kit.actions(
        kit.button("Accept", ACCEPT, value, style="primary", accessibility_label="Accept the AI suggestion"),
        kit.button("Edit", EDIT_SUGGESTION, value, accessibility_label="Edit the AI suggestion, then accept it"),
        kit.button("Reject", REJECT, value, accessibility_label="Reject the AI suggestion"),
    )


def _draft(card: TicketCard, models_off: str | None) -> Iterator[Json]:
    if card.is_drafting:
        yield kit.context(tickets.DRAFTING)
    if card.draft_error:
        yield kit.context(f"⚠️ {kit.cut(card.draft_error, 300)}")
    if card.draft:
        yield from changelog.draft_card(card.draft, models_off=models_off).blocks
