"""A process under measurement that does nothing of what is waited for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.contender import Contender, contender, free_port
from sandbox.embedded import Servers


@pytest.fixture
def silent(migrated: Servers, tmp_path: Path) -> Iterator[Contender]:
    """A process that does no job."""
    port = free_port()
    module = ["bench.bare", "refusing", str(port)]
    started = contender(migrated, tmp_path, "silent", module, port=port, url="", given={})
    started.start()
    yield started
    started.process.stop()
