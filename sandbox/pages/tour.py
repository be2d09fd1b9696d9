"""The guided tour: eight steps from a report to its answer, each ticked off when it has been seen to happen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.notion import Notion
from sandbox.pages import log
from sandbox.slack.workspace import Workspace
from sandbox.world import World

Seen = Callable[["Tour", log.Row], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """`changes` to one's look lead to where it is done, by pressing `press`; `seen` tells that it was."""

    title: str
    words: str
    changes: dict[str, str | None]
    seen: Seen
    press: str = ""


class Tour:
    """Goes on as the log does: what happened before a step was reached does not count for it."""

    def __init__(self, world: World, workspace: Workspace, notion: Notion) -> None:
        self.workspace = workspace
        self.notion = notion
        self._world = world
        self._read = 0
        self.at = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        return STEPS

    @property
    def step(self) -> Step | None:
        """What is to be done now; None at the end."""
        return STEPS[self.at] if self.at < len(STEPS) else None

    def restart(self) -> None:
        self.at = 0

    def go_on(self) -> None:
        """Go through what happened since the last look."""
        for row in log.since(self._world, self._read):
            self._read = row.id
            step = self.step
            if step is not None and step.seen(self, row):
                self.at += 1


def _ticket_made(tour: Tour, row: log.Row) -> bool:
    return _posted(row) and _body(row).get("channel") == tour.workspace.triage.id


def _pressed(label: str) -> Seen:
    return lambda _tour, row: any(_text(action) == label for action in _payload(row).get("actions") or [])


def _submitted(*titles: str) -> Seen:
    def seen(_tour: Tour, row: log.Row) -> bool:
        payload = _payload(row)
        return payload.get("type") == "view_submission" and _text(payload["view"], "title") in titles

    return seen


def _decided(tour: Tour, row: log.Row) -> bool:
    return any(
        seen(tour, row) for seen in (_pressed("Accept"), _pressed("Reject"), _submitted("Edit the suggestion"))
    )


def _moved_to_done(tour: Tour, row: log.Row) -> bool:
    payload = _payload(row)
    if row.platform != "notion" or not str(payload.get("type")).startswith("page."):
        return False
    done = [column for column in tour.notion.board() if column.name == "Done"]
    return any(card.id == payload["entity"]["id"] for column in done for card in column.cards)


def _told(_tour: Tour, row: log.Row) -> bool:
    """The customer has it: on WhatsApp and Intercom by its own request, on Slack in a direct message or a thread."""
    if row.to_hub or not row.is_good:
        return False
    return row.title.endswith(("/messages", "/reply")) or (_posted(row) and str(_body(row).get("channel"))[0] == "D")


def _posted(row: log.Row) -> bool:
    return row.is_good and row.title == "POST /api/chat.postMessage"


def _payload(row: log.Row) -> dict[str, Any]:
    """What was sent to the hub, whatever becomes of it: it may still be on its way when it is read here."""
    return _body(row) if row.to_hub else {}


def _body(row: log.Row) -> dict[str, Any]:
    return row.body if isinstance(row.body, dict) else {}


def _text(holder: dict[str, Any], key: str = "text") -> str:
    words = holder.get(key)
    return str(words.get("text")) if isinstance(words, dict) else ""


TRIAGE: dict[str, str | None] = {"as": "U0ANA", "in": None, "thread": None, "pane": "slack"}

STEPS = (
    Step(
        "A customer writes",
        "Rita's phone is on WhatsApp. Send what is written there, or words of your own.",
        {"pane": "whatsapp"},
        _ticket_made,
        press="Send",
    ),
    Step(
        "An agent takes it",
        "Ana works in Slack. The report has a card in #feedback-triage: press “Take” on it.",
        TRIAGE,
        _pressed("Take"),
        press="Take",
    ),
    Step(
        "The AI suggests",
        "Press “Run AI triage”. The model is sent the report without personal data, and only suggests.",
        TRIAGE,
        _pressed("Run AI triage"),
        press="Run AI triage",
    ),
    Step(
        "A person decides",
        "Accept, edit or reject what it suggests. What you decide is what the ticket and its page in Notion say.",
        TRIAGE,
        _decided,
        press="Accept",
    ),
    Step(
        "Somebody fixes it",
        "In Notion, move the ticket's page to Done: drag it, or choose Done on it. The card in Slack follows.",
        {"pane": "notion"},
        _moved_to_done,
    ),
    Step(
        "An answer is drafted",
        "The card is resolved. Press “Generate with AI”, read exactly what the model will be sent, and confirm.",
        TRIAGE,
        _submitted("Generate with AI", "Write it myself"),
        press="Generate with AI",
    ),
    Step(
        "A person approves it",
        "The draft is in the card's thread: open “replies” under the card. Edit it if you like, press "
        "“Approve & send”, read who will be told what, and send.",
        TRIAGE,
        _submitted("Approve & send"),
        press="Approve & send",
    ),
    Step(
        "The customer is told",
        "The answer is on the phone, and What happened shows every request it took.",
        {"pane": "whatsapp"},
        _told,
    ),
)
