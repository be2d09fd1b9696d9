"""What the model suggests for a ticket, and the form to accept it with changes."""

from collections.abc import Sequence

from blocks import ai, badges, kit
from blocks.kit import Json
from hub.classification import TITLE_LENGTH
from hub.showing import Suggestion, TicketCard
from storage.enums import Priority, SuggestionOutcome, TicketType

RUN = "triage.run"
ACCEPT = "triage.accept"
EDIT = "triage.edit"
REJECT = "triage.reject"
TYPE = "triage.type"
PRIORITY = "triage.priority"
TITLE = "triage.title"

_SUMMARY = 600
OUTCOMES = {
    SuggestionOutcome.ACCEPTED: "✅ AI suggestion accepted",
    SuggestionOutcome.MODIFIED: "✏️ AI suggestion accepted with changes",
    SuggestionOutcome.REJECTED: "✖️ AI suggestion rejected",
}


def suggestion(card: TicketCard) -> list[Json]:
    """Nothing without a suggestion; one line once somebody has dealt with it."""
    made = card.suggestion
    if made is None:
        return []
    if made.outcome != SuggestionOutcome.WAITING:
        return [kit.context(spoken(made))]
    return [
        kit.rich(kit.line(kit.words("🤖 AI suggests", bold=True), kit.words(_by(made)))),
        kit.fields(_suggested(card, made)),
        kit.quote(made.summary, _SUMMARY),
        *ai.flagged(made.leaks),
        _answers(card),
    ]


def spoken(made: Suggestion) -> str:
    """The suggestion and what became of it, in one sentence."""
    suggested = f"{badges.word(badges.ticket_type(made.ticket_type))}, {badges.word(badges.priority(made.priority))}"
    if made.outcome == SuggestionOutcome.WAITING:
        return f"AI suggests: {suggested}; waiting for somebody to accept it"
    return f"{OUTCOMES[SuggestionOutcome(made.outcome)]}: {suggested}"


def edit_modal(card: TicketCard) -> Json:
    made = card.suggestion
    ticket_type, priority = (made.ticket_type, made.priority) if made else (card.ticket_type, card.priority)
    return kit.modal(
        "Edit the suggestion",
        [
            *([kit.quote(made.summary, _SUMMARY)] if made else []),
            kit.entry("Type", kit.select(TYPE, types(), chosen=ticket_type)),
            kit.entry("Priority", kit.select(PRIORITY, priorities(), chosen=str(priority))),
            kit.entry("Title", kit.text_input(TITLE, initial=card.title, longest=TITLE_LENGTH)),
        ],
        callback_id=EDIT,
        submit="Save",
        close="Cancel",
        private_metadata=str(card.id),
    )


def types() -> Sequence[Json]:
    return [kit.option(badges.ticket_type(each), each) for each in TicketType]


def priorities() -> Sequence[Json]:
    return [kit.option(badges.priority(each), str(int(each))) for each in Priority]


def _suggested(card: TicketCard, made: Suggestion) -> list[tuple[str, str]]:
    return [
        ("Type", _change(badges.ticket_type(card.ticket_type), badges.ticket_type(made.ticket_type))),
        ("Priority", _change(badges.priority(card.priority), badges.priority(made.priority))),
    ]


def _change(now: str, suggested: str) -> str:
    return f"{suggested} (as now)" if now == suggested else f"{suggested} (now {badges.word(now)})"


def _answers(card: TicketCard) -> Json:
    value = str(card.id)
    return kit.actions(
        kit.button("Accept", ACCEPT, value, style="primary", accessibility_label="Accept the AI suggestion"),
        kit.button("Edit", EDIT, value, accessibility_label="Edit the AI suggestion, then accept it"),
        kit.button("Reject", REJECT, value, accessibility_label="Reject the AI suggestion"),
    )


def _by(made: Suggestion) -> str:
    return f" ({kit.cut(made.model, kit.LABEL)})" if made.model else ""
