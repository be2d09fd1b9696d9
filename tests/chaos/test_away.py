"""PostgreSQL is away: nothing is taken that is not durable, and what was refused is taken when it comes again."""

from pathlib import Path

import pytest

from sandbox.embedded import servers
from storage.migrations import upgrade
from tests.stories.processes import Story
from tests.stories.test_door import (
    intercom,
    intercom_conversation,
    post,
    slack,
    slack_message,
    whatsapp,
    whatsapp_messages,
)

pytestmark = pytest.mark.story


async def test_every_door_says_so_and_takes_the_same_later(tmp_path: Path) -> None:
    with servers(tmp_path / "servers") as running:  # of its own: others go on meanwhile
        await upgrade(running.database_url)
        with Story(tmp_path, database_url=running.database_url, redis_url=running.redis_url) as story:
            deliveries = {
                "bot": slack(slack_message("17000001.000100")),
                "intercom": intercom(intercom_conversation("1")),
                "whatsapp": whatsapp(whatsapp_messages("wamid.1")),
            }
            running.database.kill()
            answers = {door: post(story, door, one) for door, one in deliveries.items()}
            assert {door: status for door, (status, _) in answers.items()} == dict.fromkeys(deliveries, 503)
            assert {answer["error"]["code"] for _, answer in answers.values()} == {"unavailable"}
            running.database.start()
            for door, one in deliveries.items():
                story.until(lambda door=door, one=one: post(story, door, one)[0] == 200)
            assert sorted(row["channel"] for row in story.tickets()) == sorted(("slack", "intercom", "whatsapp"))
