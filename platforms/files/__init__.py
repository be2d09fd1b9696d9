"""Where attachments are kept: a local folder."""

from pathlib import Path
from typing import Protocol

from platforms.files.local import LocalFiles


class FilesSettings(Protocol):
    @property
    def hub_home(self) -> Path: ...


class Files(Protocol):
    async def save(self, name_hint: str, content: bytes) -> str:
        """Keep the bytes and return the storage URL they are read by."""

    async def read(self, storage_url: str) -> bytes:
        """The bytes; FileNotFoundError for anything that is not kept here."""

    async def delete(self, storage_url: str) -> None:
        """Remove the bytes; fine when they are gone already."""


def open_files(settings: FilesSettings) -> Files:
    """Attachments under `<HUB_HOME>/attachments`."""
    return LocalFiles(settings.hub_home / "attachments")
