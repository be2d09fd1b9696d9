"""Attachments in a folder of this machine."""

import asyncio
import re
import secrets
from contextlib import suppress
from pathlib import Path

_SCHEME = "local:"
_NAME = re.compile(r"[0-9a-f]{32}(\.[a-z0-9]{1,8})?")
_SUFFIX = re.compile(r"\.([A-Za-z0-9]{1,8})$")


class LocalFiles:
    """Files under one folder, named at random: what outside people call a file never becomes a path.

    A storage URL is `local:` and that name; reading or deleting any other name is FileNotFoundError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, name_hint: str, content: bytes) -> str:
        """Keep the bytes; only a short plain suffix of `name_hint` survives in the name."""
        suffix = _SUFFIX.search(name_hint)
        name = secrets.token_hex(16) + (f".{suffix[1].lower()}" if suffix else "")
        await asyncio.to_thread(self._write, name, content)
        return _SCHEME + name

    async def read(self, storage_url: str) -> bytes:
        return await asyncio.to_thread(self._path(storage_url).read_bytes)

    async def delete(self, storage_url: str) -> None:
        """Deleting what is gone already is fine: erasing may be repeated."""
        with suppress(FileNotFoundError):
            await asyncio.to_thread(self._path(storage_url).unlink)

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f"{name}.part"
        with unfinished.open("xb") as file:
            file.write(content)
        unfinished.rename(self._folder / name)

    def _path(self, storage_url: str) -> Path:
        name = storage_url.removeprefix(_SCHEME)
        if not storage_url.startswith(_SCHEME) or not _NAME.fullmatch(name):
            raise FileNotFoundError(f"{storage_url[:80]!r} is not a file kept here.")
        return self._folder / name
