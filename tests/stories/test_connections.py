"""Every connection is tried; one that is down is said where operators and agents look. Imports nothing of ours."""

import pytest

from tests.stories.processes import ANA, Story, call

pytestmark = pytest.mark.story
REFUSED = "Intercom does not accept the token: check INTERCOM_API_TOKEN"


def test_every_platform_is_asked_and_a_token_that_is_not_taken_is_said(own_story: Story):
    story = own_story
    for platform, path in (("intercom", "/me"), ("notion", "/databases/"), ("slack", "auth.test")):
        story.until(lambda platform=platform, path=path: story.sent(platform, path))
    story.until(lambda: [row["status"] for row in story.sent("whatsapp", "/106540352242922")] == [200])
    assert troubles(story) == {}

    story.stop("worker")
    story.environment["INTERCOM_API_TOKEN"] = "another"
    story.control("POST", "slack/home", {"user": ANA})
    look_again(story)
    story.start("worker")
    story.until(lambda: REFUSED in troubles(story).get("intercom", "") or None)
    story.until(lambda: "Intercom, since" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None)


def troubles(story: Story) -> dict[str, str]:
    return dict(call("GET", f"{story.intake}/ready")[1]["checks"]["troubles"])


def look_again(story: Story) -> None:
    """Not only in five minutes."""
    story.ask("DELETE FROM schedules WHERE name = 'check_connections'")
