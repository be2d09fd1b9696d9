"""The same running hub as in the stories, with short leases so that a dead worker's work is soon taken up."""

from collections.abc import AsyncIterator, Iterator

import pytest

from sandbox.embedded import Servers
from tests.conftest import copied
from tests.stories.conftest import shared, story
from tests.stories.processes import Story

__all__ = ["story"]


@pytest.fixture(scope="session")
async def chaos_url(migrated: Servers) -> AsyncIterator[str]:
    async with copied(migrated, "chaos") as url:
        yield url


@pytest.fixture(scope="package")
def shared_story(tmp_path_factory: pytest.TempPathFactory, chaos_url: str, embedded: Servers) -> Iterator[Story]:
    short = {"LEASE_SECONDS": "4", "REQUEST_SECONDS": "2", "OPENAI_SECONDS": "5", "SWEEP_SECONDS": "0.3"}
    with shared(tmp_path_factory.mktemp("chaos"), chaos_url, embedded, redis=4, **short) as one:
        yield one
