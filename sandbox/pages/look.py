"""What one browser looks at: all of it stands in the address, so it can be linked, reloaded and photographed."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

PANES = {
    "slack": "Slack",
    "whatsapp": "WhatsApp",
    "intercom": "Intercom",
    "notion": "Notion",
    "log": "What happened",
    "controls": "Controls",
}
SLACK, FIRST = "slack", "whatsapp"
KEYS = ("as", "in", "thread", "pane", "beside", "phone", "talk", "only", "polls", "many")


@dataclass(frozen=True, slots=True)
class Look:
    """`as` who one is in Slack · `in` the channel or "home" · `thread` its first message.

    `pane` which screen one is at; narrow windows show it alone, wide ones Slack and the one `beside` it ·
    `phone` whose WhatsApp · `talk` which conversation in Intercom · `only` one platform in the log ·
    `polls` with the hub's polling · `many` how much of a long list.
    """

    given: Mapping[str, str]

    def get(self, key: str) -> str:
        return self.given.get(key, "")

    @property
    def pane(self) -> str:
        return self.get("pane") if self.get("pane") in PANES else SLACK

    @property
    def beside(self) -> str:
        """What one is at, or was last when one is in Slack."""
        wanted = self.get("beside") if self.pane == SLACK else self.pane
        return wanted if wanted in PANES and wanted != SLACK else FIRST

    def many(self, usual: int) -> int:
        """How many lines of a long list to show; `usual` unless more was asked for."""
        asked = self.get("many")
        return max(usual, min(int(asked), 10_000)) if asked.isascii() and asked.isdigit() else usual

    def link(self, **changes: str | int | None) -> str:
        """The address of the same look with `changes`, None for none; `as_` and `in_` are words Python keeps."""
        wanted: dict[str, object] = {key: self.given.get(key) for key in KEYS}
        wanted |= {key.rstrip("_"): value for key, value in changes.items()}
        wanted["beside"] = self.beside if wanted.get("pane") == SLACK and self.beside != FIRST else None
        query = urlencode({key: value for key, value in wanted.items() if value})
        return f"/?{query}" if query else "/"
