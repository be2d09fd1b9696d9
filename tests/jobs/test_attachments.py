"""A file is kept once and found again, whatever happens between its arrival and the bucket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from hub import recovery
from hub.channel import File
from hub.work import Work, promise
from jobs.attachments import fetch
from jobs.job import work
from platforms.files import open_files
from storage.enums import AttachmentStatus
from tests.bucket import Bucket, settings
from tests.build import Toy, World, report

assert fetch


class Bench:
    """A report with a file, and a worker that fetches it."""

    def __init__(self, world: World, home: Path, bucket: Bucket) -> None:
        self.world, self.home, self.bucket = world, home, bucket
        self.meanwhile: Callable[[], Awaitable[object]] | None = None
        """What happens while the platform is asked for the file."""

    async def begin(self) -> None:
        file = File(name="shot.png", content_type="image/png", size=3, source="https://toy.test/1")
        await self.world.receive(report(files=(file,)))
        await self.again()

    async def again(self) -> None:
        async with self.world.db.transaction() as session:
            promise(session, Work.ATTACHMENT, (await self.row())["id"])

    async def fetch(self, **given: Any) -> dict[str, Any]:
        """One run, with settings of files that differ; the row afterwards."""
        kept = open_files(settings(self.home, self.bucket, **given))
        limits = SimpleNamespace(
            lease_seconds=5, retry_base_seconds=5.0, request_seconds=0.2, attachment_max_bytes=1000
        )
        runtime: Any = SimpleNamespace(
            db=self.world.db, settings=limits, files=kept, channels={"toy": Fetching(self.meanwhile)}
        )
        await self.world.rows("UPDATE jobs SET run_at = now() WHERE kind = 'fetch_attachment'")
        jobs = await self.world.rows("SELECT max(id) AS id FROM jobs WHERE kind = 'fetch_attachment'")
        await work(runtime, jobs[0]["id"])
        return await self.row()

    async def row(self) -> dict[str, Any]:
        return (await self.world.rows("SELECT * FROM attachments"))[0]

    async def forget(self) -> None:
        """What erasing its author does with the row."""
        await self.world.rows("UPDATE attachments SET status = 'refused', source = '', storage_url = NULL")


class Fetching(Toy):
    def __init__(self, meanwhile: Callable[[], Awaitable[object]] | None) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def fetch(self, file: File, limit: int) -> bytes:
        if self._meanwhile:
            await self._meanwhile()
        return b"png"


@pytest.fixture
async def bench(world: World, tmp_path: Path, bucket: Bucket) -> Bench:
    bench = Bench(world, tmp_path, bucket)
    await bench.begin()
    return bench


@asynccontextmanager
async def deaf(bucket: Bucket) -> AsyncIterator[str]:
    """An address that leads to the bucket, from which no answer comes back."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, bucket_writer = await asyncio.open_connection("127.0.0.1", bucket.port)
        while sent := await reader.read(65536):
            bucket_writer.write(sent)
            await bucket_writer.drain()
        bucket_writer.close()
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_file_lands_in_the_bucket_and_its_row_says_where(bench: Bench):
    row = await bench.fetch()
    assert (row["status"], row["file_size"]) == (AttachmentStatus.STORED, 3)
    (name,) = bench.bucket.objects()
    assert row["storage_url"].endswith(f"/{name}")
    assert bench.bucket.objects()[name] == b"png"


async def test_where_it_goes_is_written_down_before_it_goes_there(bench: Bench):
    """Else nobody who erases would find what landed without our being told."""
    async with deaf(bench.bucket) as address:
        row = await bench.fetch(s3_endpoint_url=address, request_seconds=2)
    (name,) = bench.bucket.objects()
    assert row["status"] == AttachmentStatus.PENDING
    assert row["storage_url"].endswith(f"/{name}")
    assert (await bench.fetch())["status"] == AttachmentStatus.STORED
    assert list(bench.bucket.objects()) == [name], "and the second try leaves no second one"


async def test_what_was_given_up_while_the_bucket_was_away_can_be_run_again(bench: Bench):
    for _ in range(Work.ATTACHMENT.attempts):
        row = await bench.fetch(s3_endpoint_url="http://127.0.0.1:9")
    assert row["status"] == AttachmentStatus.REFUSED
    assert "could not be reached" in row["error"]
    (letter,) = await bench.world.rows("SELECT id FROM dead_letter_jobs")
    async with bench.world.db.transaction() as session:
        await recovery.run_again(session, UUID(str(letter["id"])), by="ana")
    row = await bench.fetch()
    assert (row["status"], row["error"]) == (AttachmentStatus.STORED, None)
    assert len(bench.bucket.objects()) == 1


async def test_a_file_whose_author_is_forgotten_meanwhile_is_not_kept(bench: Bench):
    bench.meanwhile = bench.forget
    row = await bench.fetch()
    assert (row["status"], row["storage_url"]) == (AttachmentStatus.REFUSED, None)
    assert bench.bucket.objects() == {}
    await bench.again()
    assert (await bench.fetch())["storage_url"] is None
    assert bench.bucket.objects() == {}
