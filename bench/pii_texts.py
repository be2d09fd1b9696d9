"""`python -m bench.pii_texts`: make the labelled texts of `bench.pii` anew, the same ones every time.

Sentences of `pii-sentences.jsonl` with values of `pii_values`, and texts somebody wrote (`pii-written.jsonl`), in
which `⟦EMAIL|ana@example.com⟧` marks what is somebody's. What comes out is `pii-texts.jsonl`.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench import pii_numbers, pii_values
from bench.pii_values import Value

HERE = Path(__file__).parent
SENTENCES, WRITTEN, TEXTS = (HERE / f"pii-{name}.jsonl" for name in ("sentences", "written", "texts"))
SEED = 29
MAKERS = {
    "email": pii_values.email,
    "phone": pii_values.phone,
    "international": pii_values.international,
    "card": pii_values.card,
    "iban": pii_values.iban,
    "ssn": pii_values.ssn,
    "shaped-ssn": pii_values.shaped_ssn,
    "ip": pii_values.ip,
    "password": pii_values.password,
    "word-password": pii_values.word_password,
    "pin": pii_values.pin,
    "vendor": pii_values.vendor,
    "token": pii_values.token,
    "bare-token": pii_values.bare_token,
    "url": pii_values.url,
}
TIMES = {
    "vendor": 14,
    "email": 6,
    "phone": 7,
    "international": 12,
    "card": 8,
    "iban": 7,
    "ssn": 6,
    "shaped-ssn": 7,
    "ip": 6,
}
TIMES |= {
    "technical": 5,
    "negative": 3,
    "known-name": 8,
    "known-company": 10,
    "known-email": 5,
    "known-phone": 8,
    "url": 8,
}
USUAL_TIMES = 4
MARKED = re.compile(r"⟦(?P<kind>[A-Z]+)\|(?P<value>[^⟧]*)⟧")


def main() -> None:
    TEXTS.write_text("".join(f"{_written(text)}\n" for text in make()))


def make() -> Iterator[dict[str, Any]]:
    """Every text, with where in it something is somebody's."""
    for number, sentence in enumerate(_rows(SENTENCES)):
        name = f"{sentence['about']}-{sentence['language']}-{number}"
        for turn in range(TIMES.get(sentence["about"], USUAL_TIMES)):
            rng = random.Random(f"{SEED}:{name}:{turn}")
            yield {"id": f"{name}.{turn}", **_filled(rng, sentence)}
    for number, given in enumerate(_rows(WRITTEN)):
        yield {"id": f"written-{number}.0", **given, **_unmarked(given["text"])}


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, file.read_text().splitlines())


def _filled(rng: random.Random, sentence: dict[str, str]) -> dict[str, Any]:
    about, text = sentence["about"], sentence["text"]
    if about in {"negative", "technical"}:
        return {"about": about, "text": _with_numbers(rng, text), "spans": []}
    if about.startswith("known-"):
        return {"about": about, **_of_known(rng, about.removeprefix("known-"), text)}
    return {"about": about, **_with_value(text, MAKERS[about](rng, sentence["language"]))}


def _with_numbers(rng: random.Random, text: str) -> str:
    """Every slot another number, also where a name stands twice."""
    return (
        re.sub(r"\{([a-z]\w*)\}", lambda slot: pii_numbers.slots(rng)[slot[1]], text)
        .replace("{{", "{")
        .replace("}}", "}")
    )


def _of_known(rng: random.Random, kind: str, text: str) -> dict[str, Any]:
    known = {
        "name": rng.choice(pii_values.NAMES),
        "phone": pii_values.known_phone(rng),
        "company": rng.choice(pii_values.COMPANIES),
    }
    known["email"] = f"{known['name'].split()[0].lower()}.{rng.randrange(99)}@example.com"
    own = known[kind]
    if kind == "phone":
        own = rng.choice([own, own.replace(" ", ""), own.partition(" ")[2], own.partition(" ")[2].replace(" ", "-")])
    elif kind != "email":
        forms = {"name": pii_values.name_forms, "company": pii_values.company_forms}[kind]
        own = rng.choice(list(forms(own)))
    return {**_with_value(text, Value(kind.upper(), own)), "known": known}


def _with_value(text: str, value: Value) -> dict[str, Any]:
    before, after = (part.replace("{{", "{").replace("}}", "}") for part in text.split("{}"))
    start = len(before) + (value.written.rfind(value.own) if value.own else 0)
    span = {"kind": value.kind, "start": start, "end": start + len(value.own or value.written)}
    return {"text": before + value.written + after, "spans": [span]}


def _unmarked(text: str) -> dict[str, Any]:
    plain, spans, position = "", [], 0
    for marked in MARKED.finditer(text):
        plain += text[position : marked.start()]
        spans.append({"kind": marked["kind"], "start": len(plain), "end": len(plain) + len(marked["value"])})
        plain += marked["value"]
        position = marked.end()
    return {"text": plain + text[position:], "spans": spans}


def _written(text: dict[str, Any]) -> str:
    """As JSON in which no key begins as its maker's do, so that nobody's scanner takes it for a leak."""
    line = json.dumps(text, ensure_ascii=False)
    for value in _secrets(text):
        line = line.replace(value, "".join(f"\\u{ord(char):04x}" for char in value[:4]) + value[4:])
    return line


def _secrets(text: dict[str, Any]) -> Iterable[str]:
    found = (text["text"][span["start"] : span["end"]] for span in text["spans"] if span["kind"] == "SECRET")
    return (value for value in found if json.dumps(value, ensure_ascii=False) == f'"{value}"' and len(value) > 8)


if __name__ == "__main__":
    main()
