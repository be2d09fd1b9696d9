"""The guided tour: it follows one report to its answer, and ticks off each step that it has seen to happen."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.pages import log, slack
from sandbox.slack.workspace import Message, View, Workspace, walk
from sandbox.world import World

Seen = Callable[["Tour", log.Row], bool]
Look = dict[str, str | None]

REPORTS = (
    "The app crashes when I pay",
    "I cannot download my invoice",
    "The search finds nothing since this morning",
)
"""What the customer is about to write: something else each time the tour is taken."""
AFTERWARDS = "What happened shows every request it took."
ONCE_MORE = "Nothing was sent. Put that right, then press “Approve & send” once more."


@dataclass(frozen=True, slots=True)
class Step:
    """`look` leads to where it is done, by pressing `press`; `seen` tells that it was."""

    title: str
    words: str
    look: Look
    seen: Seen
    press: str = ""
    in_thread: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the customer was told: the look that shows it, its id there, and what they read it on."""

    look: Look
    place: str
    where: str


@dataclass(slots=True)
class Tour:
    """Follows the ticket of the report it began with; what others do to other tickets does not count."""

    world: World
    workspace: Workspace
    steps: tuple[Step, ...]
    at: int = 0
    times: int = 0
    card_ts: str = ""
    answer: Answer | None = None
    refusal: str = ""
    """Why what was confirmed last did not go out."""
    is_seen: bool = False
    """Whether somebody has been where the answer is."""
    _read: int = 0
    _values: set[str] = field(default_factory=set)
    """Of the buttons the ticket has had: one that was pressed is soon gone."""

    @property
    def is_over(self) -> bool:
        return self.at == len(self.steps)

    @property
    def step(self) -> Step:
        """What is to be done now; at the end the last one, which is to be looked at."""
        return self.steps[min(self.at, len(self.steps) - 1)]

    @property
    def words(self) -> str:
        if self.is_over and self.answer is not None:
            return f"That was the whole way: the answer is {self.answer.where}, as it was approved. {AFTERWARDS}"
        return f"{self.refusal} {ONCE_MORE}" if self.refusal else self.step.words

    @property
    def look(self) -> Look:
        """Where one has to be for this step."""
        if self.answer is not None:
            return self.answer.look
        return self.step.look | ({"thread": self.card_ts} if self.step.in_thread else {})

    @property
    def place(self) -> str:
        """The id of what there is to see there."""
        if self.answer is not None:
            return self.answer.place
        is_at_card = self.card is not None and self.step.look["pane"] == "slack" and not self.step.in_thread
        return slack.anchor(self.workspace.triage.id, self.card_ts) if is_at_card else ""

    @property
    def report(self) -> str:
        return REPORTS[self.times % len(REPORTS)]

    @property
    def card(self) -> Message | None:
        return self.workspace.triage.messages.get(self.card_ts)

    def restart(self) -> None:
        """Once more, with another report."""
        self.go_on()
        self._begin()
        self.times += 1

    def _begin(self) -> None:
        self.at, self.card_ts, self.answer, self.refusal, self.is_seen = 0, "", None, "", False
        self._values.clear()

    def go_on(self) -> None:
        """Go through what happened since the last look; whoever was quicker than the tour is followed."""
        if self.card_ts and self.card is None:  # the platforms were emptied
            self._begin()
        for row in log.since(self.world, self._read):
            self._read = row.id
            for number in range(self.at, len(self.steps)):
                if self.steps[number].seen(self, row):
                    self.at = number + 1
        self._remember()

    def arrive(self, *panes: str) -> None:
        """Somebody looks at these screens."""
        self.is_seen = self.is_seen or (self.is_over and self.look["pane"] in panes)

    def is_in(self, message: Message) -> bool:
        """Whether a message is the ticket's card, or in its thread."""
        return bool(self.card_ts) and self.card_ts in (message.ts, message.thread_ts)

    def is_about(self, view: View) -> bool:
        """Whether a window is about the ticket: it holds the id that a button of the ticket has."""
        return self.holds(str(view.drawn.get("private_metadata", "")))

    def holds(self, metadata: str) -> bool:
        self._remember()
        return any(value in metadata for value in self._values)

    def _remember(self) -> None:
        self._values.update(button["value"] for button in self.buttons() if button.get("value"))

    def is_its_page(self, page_id: str) -> bool:
        """Whether the ticket's card links to that page of Notion."""
        return self.card is not None and page_id.replace("-", "") in json.dumps(self.card.blocks)

    def shows(self, label: str) -> bool:
        return any(button["text"]["text"] == label for button in self.buttons())

    def buttons(self) -> Iterator[dict[str, Any]]:
        """What can be pressed on the ticket's card and in its thread."""
        if self.card is not None:
            for message in (self.card, *self.workspace.triage.replies(self.card_ts)):
                yield from (element for _, element in walk(message.blocks) if element["type"] == "button")
