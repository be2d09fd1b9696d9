"""A running hub for a whole story; each story has its own database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.stories.processes import Story

Start = Callable[..., Story]


@pytest.fixture
def start(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(
            Story(tmp_path, database_url=database_url, redis_url=redis_url, **settings)
        )


@pytest.fixture
def story(start: Start) -> Story:
    return start()
