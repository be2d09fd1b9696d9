"""What documents tell operators to type is what the drills type, and they name what the drills let pass."""

import re

import pytest

from tests.chaos.__main__ import parser
from tests.chaos.restore import BACK_UP, RESTORE, TAKE_UP
from tests.chaos.upgrade import WHILE_IT_STANDS
from tests.stories.processes import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
UPGRADING = (ROOT / "docs" / "upgrading.md").read_text()


@pytest.mark.parametrize("commands", [BACK_UP, RESTORE + TAKE_UP])
def test_the_commands_of_backup_and_restore_are_those_of_the_drill(commands: str):
    assert commands.strip() in re.sub(r" +#.*", "", OPERATIONS)


def test_the_long_drill_is_one_that_can_be_played_and_is_long():
    (words,) = re.findall(r"python -m tests\.chaos (--seed [^`]+?)\n```", OPERATIONS)
    given = parser().parse_args(words.replace("\\\n", " ").split())
    assert given.deliveries >= 10_000
    assert given.kills + given.crashes >= 50
    assert given.postgres_restarts >= 2


def test_migrations_that_want_a_stopped_hub_are_named():
    costs, notes = UPGRADING.split("## What migrations cost")[1].split("## Notes by version")
    assert re.findall(r"\b00\d\d\b", costs.split("|")[0]) == [*WHILE_IT_STANDS]
    for table in (costs, notes):
        assert re.findall(r"^\| (\d{4}), stop first", table, re.MULTILINE) == [*WHILE_IT_STANDS]


def test_the_notes_name_every_migration():
    named = re.findall(r"^\| (\d{4})(?:(?: to |, )(\d{4}))?", UPGRADING.split("## Notes by version")[1], re.MULTILINE)
    told = [number for first, last in named for number in range(int(first), int(last or first) + 1)]
    there = sorted(int(file.name[:4]) for file in ROOT.glob("storage/migrations/versions/0*.py"))
    assert told == there[1:]
