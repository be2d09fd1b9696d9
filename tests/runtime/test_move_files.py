"""Files that were kept in the folder are moved to the bucket, and rows say so."""

import os
import subprocess
from pathlib import Path
from typing import Any

from platforms.files import open_files
from storage.models import Attachment
from tests.bucket import NAME, Bucket, settings
from tests.build import World, report
from tests.conftest import opened
from tests.stories.processes import finished


def run(url: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {"DATABASE_URL": url, "REDIS_URL": "redis://unused", "HUB_HOME": str(home)}
    return finished(["runtime.move_files"], env=os.environ | ours | environment)


async def keep(world: World, home: Path, *contents: bytes) -> list[str]:
    """Files of a report in the folder; their storage URLs."""
    folder = open_files(settings(home, None))
    taken = await world.receive(report())
    ids: dict[str, Any] = (await world.rows("SELECT id, ticket_id FROM ticket_sources"))[0]
    urls = [folder.place("shot.png") for _ in contents]
    async with world.db.transaction() as session:
        for position, (url, content) in enumerate(zip(urls, contents, strict=True), start=1):
            await folder.save(url, content)
            facts = {"file_name": "shot.png", "file_type": "image/png", "source": "x", "source_platform": "toy"}
            where = {"ticket_id": ids["ticket_id"], "source_id": ids["id"], "position": position}
            session.add(Attachment(**facts, **where, status="stored", storage_url=url))
    assert taken.numbers
    return urls


async def test_files_are_moved_once_and_what_is_missing_is_counted(database_url: str, tmp_path: Path, bucket: Bucket):
    async with opened(database_url) as world:
        first, lost, _ = await keep(world, tmp_path, b"1", b"2", b"3")
        (tmp_path / "attachments" / lost.removeprefix("local:")).unlink()
        done = run(database_url, tmp_path, **bucket.environment)
        assert (done.returncode, done.stdout.strip()) == (
            0,
            f"Moved to {NAME}: 2 files. Not found under HUB_HOME: 1.",
        ), done.stderr
        kept = {row["storage_url"] for row in await world.rows("SELECT storage_url FROM attachments")}
        assert f"s3://{NAME}/{first.removeprefix('local:')}" in kept
        assert kept == {lost} | {f"s3://{NAME}/{name}" for name in bucket.objects()}
        assert sorted(bucket.objects().values()) == [b"1", b"3"]
        assert list((tmp_path / "attachments").iterdir()) == []
        assert "0 files" in run(database_url, tmp_path, **bucket.environment).stdout


async def test_without_a_bucket_or_with_one_that_is_away_nothing_is_touched(
    database_url: str, tmp_path: Path, bucket: Bucket
):
    async with opened(database_url) as world:
        (url,) = await keep(world, tmp_path, b"1")
        for environment, code, word in (
            ({"S3_BUCKET": ""}, 2, "S3_BUCKET is not set"),
            (bucket.environment | {"S3_BUCKET": "nobody-made-this"}, 1, "no bucket nobody-made-this"),
        ):
            done = run(database_url, tmp_path, **environment)
            assert (done.returncode, done.stdout) == (code, ""), done.stderr
            assert word in done.stderr
        assert [row["storage_url"] for row in await world.rows("SELECT storage_url FROM attachments")] == [url]
        assert await open_files(settings(tmp_path, None)).read(url) == b"1"
