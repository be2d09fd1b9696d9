"""What a customer attaches lands in the bucket, goes when they are forgotten, and a bucket that is away is said."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.bucket import KEY, NAME, serving
from tests.ports import free_port
from tests.stories.conftest import Start
from tests.stories.processes import ANA, Story
from tests.stories.test_connections import look_again, troubles

pytestmark = pytest.mark.story
SHOT, LARGEST = b"the login page, blank", 1000


def test_an_attachment_lives_in_the_bucket_and_goes_with_its_author(start: Start, tmp_path: Path):
    (tmp_path / "s3").mkdir()
    with ExitStack() as server:
        bucket = server.enter_context(serving(tmp_path / "s3", free_port()))
        story = start(**bucket.environment, ATTACHMENT_MAX_BYTES=str(LARGEST))
        files = [
            {"name": "shot.png", "content_type": "image/png", "content": SHOT.decode()},
            {"name": "film.mp4", "content_type": "video/mp4", "size": LARGEST + 1},
        ]
        story.report("whatsapp", "447700900931", "The login page is blank", files=files)
        small, large = story.until(lambda: fetched(story))
        assert (small["status"], small["file_size"]) == ("stored", len(SHOT))
        assert (large["status"], "larger than" in large["error"]) == ("refused", True)
        assert list(bucket.objects().values()) == [SHOT]
        assert not (story.home / "attachments").exists()
        assert "s3" not in troubles(story)

        story.api("DELETE", f"reporters/{story.tickets()[0]['reporter_id']}")
        story.until(lambda: bucket.objects() == {})
        story.until(lambda: story.tickets()[0]["title"] == "[erased]")

        server.close()
        story.control("POST", "slack/home", {"user": ANA})
        look_again(story)
        story.until(lambda: f"The bucket {NAME} could not be reached" in troubles(story).get("s3", "") or None)
        story.until(lambda: "Files, since" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None)
        assert all(KEY not in story.last_words(name) for name in ("bot", "intake", "worker"))


def fetched(story: Story) -> list[dict[str, Any]] | None:
    """The picture and the film of the one ticket, once it is known what became of each."""
    for ticket in story.tickets():
        files = story.api("GET", f"tickets/{ticket['id']}")[1]["data"]["attachments"]
        if len(files) == 2 and "pending" not in {file["status"] for file in files}:
            return sorted(files, key=lambda file: str(file["file_type"]))
    return None
