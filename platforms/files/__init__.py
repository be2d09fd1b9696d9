"""Where attachments are kept: in a bucket where S3_BUCKET names one, else in a local folder."""

from pathlib import Path
from typing import Protocol

from platforms.files import local, s3
from platforms.files.local import LocalFiles
from platforms.files.s3 import S3Files, S3Settings


class FilesSettings(S3Settings, Protocol):
    @property
    def hub_home(self) -> Path: ...


class Files:
    """New files go where the settings say; each is read and deleted where its storage URL says."""

    def __init__(self, folder: LocalFiles, bucket: S3Files) -> None:
        self._folder = folder
        self._bucket = bucket

    @property
    def have_bucket(self) -> bool:
        return self._bucket.is_on

    def place(self, hint: str) -> str:
        """A storage URL nobody has, for what outside people call `hint`.

        Write it down before saving: then whoever erases finds the file, even if who saves it dies.
        """
        return (self._bucket if self._bucket.is_on else self._folder).place(hint)

    def in_bucket(self, storage_url: str) -> str:
        """What the storage URL of a file in the folder becomes when it is moved to the bucket."""
        return self._bucket.url(storage_url.removeprefix(local.SCHEME))

    async def save(self, storage_url: str, content: bytes) -> None:
        """Keep the bytes, in place of others that may be there. PlatformError when the bucket did not take them."""
        await self._where(storage_url).save(storage_url, content)

    async def read(self, storage_url: str) -> bytes:
        """The bytes; FileNotFoundError for anything that is not kept there."""
        return await self._where(storage_url).read(storage_url)

    async def delete(self, storage_url: str) -> None:
        """Remove the bytes; fine when they are gone already."""
        await self._where(storage_url).delete(storage_url)

    async def check(self) -> None:
        """PlatformError, with a sentence, when the bucket is away."""
        await self._bucket.check()

    def _where(self, storage_url: str) -> LocalFiles | S3Files:
        return self._bucket if storage_url.startswith(s3.SCHEME) else self._folder


def open_files(settings: FilesSettings) -> Files:
    """Attachments under `<HUB_HOME>/attachments`, or in S3_BUCKET."""
    return Files(LocalFiles(settings.hub_home / "attachments"), S3Files(settings))
