"""What identifies a person in a text, found by its form; one file a family of forms."""

from collections.abc import Callable, Iterable, Iterator

from hub.detectors import codes, emails, numbers, passwords, people, phones, secrets
from hub.detectors.page import Found, Page
from hub.redaction import Kind, Known

__all__ = ["DETECTORS", "Found", "apart", "find"]

DETECTORS: tuple[Callable[[Page], Iterator[Found]], ...] = (
    secrets.secrets,
    passwords.passwords,
    codes.codes,
    emails.emails,
    numbers.cards,
    numbers.ibans,
    numbers.ssns,
    numbers.machines,
    phones.phones,
)


def find(text: str, known: Known | None = None) -> list[Found]:
    """Everything that would be hidden in `text`, in order, apart from each other and from placeholders."""
    page = Page.of(text)
    found = [finding for detect in DETECTORS for finding in detect(page)]
    if known is not None:
        found += people.known_people(page, known)
    if not found:
        return []
    return apart(page.in_text(piece) for finding in apart(found) for piece in page.around_placeholders(finding))


def apart(found: Iterable[Found]) -> list[Found]:
    """Overlapping findings become one, so that no tail stays behind; the most specific kind names it."""
    merged: list[Found] = []
    for finding in sorted(found):
        if merged and finding.start < merged[-1].end:
            merged[-1] = _union(merged[-1], finding)
        else:
            merged.append(finding)
    return merged


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


def _union(one: Found, other: Found) -> Found:
    best = min(one, other, key=lambda finding: (_RANK[finding.kind], finding.start - finding.end))
    return best._replace(start=min(one.start, other.start), end=max(one.end, other.end))
