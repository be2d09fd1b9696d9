"""The small checks that block, element and view rules are made of; each fault is kept with its JSON pointer."""

from dataclasses import dataclass, field
from typing import Any

PLAIN = ("plain_text",)
ANY_TEXT = ("plain_text", "mrkdwn")


@dataclass(slots=True)
class Check:
    """Collects what is wrong with one set of blocks on one surface: message, modal or home."""

    surface: str
    faults: list[str] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)

    def fault(self, pointer: str, sentence: str) -> None:
        self.faults.append(f"{sentence} [json-pointer:{pointer}]")

    def count(self, name: str, amount: int = 1) -> int:
        """Add to a total that holds for the whole message or view."""
        self.totals[name] = self.totals.get(name, 0) + amount
        return self.totals[name]

    def dictionary(self, value: Any, pointer: str) -> bool:
        if isinstance(value, dict):
            return True
        self.fault(pointer, "must provide an object")
        return False

    def fields(self, value: dict[str, Any], pointer: str, allowed: frozenset[str], needed: tuple[str, ...]) -> None:
        for key in value:
            if key not in allowed:
                self.fault(pointer, f"invalid additional property: {key}")
        for key in needed:
            if value.get(key) is None:
                self.fault(pointer, f"missing required field: {key}")

    def string(self, holder: dict[str, Any], key: str, pointer: str, limit: int, least: int = 0) -> None:
        value, where = holder.get(key), f"{pointer}/{key}"
        if value is None:
            return
        if not isinstance(value, str):
            self.fault(where, "must provide a string")
        elif len(value) > limit:
            self.fault(where, f"must be less than {limit + 1} characters")
        elif len(value) < least:
            self.fault(where, f"must be more than {least - 1} characters")

    def text(
        self, holder: dict[str, Any], key: str, pointer: str, limit: int, types: tuple[str, ...] = PLAIN
    ) -> None:
        """A text object (docs.slack.dev, "Text object"): the right type, not empty, not too long."""
        if key in holder and holder[key] is not None:
            self.text_object(holder[key], f"{pointer}/{key}", limit, types)

    def text_object(self, value: Any, pointer: str, limit: int, types: tuple[str, ...]) -> None:
        if not self.dictionary(value, pointer):
            return
        kind = value.get("type")
        if kind not in types:
            self.fault(f"{pointer}/type", f"must be one of: {', '.join(types)}")
        extra = "emoji" if kind == "plain_text" else "verbatim"
        self.fields(value, pointer, frozenset({"type", "text", extra}), ("text",))
        self.string(value, "text", pointer, limit, least=1)
        self.boolean(value, extra, pointer)

    def boolean(self, holder: dict[str, Any], key: str, pointer: str) -> None:
        if holder.get(key) is not None and not isinstance(holder[key], bool):
            self.fault(f"{pointer}/{key}", "must provide a boolean")

    def number(self, holder: dict[str, Any], key: str, pointer: str, least: int, most: int) -> None:
        value, where = holder.get(key), f"{pointer}/{key}"
        if value is None:
            return
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(where, "must provide an integer")
        elif not least <= value <= most:
            self.fault(where, f"must be between {least} and {most}")

    def one_of(self, holder: dict[str, Any], key: str, pointer: str, allowed: tuple[str, ...]) -> None:
        if holder.get(key) is not None and holder[key] not in allowed:
            self.fault(f"{pointer}/{key}", f"must be one of: {', '.join(allowed)}")

    def items(self, holder: dict[str, Any], key: str, pointer: str, least: int, most: int) -> list[Any]:
        """The list under `key`, its size checked; an empty one when there is none."""
        value, where = holder.get(key), f"{pointer}/{key}"
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(where, "must provide a list")
            return []
        if len(value) > most:
            self.fault(where, f"no more than {most} items allowed")
        if len(value) < least:
            self.fault(where, f"no fewer than {least} items allowed")
        return value

    def image(self, holder: dict[str, Any], pointer: str) -> None:
        """Exactly one source, and words for who cannot see it."""
        if (holder.get("image_url") is None) == (holder.get("slack_file") is None):
            self.fault(pointer, "must provide exactly one of image_url and slack_file")
        self.string(holder, "image_url", pointer, 3000, least=1)
        self.string(holder, "alt_text", pointer, 2000, least=1)
        file = holder.get("slack_file")
        if file is not None and self.dictionary(file, f"{pointer}/slack_file") and len(file) != 1:
            self.fault(f"{pointer}/slack_file", "must provide exactly one of id and url")
