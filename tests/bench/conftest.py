"""A process under measurement that does nothing of what is waited for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import contender as contenders
from bench.contender import ROOT, Contender, contender, free_port
from sandbox.embedded import Servers
from sandbox.processes import Process
from tests.stories.processes import nursery


class Forked(Process):
    """One that has imported everything before it begins: a second of CPU time less each."""

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        module = self._command[self._command.index("-m") + 1 :]
        self._popen = nursery().start(module, env=self._env or {}, log=self.log, cwd=self._cwd or ROOT)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody looks at what a start takes."""
    monkeypatch.setattr(contenders, "Process", Forked)


@pytest.fixture
def silent(migrated: Servers, tmp_path: Path) -> Iterator[Contender]:
    """A process that does no job."""
    port = free_port()
    module = ["bench.bare", "refusing", str(port)]
    started = contender(migrated, tmp_path, "silent", module, port=port, url="", given={})
    started.start()
    yield started
    started.process.stop()
