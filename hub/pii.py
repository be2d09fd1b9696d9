"""Hides people's particulars from models: `scrub`, and `Scrubbed`, which only scrubbing makes.

Whatever a model is sent goes through here, and it fails closed: text that could not be scrubbed in time is not
sent. Every detector reads the text a bounded number of times, so that no text can hang it; `scrub_all` still
runs in a child process with a deadline, because a regular expression holds Python's lock while it runs.
"""

import asyncio
import atexit
import json
import secrets
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import final

import jinja2

from hub.redaction import (
    MARKER_LENGTH,
    MARKER_LETTERS,
    PLACEHOLDER,
    RULES,
    Kind,
    Known,
    Redaction,
    ScrubbingFailed,
    refuse_endless,
)

__all__ = [
    "RULES",
    "Kind",
    "Known",
    "Part",
    "Redaction",
    "Scrubbed",
    "ScrubbingFailed",
    "check",
    "fill",
    "kinds",
    "leaks",
    "placeholders",
    "scrub",
    "scrub_all",
    "scrub_together",
    "seen_originals",
]


_MAKER = object()


@final
class Scrubbed:
    """Text in which nothing of a person was found any more. Only this module makes one."""

    __slots__ = ("redactions", "text")
    text: str
    redactions: tuple[Redaction, ...]

    def __init__(self, maker: object, text: str, redactions: tuple[Redaction, ...]) -> None:
        if maker is not _MAKER:
            raise TypeError("Scrubbed is made by hub.pii.scrub, scrub_all and fill only")
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "redactions", redactions)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Scrubbed cannot be changed: {name}")

    def __init_subclass__(cls) -> None:
        raise TypeError("Scrubbed has no subclasses")

    def __reduce__(self) -> str:
        raise TypeError("Scrubbed is not pickled; send its text and scrub it again")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scrubbed) and (self.text, self.redactions) == (other.text, other.redactions)

    def __hash__(self) -> int:
        return hash((self.text, self.redactions))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Scrubbed: {len(self.text)} characters, {dict(kinds(self))}>"


Part = Scrubbed | int | StrEnum | Sequence[Scrubbed]
"""What may be filled into a prompt; a plain `str` is not among them."""


def scrub(text: str, *, known: Known | None = None) -> Scrubbed:
    """`text` with placeholders for what identifies people; the same value has the same number throughout."""
    return scrub_together([text], known=known)[0]


def scrub_together(texts: Sequence[str], *, known: Known | None = None) -> list[Scrubbed]:
    """Several texts of one prompt, in this process: a value has the same number in all of them."""
    from hub.hiding import hide_all  # noqa: PLC0415 - the hub has it done in a child, and need not load all this

    return [Scrubbed(_MAKER, text, redactions) for text, redactions in hide_all(texts, known)]


async def scrub_all(texts: Sequence[str], *, known: Known | None = None, seconds: float = 2.0) -> list[Scrubbed]:
    """As `scrub_together`, away from the event loop; raises ScrubbingFailed after `seconds` of work."""
    refuse_endless(texts)
    return await asyncio.get_running_loop().run_in_executor(
        _CHILD.queue, _scrub_in_child, list(texts), known, seconds
    )


def fill(template: str, block: str | None = None, /, **parts: Part) -> Scrubbed:
    """The prompt `hub/prompts/<template>.j2`, or one block of it, with `parts` filled in.

    The template also has a `marker`, another at every call, for lines that a stranger's text cannot forge.
    Redactions are those of the parts, one after the other, with offsets into each part's own original.
    """
    for name, part in parts.items():
        _refuse_plain(name, part)
    given = {**parts, "marker": "".join(secrets.choice(MARKER_LETTERS) for _ in range(MARKER_LENGTH))}
    page = _templates().get_template(f"{template}.j2")
    text = page.render(given) if block is None else "".join(page.blocks[block](page.new_context(given)))
    return Scrubbed(_MAKER, text.strip(), tuple(r for part in parts.values() for r in _redactions_of(part)))


async def check(texts: Sequence[Scrubbed]) -> None:
    """The last look at what is about to be sent: scrubbing it again changes nothing. ScrubbingFailed otherwise."""
    again = await scrub_all([text.text for text in texts])
    if any(text.redactions for text in again):
        raise ScrubbingFailed("Put together, this would still say something personal, so nothing was sent.")


async def leaks(answer: str, *, known: Known | None = None) -> dict[str, int]:
    """What looks personal in a model's answer, by kind: it was shown nothing of the sort. ScrubbingFailed."""
    (scrubbed,) = await scrub_all([answer], known=known)
    return kinds(scrubbed)


def placeholders(text: str) -> list[str]:
    """Those that stand in it, such as `[EMAIL_1]`, each once."""
    return list(dict.fromkeys(found.group() for found in PLACEHOLDER.finditer(text)))


def kinds(scrubbed: Scrubbed) -> dict[str, int]:
    """How many places were hidden, by kind."""
    return dict(Counter(redaction.kind.value for redaction in scrubbed.redactions))


def seen_originals(text: str, scrubbed: Scrubbed) -> list[tuple[Kind, str]]:
    """What was hidden in `text`, for an agent's live preview only: never store or log it."""
    return [(redaction.kind, text[redaction.start : redaction.end]) for redaction in scrubbed.redactions]


def _scrub_in_child(texts: Sequence[str], known: Known | None, seconds: float) -> list[Scrubbed]:
    request = json.dumps({"texts": texts, "known": asdict(known) if known else None})
    answer = _CHILD.ask(request, seconds)
    return [Scrubbed(_MAKER, text, _redactions(rows)) for text, rows in _answered(answer, len(texts))]


def _refuse_plain(name: str, part: object) -> None:
    if isinstance(part, Scrubbed | int | StrEnum):
        return
    if isinstance(part, list | tuple) and all(isinstance(item, Scrubbed) for item in part):
        return
    raise TypeError(f"{name} must be Scrubbed, a number or an enum, not {type(part).__name__}")


def _redactions_of(part: Part) -> tuple[Redaction, ...]:
    if isinstance(part, Scrubbed):
        return part.redactions
    if isinstance(part, int | StrEnum):
        return ()
    return tuple(redaction for item in part for redaction in item.redactions)


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "prompts"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - prompts are plain text, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )


_START_SECONDS = 20.0
_ROOT = str(Path(__file__).resolve().parent.parent)
_RUN_CHILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); from hub import hiding; hiding.serve(sys.stdin, sys.stdout)"
)


def _redactions(rows: Iterable[tuple[str, int, int, str]]) -> tuple[Redaction, ...]:
    return tuple(Redaction(Kind(kind), start, end, placeholder) for kind, start, end, placeholder in rows)


def _answered(answer: str, count: int) -> list[tuple[str, list[tuple[str, int, int, str]]]]:
    results = json.loads(answer) if answer else None
    if not isinstance(results, list) or len(results) != count:
        raise ScrubbingFailed("This text could not be made safe to send in time, so nothing was sent.")
    return results


class _Child:
    """One scrubbing process, started when first needed, killed when it takes too long, and started again."""

    def __init__(self) -> None:
        self.queue = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scrub")
        self._process: subprocess.Popen[str] | None = None

    def ask(self, request: str, seconds: float) -> str:
        """The answer's line, empty when there was none in time."""
        try:
            if self._process is None or self._process.poll() is not None:
                self._start()
            answer = self._within(seconds, request)
        except OSError:
            answer = ""
        if not answer:
            self.stop()
        return answer

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> None:
        self.stop()
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-c", _RUN_CHILD, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="ascii",
        )
        self._within(_START_SECONDS, "")

    def _within(self, seconds: float, request: str) -> str:
        """One line out and one in. When time is up the child is killed, and what it may have said does not count."""
        process, late = self._process, threading.Event()
        if process is None or process.stdin is None or process.stdout is None:
            return ""

        def give_up() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(seconds, give_up)
        clock.daemon = True
        clock.start()
        try:
            if request:
                process.stdin.write(request + "\n")
                process.stdin.flush()
            answer = process.stdout.readline()
        finally:
            clock.cancel()
        return "" if late.is_set() else answer


_CHILD = _Child()
atexit.register(_CHILD.stop)
