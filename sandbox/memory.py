"""What the stand-in remembers over a restart: loaded at the start, saved soon after every change."""

import asyncio
import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.world import Json, Remembering, World

FORM = 1
"""Goes up when an older file can no longer be read."""
SAVE_SECONDS = 2.0
SHARE = 0.05
"""Of the time at most, is spent on saving: with ten thousand people one takes a second."""
ROWS = 4
"""How deep in the file a row lies: file, state, its owner, a section."""
CONTENT = "sha256 of the content"

log = logging.getLogger(__name__)


class Memory:
    """The state of `kept`, by name, in `folder`: one JSON file, and beside it the contents of files."""

    def __init__(self, folder: Path, world: World, kept: Mapping[str, Remembering]) -> None:
        self.folder = folder
        self.file = folder / "state.json"
        self._world = world
        self._kept: dict[str, Remembering] = {"world": world, **kept}
        self._start = _text(self._state())
        self._named: dict[bytes, str] = {}
        self._failing = False

    def load(self) -> None:
        """Be what was saved. What cannot be read is put aside, and everything starts empty."""
        if not self.file.exists():
            return
        try:
            self._restore(self._read())
        except Exception as error:  # whatever is wrong with a file, it must not keep the stand-in from starting
            self._put_aside(f"{type(error).__name__}: {error}")
            self._restore(json.loads(self._start))

    async def keep(self, stopping: asyncio.Event) -> None:
        """Save what has changed, every few seconds until `stopping`, and less often the longer that takes."""
        pause = SAVE_SECONDS
        while not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)
            began = time.monotonic()
            await self.save()
            pause = max(SAVE_SECONDS, (time.monotonic() - began) / SHARE)

    async def save(self) -> None:
        """Save if anything has changed; what fails is tried again the next time."""
        if not self._world.changed:
            return
        self._world.changed = False
        try:
            await asyncio.to_thread(self._write, self._state())
        except Exception as error:  # a full disk must not end the saving for good
            self._world.changed = True
            self._say_once(error)
        else:
            self._failing = False

    def _say_once(self, error: Exception) -> None:
        if not self._failing:
            log.warning("What the sandbox remembers cannot be saved in %s: %s.", self.folder, error)
        self._failing = True

    def reset(self) -> None:
        """Be as on the very first start."""
        self._world.forget()
        self._restore(json.loads(self._start))
        self._world.stir()

    def _state(self) -> Json:
        return {name: each.state() for name, each in self._kept.items()}

    def _restore(self, state: Json) -> None:
        for name, each in self._kept.items():
            each.restore(state[name])

    def _read(self) -> Json:
        saved = json.loads(self.file.read_bytes(), object_hook=self._with_content)
        if saved["form"] != FORM:
            raise ValueError(f"its form is {saved['form']}, this one reads form {FORM}")
        state: Json = saved["state"]
        return state

    def _put_aside(self, why: str) -> None:
        """Move the whole folder, because the contents in it belong to the file."""
        aside = self.folder.with_name(f"{self.folder.name}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
        self.folder.rename(aside)
        log.warning("The sandbox starts empty: what it remembered cannot be read (%s) and is now in %s.", why, aside)

    def _write(self, state: Json) -> None:
        """The contents, then the file that names them, then away with those it no longer names."""
        named: dict[bytes, str] = {}
        text = _text({"form": FORM, "state": state}, lambda content: self._keep_content(content, named))
        _replace(self.file, text.encode())
        self._named = named
        wanted = set(named.values())
        for file in self._contents.glob("*"):
            if file.name not in wanted:
                file.unlink()

    def _keep_content(self, content: Any, named: dict[bytes, str]) -> Json:
        """How the bytes of a file stand in the state: by the name of their own file, written once."""
        if not isinstance(content, bytes):
            raise TypeError(f"{type(content).__name__} is no JSON")
        name = self._named.get(content) or hashlib.sha256(content).hexdigest()
        if not (self._contents / name).exists():
            _replace(self._contents / name, content)
        named[content] = name
        return {CONTENT: name}

    def _with_content(self, found: Json) -> Json | bytes:
        name = found.get(CONTENT)
        if len(found) != 1 or not isinstance(name, str) or not re.fullmatch(r"[0-9a-f]{64}", name):
            return found
        return (self._contents / name).read_bytes()

    @property
    def _contents(self) -> Path:
        return self.folder / "contents"


def _text(value: Any, default: Callable[[Any], Any] | None = None, depth: int = ROWS) -> str:
    """JSON, made row by row: one call for everything would not let the loop have its turn meanwhile."""
    encode = json.JSONEncoder(default=default, separators=(",", ":")).encode
    if depth and isinstance(value, dict):
        return (
            "{" + ",\n".join(f"{encode(key)}:{_text(each, default, depth - 1)}" for key, each in value.items()) + "}"
        )
    if depth and isinstance(value, list):
        return "[" + ",\n".join(_text(each, default, depth - 1) for each in value) + "]"
    return encode(value)


def _replace(file: Path, content: bytes) -> None:
    """Write beside and rename, so that there is always the old file or the new one, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    beside.write_bytes(content)
    beside.replace(file)
