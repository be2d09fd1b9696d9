"""`python -m bench.pii scrub < texts.jsonl`: each text as a model would see it, and what was hidden where.

Without `scrub` the labelled texts of this folder are scrubbed, and what is found is held against their labels; how
fast it is, and what becomes of a megabyte of any shape, is measured too. The table goes into docs/performance.md.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench import pii_lines, pii_score, pii_speed, table
from bench.lines import BadLine
from bench.pii_lines import Line
from hub import pii
from hub.pii import Scrubbed, ScrubbingFailed

LONG = 20_000
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.pii", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", choices=("scrub",), help="scrub what is read, and measure nothing")
    given = parser.parse_args(arguments)
    return _scrub() if given.what == "scrub" else _measure()


def _scrub() -> int:
    try:
        given = pii_lines.read(sys.stdin)
    except BadLine as error:
        print(error, file=sys.stderr)
        return 2
    for answer in scrub(given):
        print(json.dumps(answer))
    return 0


def scrub(given: Iterable[Line]) -> Iterator[dict[str, object]]:
    """As a prompt about this text alone would be; a text that is refused has `null` for its text, and why."""
    for line in given:
        try:
            scrubbed = _scrubbed(line)
        except ScrubbingFailed as error:
            yield {"id": line.id, "text": None, "redactions": [], "error": str(error)}
            continue
        hidden = [{"kind": each.kind.value, "start": each.start, "end": each.end} for each in scrubbed.redactions]
        yield {"id": line.id, "text": scrubbed.text, "redactions": hidden}


def _scrubbed(line: Line) -> Scrubbed:
    """With the hub's deadline where a text is so long that it could matter; a process of its own costs time, too."""
    if len(line.text) <= LONG:
        return pii.scrub(line.text, known=line.known)
    return asyncio.run(pii.scrub_all([line.text], known=line.known))[0]


def _measure() -> int:
    where, texts = pii_speed.where(), pii_score.texts()
    halves = {name: pii_score.figures(half) for name, half in pii_score.halves(texts).items()}
    speeds = {
        "of these": pii_speed.per_second(texts),
        "of those with nothing to hide": pii_speed.per_second([text for text in texts if not text.spans]),
    }
    rows = asyncio.run(pii_speed.worst())
    measured = table.compose_scrubbing(halves, speeds, rows, where=where)
    print(measured)
    table.write(PAGE, "pii", measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
