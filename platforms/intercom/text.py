"""The words in an Intercom body, which is HTML or, in webhooks of API 2.15 and later, plain text."""

import mimetypes
import re
from html import unescape
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString
from bs4.exceptions import ParserRejectedMarkup

from hub.channel import File
from platforms.payload import is_web_address

LINES = frozenset({
    "address", "article", "blockquote", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "section", "table", "tr", "ul",
})  # fmt: skip
SILENT = frozenset({"head", "script", "style", "template", "title"})
INLINE = frozenset({
    "a", "b", "body", "code", "em", "font", "html", "i", "s", "span", "strong", "sub", "sup", "tbody", "td", "th",
    "thead", "u",
})  # fmt: skip
TAG = re.compile(rf"<(/?)({'|'.join(sorted(LINES | SILENT | INLINE))})(?:\s[^<>]*)?>", re.IGNORECASE)
EMPTY_TAG = re.compile(r"<(?:br|hr|img)(?:\s[^<>]*)?/?>", re.IGNORECASE)
MARKER = re.compile(r'\[(?:Image|Attachment)s?(?::?\s*"[^"\]]*"|:?\s+[^\s\]]+)?\]')

PARSED = 200_000
"""Longer bodies only have their tags taken out: parsing a megabyte takes seconds, and intake waits for it."""

Node = Tag | NavigableString | str


def plain(body: str) -> str:
    """What the reader saw. Text that only looks a little like HTML ("a < b", "my <div> is broken") is untouched."""
    if len(body) > PARSED:
        return MARKER.sub("", unescape(TAG.sub("\n", body)) if _is_markup(body) else body).strip()
    soup = _soup(body)
    text = body if soup is None else _text(soup)
    return MARKER.sub("", text).strip()


def images(body: str) -> tuple[File, ...]:
    """Pictures pasted into a body; they are nowhere else in the payload."""
    soup = _soup(body) if len(body) <= PARSED and "<img" in body.lower() else None
    found = [str(tag.get("src", "")) for tag in soup.find_all("img")] if soup else []
    return tuple(_image(source) for source in dict.fromkeys(found) if is_web_address(source))


def _image(source: str) -> File:
    name = PurePosixPath(urlsplit(source).path).name or "image"
    return File(name=name, content_type=mimetypes.guess_type(name)[0] or "image/*", size=None, source=source)


def _soup(body: str) -> BeautifulSoup | None:
    if not _is_markup(body):
        return None
    try:
        return BeautifulSoup(body, "html.parser")
    except ParserRejectedMarkup:
        return None


def _is_markup(body: str) -> bool:
    """Whether a tag that never closes, or one that is both opened and closed, is in it."""
    if EMPTY_TAG.search(body):
        return True
    tags = {(bool(closes), name.lower()) for closes, name in TAG.findall(body)}
    return any((False, name) in tags for closes, name in tags if closes)


def _text(soup: BeautifulSoup) -> str:
    text = "".join(_pieces(soup))
    text = re.sub(r"[ \t]*\n( (?! ))?", "\n", text)  # deeper indentation is somebody's <pre>
    return re.sub(r"\n{3,}", "\n\n", text)


def _pieces(soup: BeautifulSoup) -> list[str]:
    """Walks with its own stack: a body may be nested deeper than Python's."""
    pieces: list[str] = []
    waiting: list[tuple[Node, bool]] = [(soup, False)]
    while waiting:
        node, as_it_is = waiting.pop()
        if isinstance(node, Tag):
            as_it_is = as_it_is or node.name == "pre"
            waiting.extend((inner, as_it_is) for inner in reversed(_inside(node)))
        elif isinstance(node, NavigableString):
            pieces.append(_string(node, as_it_is=as_it_is))
        else:
            pieces.append(node)
    return pieces


def _inside(tag: Tag) -> list[Node]:
    content = [node for node in tag.contents if isinstance(node, (Tag, NavigableString))]
    if tag.name in SILENT:
        return []
    if tag.name == "br":
        return ["\n"]
    if tag.name == "a":
        return [*content, _address(tag)]
    if tag.name == "li":
        return ["\n- ", *content]
    return ["\n", *content, "\n"] if tag.name in LINES else [*content]


def _string(node: NavigableString, *, as_it_is: bool) -> str:
    if isinstance(node, PreformattedString):  # comments, doctypes
        return ""
    return str(node) if as_it_is else re.sub(r"\s+", " ", str(node))


def _address(link: Tag) -> str:
    """Where a link leads, unless its words say so: `label (url)`, as Intercom's own plain text has it."""
    target = str(link.get("href", ""))
    label = "".join(str(node) for node in link.contents if isinstance(node, NavigableString)).strip()
    return f" ({target})" if is_web_address(target) and target.rstrip("/") != label.rstrip("/") else ""
