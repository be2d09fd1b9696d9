"""Attachments are kept under names of our own, in a folder or in a bucket."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from platforms import files
from platforms.errors import Refused, Unreachable
from platforms.files import Files
from tests.bucket import KEY, KEY_ID, NAME, Bucket, settings

MADE = "0" * 32
HOSTILE = ["../../etc/passwd", "/etc/passwd", "a/b.png", "..", "", "x.php\x00.png", "a" * 5000, "．．／x", "con.\n"]
Open = Callable[..., Files]


@pytest.fixture(autouse=True)
def no_other_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of whoever runs the tests stay out of them, and so does the service that lends a machine a role."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")


@pytest.fixture
def open_bucket(tmp_path: Path, bucket: Bucket) -> Open:
    return lambda **given: files.open_files(settings(tmp_path, bucket, **given))


class Place:
    """Files, and what an outsider sees of where they are kept."""

    def __init__(self, home: Path, bucket: Bucket | None) -> None:
        self.files = files.open_files(settings(home, bucket))
        self._folder = bucket.folder if bucket else home / "attachments"

    def names(self) -> list[str]:
        return [path.name for path in self._folder.iterdir() if path.is_file()]

    async def keep(self, hint: str, content: bytes) -> str:
        url = self.files.place(hint)
        await self.files.save(url, content)
        return url


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return Place(tmp_path, request.getfixturevalue("bucket") if request.param == "bucket" else None)


async def test_what_is_saved_is_read_and_deleted(place: Place):
    url = await place.keep("screen shot.PNG", b"\x89PNG")
    assert url.endswith(".png")
    assert await place.files.read(url) == b"\x89PNG"
    await place.files.delete(url)
    await place.files.delete(url)
    with pytest.raises(FileNotFoundError):
        await place.files.read(url)
    assert place.names() == []


async def test_the_same_name_twice_is_two_files(place: Place):
    first, second = await place.keep("a.txt", b"1"), await place.keep("a.txt", b"2")
    assert first != second
    assert await place.files.read(first) == b"1"


async def test_what_is_saved_again_is_there_once(place: Place):
    url = await place.keep("a.txt", b"1")
    await place.files.save(url, b"23")
    assert await place.files.read(url) == b"23"
    assert len(place.names()) == 1


@pytest.mark.parametrize("hint", HOSTILE)
async def test_a_hostile_name_becomes_no_path(place: Place, tmp_path: Path, hint: str):
    url = await place.keep(hint, b"x")
    (name,) = place.names()
    assert await place.files.read(url) == b"x"
    assert "passwd" not in name
    assert {path.name for path in tmp_path.iterdir()} <= {"attachments"}


@pytest.mark.parametrize(
    "url",
    [
        *("local:../secret", "local:/etc/passwd", "file:///etc/passwd", "local:", "", "local:" + "0" * 31),
        *(f"local:{MADE}/../x", f"s3://{NAME}/../secret", f"s3://{NAME}/", f"s3://{NAME}", "s3://", f"s3:{MADE}"),
        *(f"s3://{NAME}/secret", f"s3://{NAME}/{MADE}/x", f"s3://{NAME}//{MADE}", f"s3://{NAME}/{MADE}?acl"),
    ],
)
async def test_only_names_we_made_are_read_or_deleted(open_bucket: Open, bucket: Bucket, tmp_path: Path, url: str):
    kept = open_bucket()
    for folder in (tmp_path, bucket.folder):
        (folder / "secret").write_text("no")
    for act in (kept.read, lambda url: kept.save(url, b"x")):
        with pytest.raises(FileNotFoundError):
            await act(url)
    await kept.delete(url)
    assert (tmp_path / "secret").exists()
    assert bucket.objects() == {"secret": b"no"}


async def test_others_on_the_machine_cannot_look_in(tmp_path: Path):
    await Place(tmp_path, None).keep("a.txt", b"1")
    assert (tmp_path / "attachments").stat().st_mode & 0o077 == 0


async def test_a_browser_that_is_led_to_an_object_shows_and_runs_nothing_of_it(tmp_path: Path, bucket: Bucket):
    await Place(tmp_path, bucket).keep("page.html", b"<script>alert(1)</script>")
    (name,) = bucket.objects()
    facts = bucket.facts(name)
    assert (facts["content_type"], facts["content_disposition"]) == ("application/octet-stream", "attachment")


async def test_the_largest_file_goes_in_one_piece(tmp_path: Path, bucket: Bucket):
    content = bytes(range(256)) * (20 * 4096)
    place = Place(tmp_path, bucket)
    url = await place.keep("video.mp4", content)
    ((name, kept),) = bucket.objects().items()
    assert kept == content
    assert "-" not in bucket.facts(name)["etag"], "the hash of an object of several parts says how many"
    assert await place.files.read(url) == content


async def test_what_was_kept_in_the_folder_before_is_still_read_and_deleted(open_bucket: Open, tmp_path: Path):
    before = await Place(tmp_path, None).keep("a.txt", b"1")
    kept = open_bucket()
    assert await kept.read(before) == b"1"
    await kept.delete(before)
    assert list((tmp_path / "attachments").iterdir()) == []


@pytest.mark.parametrize("now", ["", "another-bucket"])
async def test_a_file_in_another_bucket_is_not_taken_for_gone(
    open_bucket: Open, tmp_path: Path, bucket: Bucket, now: str
):
    url = await Place(tmp_path, bucket).keep("a.txt", b"1")
    kept = open_bucket(s3_bucket=now)
    for act in (kept.read, kept.delete, lambda url: kept.save(url, b"2")):
        with pytest.raises(Refused, match=f"is in the bucket {NAME}, and S3_BUCKET names {now or 'none'}"):
            await act(url)
    assert list(bucket.objects().values()) == [b"1"]


async def trouble(kept: Files) -> str:
    """What every request is answered with."""
    url = kept.place("a.txt")
    said = set()
    for asking in (kept.save(url, b"x"), kept.read(url), kept.delete(url), kept.check()):
        with pytest.raises(Unreachable) as error:
            await asking
        said.add(error.value.message)
    (sentence,) = said
    return sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"s3_bucket": "nobody-made-this"}, "There is no bucket nobody-made-this: check S3_BUCKET"),
        ({"aws_secret_access_key": SecretStr("another")}, f"{NAME} does not let us in: check AWS_ACCESS_KEY_ID"),
        ({"aws_access_key_id": SecretStr("stranger")}, f"{NAME} does not let us in: check AWS_ACCESS_KEY_ID"),
        ({"aws_access_key_id": SecretStr("")}, "There are no credentials: set AWS_ACCESS_KEY_ID"),
        ({"s3_endpoint_url": "http://127.0.0.1:9"}, f"{NAME} could not be reached, or failed"),
        ({"s3_endpoint_url": "http://[not-an-address"}, "check S3_ENDPOINT_URL"),
    ],
)
async def test_what_is_wrong_is_said_with_the_setting_to_look_at(
    open_bucket: Open, given: dict[str, Any], sentence: str
):
    said = await trouble(open_bucket(**given))
    assert sentence in said
    assert KEY not in said


async def test_a_bucket_that_is_well_is_in_no_trouble(open_bucket: Open, bucket: Bucket):
    await open_bucket().check()
    assert bucket.objects() == {}


@asynccontextmanager
async def played(handler: Any) -> AsyncIterator[str]:
    """The address of a server that answers everything so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_bucket_of_another_region_is_said_to_be_one(open_bucket: Open):
    async def elsewhere(_request: web.Request) -> web.Response:
        return web.Response(status=301, text="<Error><Code>PermanentRedirect</Code></Error>")

    async with played(elsewhere) as address:
        assert "in another region: check AWS_REGION" in await trouble(open_bucket(s3_endpoint_url=address))


async def test_a_server_that_wants_to_be_left_alone_is_named_with_its_word(open_bucket: Open):
    asked = []

    async def busy(request: web.Request) -> web.Response:
        asked.append(request.method)
        return web.Response(status=503, text="<Error><Code>SlowDown</Code></Error>")

    async with played(busy) as address:
        assert "failed (SlowDown)" in await trouble(open_bucket(s3_endpoint_url=address))
    assert asked == ["PUT", "GET", "DELETE", "GET"], "work is tried again by us alone"


async def test_nobody_waits_longer_than_a_request_may_take(open_bucket: Open):
    asked = asyncio.Event()

    async def silent(_request: web.Request) -> web.Response:
        asked.set()
        await asyncio.sleep(60)
        raise AssertionError

    async with played(silent) as address:
        kept = open_bucket(s3_endpoint_url=address, request_seconds=0.3)
        async with asyncio.timeout(20):
            with pytest.raises(Unreachable):
                await kept.save(kept.place("a"), b"x")
        asked.clear()
        saving = asyncio.create_task(open_bucket(s3_endpoint_url=address).save(kept.place("a"), b"x"))
        await asked.wait()
        saving.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(20):
                await saving


async def test_a_role_lent_to_the_container_is_enough(
    open_bucket: Open, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def lend(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "token-of-the-container"
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        lent = {"AccessKeyId": KEY_ID, "SecretAccessKey": KEY, "Token": "session", "Expiration": until}
        return web.json_response(lent)

    (tmp_path / "token").write_text("token-of-the-container")
    async with played(lend) as address:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{address}/role")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(tmp_path / "token"))
        kept = open_bucket(aws_access_key_id=SecretStr(""))
        await kept.save(kept.place("a.txt"), b"1")
    assert list(bucket.objects().values()) == [b"1"]


def test_who_touches_no_file_does_not_load_what_speaks_to_buckets():
    loaded = "import sys, platforms.files; print('obstore._obstore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
