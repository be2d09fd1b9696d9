"""`python -m bench.classify < texts.jsonl`: type and priority of each text, by words alone, as JSON lines."""

import json
import sys
from collections.abc import Iterable, Iterator

from bench import lines
from bench.lines import BadLine, Line
from hub import classification


def main() -> int:
    try:
        given = lines.read(sys.stdin)
    except BadLine as error:
        print(error, file=sys.stderr)
        return 2
    for answer in classify(given):
        print(json.dumps(answer, ensure_ascii=False))
    return 0


def classify(given: Iterable[Line]) -> Iterator[dict[str, object]]:
    """As a report with these words would be."""
    for line in given:
        title = classification.title_of(line.text, line.title)
        yield {
            "id": line.id,
            "type": classification.infer_type(title, line.text),
            "priority": int(classification.infer_priority(title, line.text)),
        }


if __name__ == "__main__":
    sys.exit(main())
