"""Slack by Socket Mode: the bot connects, and nothing of it has to be reachable. Imports nothing of ours."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest

from sandbox.embedded import Servers
from tests.conftest import copied
from tests.stories.conftest import shared
from tests.stories.processes import RITA, SECRETS, Story, call

pytestmark = pytest.mark.story
APP_TOKEN = "xapp-1-A0SANDBOX-1-0123456789abcdef"
WRITTEN = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nA new queue.\n\n**Going forward:**\nAll well."


@pytest.fixture(scope="module")
async def sockets_url(migrated: Servers) -> AsyncIterator[str]:
    async with copied(migrated, "sockets") as url:
        yield url


@pytest.fixture(scope="module")
def shared_story(tmp_path_factory: pytest.TempPathFactory, sockets_url: str, embedded: Servers) -> Iterator[Story]:
    """Without a signing secret: nothing could come by HTTP."""
    given = {"SLACK_APP_TOKEN": APP_TOKEN, "SLACK_SIGNING_SECRET": ""}
    with shared(tmp_path_factory.mktemp("sockets"), sockets_url, embedded, redis=2, **given) as story:
        story.until(lambda: sockets(story))
        yield story


def test_from_the_report_to_the_answer_over_connections_that_end(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    story.click(story.card_with(1, "Take"), "Take")
    (ticket,) = story.tickets()

    story.control("POST", "slack/disconnect", {"reason": "refresh_requested"})
    story.until(lambda: [row for row in sockets(story) if not row["leaving"]])
    story.api("PATCH", f"tickets/{ticket['id']}", {"status": "resolved"})
    story.api("POST", f"tickets/{ticket['id']}/manual_changelog", {"content": WRITTEN})
    confirmation = story.modal(story.click(story.draft_of(1), "Approve & send"))

    story.control("POST", "slack/disconnect", {})
    story.report("slack", RITA, "The import crashes as well")
    story.until(lambda: len(story.tickets()) == 2)
    story.submit(confirmation)
    story.until(lambda: story.events(ticket["id"]).count("notification_sent") == 2)
    told = [row["text"] for row in story.control("GET", "slack/messages?channel=D0RITA")["data"]]
    assert sum("A new queue." in text for text in told) == 1

    ways = {row["way"] for row in story.control("GET", "delivered?platform=slack")["data"]}
    assert ways == {"SOCKET events_api", "SOCKET interactive"}


def test_commands_and_forms_are_answered_by_the_acknowledgement(story: Story):
    asked = story.control("POST", "slack/command", {"user": RITA, "command": "/feedback", "text": "Nothing loads"})
    assert asked["body"]["text"].startswith("Thank you"), asked
    (ticket,) = story.tickets()
    assert ticket["description"] == "Nothing loads"
    (kept,) = story.api("GET", "webhook_deliveries?platform=slack")[1]["data"]
    assert kept["status"] == "read"

    form = story.modal(story.control("POST", "slack/command", {"user": RITA, "command": "/feedback"}), user=RITA)
    story.submit(form, {"report.description": "Nothing prints"}, user=RITA)
    story.until(lambda: len(story.tickets()) == 2)
    refused = story.control("POST", "slack/command", {"user": RITA, "command": "/tickets"})
    assert "agent" in str(refused["body"])


@pytest.mark.parametrize("point", ["delivery_verified", "delivery_kept"])
def test_killed_before_it_could_acknowledge_it_is_told_again_and_makes_one_ticket(story: Story, point: str):
    story.stop("bot")
    story.start("bot", HUB_CRASH_AT=point)
    story.until(lambda: sockets(story))
    assert story.report("slack", RITA, "The export crashes")["status"] == 0
    assert story.running["bot"].wait(timeout=60) == -9
    assert len(story.tickets()) == (1 if point == "delivery_kept" else 0)

    story.start("bot")
    story.until(lambda: sockets(story))
    story.control("POST", "redeliver", {})
    story.until(lambda: story.card(1))
    story.until(lambda: {row["status"] for row in story.control("GET", "delivered?platform=slack")["data"]} == {200})
    assert len(story.tickets()) == 1


def test_without_a_connection_it_says_so_where_operators_look(story: Story):
    story.stop("bot")
    story.start("bot", SLACK_APP_TOKEN="xapp-of-another-app")
    story.until(lambda: story.control("GET", "sent?platform=slack")["data"][-1]["answer"] or None)
    ready = f"http://127.0.0.1:{story.ports['BOT_METRICS_PORT']}/ready"
    told = story.until(lambda: _troubles(ready).get("slack"))
    assert "SLACK_APP_TOKEN" in told
    assert call("POST", f"{story.bot}/slack/events", b"{}")[0] == 503
    story.stop("bot")
    story.start("bot")
    story.until(lambda: sockets(story))


def test_the_check_tries_it_all_and_prints_no_secret(story: Story):
    said = story.run("bot", "check")
    assert said.splitlines()[-1] == "Everything that is on works."
    assert "WRONG" not in said
    assert "the bot connects to Slack by itself (Socket Mode)" in said
    assert "2 people are agents, by the triage channel." in said
    for name in ("Slack", "Intercom", "WhatsApp", "Notion", "Models"):
        assert re.search(rf"^{name}$", said, re.MULTILINE)
    assert not [secret for secret in (*SECRETS.values(), APP_TOKEN) if secret in said]


def sockets(story: Story) -> list[dict[str, object]]:
    return list(story.control("GET", "slack/sockets")["data"])


def _troubles(url: str) -> dict[str, str]:
    try:
        return dict(call("GET", url)[1]["checks"]["troubles"])
    except OSError:
        return {}
