"""What docs/operations.md tells operators to type is what the drills type, and it names what they let pass."""

import re

import pytest

from tests.chaos.restore import BACK_UP, RESTORE, TAKE_UP
from tests.chaos.upgrade import WHILE_IT_STANDS
from tests.stories.processes import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("commands", [BACK_UP, RESTORE + TAKE_UP])
def test_the_commands_of_backup_and_restore_are_those_of_the_drill(commands: str):
    assert commands.strip() in re.sub(r" +#.*", "", OPERATIONS)


def test_migrations_that_want_a_stopped_hub_are_named():
    assert re.findall(r"\b00\d\d\b", OPERATIONS.split("## After an upgrade")[1].split("\n## ")[0].split("|")[0]) == [
        *WHILE_IT_STANDS
    ]
