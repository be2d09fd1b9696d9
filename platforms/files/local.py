"""Attachments in a folder of this machine."""

import asyncio
from contextlib import suppress
from pathlib import Path

from platforms.files import naming

SCHEME = "local:"


class LocalFiles:
    """Files under one folder. A storage URL is `local:` and a name we made; any other is FileNotFoundError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, hint: str) -> str:
        return SCHEME + naming.invent(hint)

    async def save(self, storage_url: str, content: bytes) -> None:
        await asyncio.to_thread(self._write, self._path(storage_url), content)

    async def read(self, storage_url: str) -> bytes:
        return await asyncio.to_thread(self._path(storage_url).read_bytes)

    async def delete(self, storage_url: str) -> None:
        """Deleting what is gone already is fine: erasing may be repeated."""
        with suppress(FileNotFoundError):
            await asyncio.to_thread(self._path(storage_url).unlink)

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.part")
        unfinished.write_bytes(content)
        unfinished.rename(path)

    def _path(self, storage_url: str) -> Path:
        name = storage_url.removeprefix(SCHEME)
        if not storage_url.startswith(SCHEME) or not naming.NAME.fullmatch(name):
            raise FileNotFoundError(f"{storage_url[:80]!r} is not a file kept here.")
        return self._folder / name
