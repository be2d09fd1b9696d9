"""What is kept of a reporter reaches an agent as a file, once, and Slack never has it. Imports nothing of ours."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import RITA, Story
from tests.stories.test_ticket_acts import open_from_search, press, top

pytestmark = pytest.mark.story
SAID, ANOTHER = "The zebrafish export crashes", "The map stays empty"


def test_an_agent_has_what_is_kept_of_a_reporter_once(story: Story):
    story.report("slack", RITA, SAID)
    story.report("whatsapp", "34600333444", ANOTHER, name="Paco Prats")
    story.until(lambda: len(story.tickets()) == 2 or None)
    first = next(row for row in story.tickets() if row["description"] == SAID)
    story.until(lambda: "Rita Rossi" in str(story.card(first["number"])) or None)
    story.until(lambda: "notification_sent" in story.events(first["id"]) or None)
    before = len(story.sent("slack", ""))
    ask_for_the_export(story, first["number"])
    window = story.window("as one JSON file")
    (link,) = re.findall(r"'url': '([^']+)'", str(window))
    page, word = link.split("#")
    assert page == f"{story.intake}/export"

    status, headers, shown = asked(page)
    assert (status, headers.get_content_type()) == (200, "text/html")
    assert "Download the file" in shown
    assert "Rita" not in shown
    status, headers, file = asked(page, word=word)
    assert (status, headers["Content-Disposition"]) == (
        200,
        f'attachment; filename="person-{first["reporter_id"]}.json"',
    )
    assert headers["Cache-Control"] == "no-store"
    kept = json.loads(file)
    assert [row["description"] for row in kept["tickets"]] == [SAID]
    assert {row["platform_user_id"] for row in kept["accounts"]} == {f"T0SANDBOX:{RITA}"}
    assert ANOTHER not in file
    assert kept == story.api("GET", f"reporters/{first['reporter_id']}/export")[1]["data"]

    status, _, refused = asked(page, word=word)
    assert status == 404
    assert "This link was used already" in refused
    assert "Press Export… in the ticket&#39;s window in Slack for a new one." in refused
    log = story.until(lambda: (said := story.last_words("intake")) and "person_exported" in said and said)
    (told,) = [json.loads(line) for line in log.splitlines() if "person_exported" in line and "U0ANA" in line]
    assert (told["reporter_id"], told["by"]) == (first["reporter_id"], "T0SANDBOX:U0ANA")
    assert word not in log + story.last_words("bot")
    assert "zebrafish" not in log + story.last_words("bot")
    files = [row for row in story.sent("slack", "")[before:] if "files." in str(row["path"])]
    assert files == []


def ask_for_the_export(story: Story, number: int) -> None:
    open_from_search(story, number)
    press(story, "Reporter")
    story.until(lambda: "Export…" in str(top(story)) or None)
    press(story, "Export…")


def asked(page: str, **form: str) -> tuple[int, Mapping[str, str], str]:
    """As a browser does; with a form, by POST."""
    try:
        with urllib.request.urlopen(page, data=urlencode(form).encode() if form else None, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_what_is_no_form_of_ours_is_refused_in_a_sentence(story: Story):
    for form, status, why in (
        ({"word": ""}, 404, "was used already"),
        ({"other": "x"}, 404, "was used already"),
        ({"word": "<script>" * 3}, 404, "was used already"),
        ({"word": "x" * 2000}, 413, "The body may have 1024 bytes."),
    ):
        answered, headers, shown = asked(f"{story.intake}/export", **form)
        assert (answered, headers.get_content_type()) == (status, "text/html")
        assert why in shown
        assert "<form" not in shown
        assert "script-src 'sha256-" in headers["Content-Security-Policy"]
        assert "<script>" not in shown


def test_without_an_address_an_agent_is_told_what_to_do(start: Start):
    story = start(INTAKE_URL="")
    story.report("slack", RITA, SAID)
    (ticket,) = story.until(lambda: story.tickets() or None)
    ask_for_the_export(story, ticket["number"])
    window = story.window("have INTAKE_URL set")
    assert f"GET /api/reporters/{ticket['reporter_id']}/export" in str(window)
