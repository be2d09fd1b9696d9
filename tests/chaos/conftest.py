"""The same running hub as in the stories, with short leases so that a dead worker's work is soon taken up."""

import pytest

from tests.stories.conftest import Start, start
from tests.stories.processes import Story

__all__ = ["start"]


@pytest.fixture
def story(start: Start) -> Story:
    return start(LEASE_SECONDS="4", REQUEST_SECONDS="2", OPENAI_SECONDS="5", SWEEP_SECONDS="0.3")
