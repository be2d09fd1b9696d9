"""The two forms Intercom keeps of what is said: HTML and plain text."""

import html
from html.parser import HTMLParser
from typing import NamedTuple


class Words(NamedTuple):
    text: str
    html: str


def typed(text: str) -> Words:
    """Somebody typed it: what looks like HTML is none. Kept as escaped paragraphs."""
    lines = [html.escape(line, quote=False) for line in text.split("\n")]
    return Words(text, "\n".join(f"<p>{line}</p>" for line in lines if line.strip()) or "<p></p>")


def sent(body: str) -> Words:
    """It came through the API, where it may be HTML."""
    return Words(_plain(body), body) if "<" in body else typed(body)


def _plain(markup: str) -> str:
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return "".join(reader.found).strip()


class _Reader(HTMLParser):
    """The words of a body; blocks end in a line break, links read `label (url)` as display_as=plaintext does."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.found.append("\n")
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "h1", "h2", "div", "pre"):
            self.found.append("\n")
        if tag == "a" and self._links and (url := self._links.pop()):
            self.found.append(f" ({url})")

    def handle_data(self, data: str) -> None:
        self.found.append(data)
