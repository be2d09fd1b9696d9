"""What is on standard output of a process: JSON, whole, without secrets, and never in anybody's way."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BEGIN = "import logging, sys, warnings, structlog; from runtime import logs; logs.set_up('bot'); log = structlog.get_logger('ours')\n"


def told(program: str) -> list[dict[str, Any]]:
    """The records of a process that runs to its end."""
    command = [sys.executable, "-c", BEGIN + program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_record_has_the_same_shape_whoever_wrote_it():
    records = told(
        "log.info('ours_said', number=3)\n"
        "logging.getLogger('theirs').warning('they said %s', 'so')\n"
        "warnings.warn('a library warns')\n"
    )
    assert [record["message"] for record in records[:2]] == ["ours_said", "they said so"]
    assert "a library warns" in records[2]["message"]
    for record in records:
        assert {"timestamp", "level", "message", "service", "logger"} <= set(record)
        assert record["service"] == "bot"


def test_the_last_words_of_a_process_are_written():
    assert len(told("for number in range(3000): log.info('said', number=number)")) == 3000


SECRETS = (
    ("log.info('a', why='it was hunter2-hunter2 all along')", "hunter2-hunter2"),
    ("log.info('a', nested=[{'Authorization': 'abc-def'}])", "abc-def"),
    ("log.info('a', notion_token='abc-def')", "abc-def"),
    ("log.info('posted with xoxb-123-456-abc')", "xoxb-123-456-abc"),
    ("logging.getLogger('x').warning('header %s', 'Bearer abcdefghi')", "abcdefghi"),
    ("log.info('a', url='postgresql://hub:pass-word@host/db')", "pass-word"),
    ("log.info('a', given=('sk-proj-abcdef123456',))", "sk-proj-abcdef123456"),
    ("try: raise KeyError('sk-proj-abcdef123456')\nexcept KeyError: log.exception('a')", "sk-proj-abcdef123456"),
    ("log.info('a', error=ValueError('hunter2-hunter2'))", "hunter2-hunter2"),
    ("log.info('a', long='x' * 1995 + 'hunter2-hunter2')", "hunte"),
)
"""What is said, and what of it is no business of whoever reads it."""


@pytest.fixture(scope="module")
def hidden() -> list[dict[str, Any]]:
    """A record for each."""
    return told("\n".join(["logs.hide(['hunter2-hunter2'])", *(said for said, _ in SECRETS)]))


@pytest.mark.parametrize("number", range(len(SECRETS)), ids=[said for said, _ in SECRETS])
def test_no_secret_is_shown(hidden: list[dict[str, Any]], number: int):
    record = json.dumps(hidden[number])
    assert SECRETS[number][1] not in record
    assert "[hidden]"[:4] in record


def test_what_only_looks_similar_is_shown():
    (record,) = told(
        "logs.hide(['short'])\nlog.info('a', token_in='/a/b', prompt_tokens=12, why='a short task-list')"
    )
    assert (record["token_in"], record["prompt_tokens"], record["why"]) == ("/a/b", 12, "a short task-list")


def test_a_string_without_end_is_cut():
    (record,) = told("log.info('a', body='x' * 100_000)")
    assert len(record["body"]) < 2100
    assert "100000 characters" in record["body"]


def test_who_does_not_read_our_output_holds_up_nobody():
    program = (
        f"{BEGIN}for number in range(20_000): log.info('x' * 1000)\nprint('went on', file=sys.stderr, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=-1, stderr=-1, text=True) as process:
        assert process.stderr.readline() == "went on\n"
        process.kill()
