"""What the model answers who is asked which of many reports are one problem: those that speak of the same."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from sandbox.openai.meanings import COMMON, SAYING_NOTHING, TELLING
from sandbox.openai.prompt import Prompt
from sandbox.world import Json

STRANGERS = "sandbox-strangers"
"""In a report, it has the answer name a report that was not sent, and put one into several groups."""
SHORTEST_BEGINNING = 5
TELLING_WEIGHT, UNKNOWN_WEIGHT, COMMON_WEIGHT = 2.0, 1.0, 0.5
ENOUGH, SHARE = 4.5, 0.3
"""What two reports have to share, by weight, and how much of the shorter one that has to be at least."""
SHORT_ENOUGH, SHORT_SHARE = 2.0, 0.6
"""The same for reports of few words: how much of the longer one it has to be."""
PARTICULAR = re.compile(r"\[[A-Z_ -]+\d*\]|\S+@\S+")
NAMED = {
    word: (name, weight)
    for meanings, weight in ((COMMON, COMMON_WEIGHT), (TELLING, TELLING_WEIGHT))
    for name, words in meanings.items()
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Report:
    """`meanings` are what it speaks of, by weight."""

    number: int
    meanings: dict[str, float]

    @property
    def weight(self) -> float:
        return sum(self.meanings.values())

    def is_like(self, other: "Report") -> bool:
        shared = sum(weight for name, weight in self.meanings.items() if name in other.meanings)
        shorter, longer = sorted((self.weight, other.weight))
        is_short_alike = shared >= SHORT_ENOUGH and shared >= SHORT_SHARE * longer
        return is_short_alike or (shared >= ENOUGH and shared >= SHARE * shorter)


def is_asked(prompt: Prompt, schema: Json) -> bool:
    """Whether groups are wanted, and the prompt has reports between numbered marker lines."""
    groups = schema.get("properties", {}).get("groups")
    return isinstance(groups, dict) and groups.get("type") == "array" and any(_reports(prompt.whole))


def answer(prompt: Prompt) -> Json:
    reports = [Report(number, _meanings(text)) for number, text in _reports(prompt.whole)]
    groups = [_shown(group) for group in _groups(reports)]
    if STRANGERS in prompt.whole:
        groups += _strangers(reports)
    return {"groups": groups}


def _reports(text: str) -> Iterator[tuple[int, str]]:
    """Number and words of each report, by the marker of the last end line."""
    *_, marker = [None, *re.findall(r"^report-(\S+) end *$", text, re.MULTILINE)]
    if marker is None:
        return
    between = text.rpartition(f"report-{marker} end")[0]
    _, *parts = re.split(rf"^report-{re.escape(marker)} (\d+) *$", between, flags=re.MULTILINE)
    for number, words in zip(parts[::2], parts[1::2], strict=True):
        yield int(number), words


def _meanings(text: str) -> dict[str, float]:
    words = re.findall(r"[^\W_]+", _folded(PARTICULAR.sub(" ", _impersonal(text))))
    return dict(_meaning(word) for word in words if word in NAMED or (len(word) > 2 and word not in SAYING_NOTHING))


def _impersonal(text: str) -> str:
    """Without the sentences that give particulars, as they are of the person and alike in all reports."""
    sentences = re.split(r"[.!?]+\s+|\n", re.sub(r"https?://\S+", " ", text))
    return "\n".join(one for one in sentences if not PARTICULAR.search(one)).strip() or text


def _folded(text: str) -> str:
    """In small letters, without accents and apostrophes."""
    letters = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter) and letter not in "'’")


def _meaning(word: str) -> tuple[str, float]:
    """The name of what a word means, and how telling it is."""
    beginnings = (word[:length] for length in range(len(word) - 1, SHORTEST_BEGINNING - 1, -1))
    known = next((NAMED[part] for part in (word, *beginnings) if part in NAMED), None)
    return known or (_stem(word), UNKNOWN_WEIGHT)


def _stem(word: str) -> str:
    return re.sub(r"(?<=\w{3})(ing|ed|es|os|as|[aeons])$", "", word)


def _groups(reports: Sequence[Report]) -> list[list[Report]]:
    """Who is like one of a group belongs to it."""
    groups = [[report] for report in reports]
    for one, other in combinations(reports, 2):
        if one.is_like(other):
            groups = _joined(groups, one, other)
    return [group for group in groups if len(group) > 1]


def _joined(groups: list[list[Report]], one: Report, other: Report) -> list[list[Report]]:
    first = next(group for group in groups if one in group)
    second = next(group for group in groups if other in group)
    if first is second:
        return groups
    merged = sorted([*first, *second], key=lambda report: report.number)
    return [merged if group is first else group for group in groups if group is not second]


def _shown(group: Sequence[Report]) -> Json:
    shared = _shared(group)
    return {
        "name": f"Trouble with {_listed(shared[:3])}",
        "reason": f"What these reports share is that they speak of {_listed(shared[:5])}.",
        "tickets": [report.number for report in group],
    }


def _shared(group: Sequence[Report]) -> list[str]:
    """What at least half of them speak of, the most telling first; in a long chain, what any two do."""
    spoken = Counter(name for report in group for name in report.meanings)
    weights = {name: weight for report in group for name, weight in report.meanings.items()}
    any_two = sorted((name for name in spoken if spoken[name] > 1), key=lambda name: -spoken[name] * weights[name])
    return [name for name in any_two if spoken[name] * 2 >= len(group)] or any_two


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _strangers(reports: Sequence[Report]) -> list[Json]:
    """Two groups with the first report in both, and a number in one that nobody sent."""
    numbers = [report.number for report in reports]
    made_up = {"name": "Strangers", "reason": "They are strangers to each other."}
    return [made_up | {"tickets": [numbers[0], max(numbers) + 1]}, made_up | {"tickets": [numbers[0], numbers[-1]]}]
