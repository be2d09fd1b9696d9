"""The API keeps what its document promises, whatever it is asked. Imports nothing of ours."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.stories.processes import KEY, ROOT, Story

pytestmark = pytest.mark.story
HERE = Path(__file__).parent
TEXT = "**What happened:**\nIt broke.\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
CASES = "4"
"""Of each endpoint, made at random; the corners of every field come on top."""


def test_whatever_is_asked_is_answered_as_the_document_says(story: Story, tmp_path: Path):
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{story.intake}/openapi.json", "--header", f"Authorization: Bearer {KEY}", "--checks", "all"),
        *("--max-examples", CASES, "--generation-deterministic", "--continue-on-failure", "--no-color"),
    ]
    ours = {"SCHEMATHESIS_HOOKS": "tests.stories.openapi_checks", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | ours | {"KNOWN_IDS": json.dumps(everything(story))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2000:]
    number = len([each for path in story.document()["paths"].values() for each in path])
    assert f"Tested: {number}" in run.stdout


def test_the_document_can_be_read_by_people_and_asks_nobody_for_anything(story: Story):
    with urllib.request.urlopen(f"{story.intake}/docs") as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in page.replace(story.intake, "")
    for path in story.document()["paths"]:
        assert f"<code>{path}</code>" in page


def everything(story: Story) -> dict[str, list[str]]:
    """Something of each kind, in several states."""
    story.api("POST", "ticket_groups/simulate_incident")
    tickets = story.until(lambda: rows if len(rows := ids(story, "tickets")) == 8 else None)
    resolved(story, tickets[0])
    resolved(story, tickets[1])
    assert story.api("PATCH", f"tickets/{tickets[1]}/approve_changelog")[0] == 200
    group = story.api("POST", "ticket_groups", {"name": "Reminders", "ticket_ids": tickets[2:5]})[1]["data"]["id"]
    analysis = story.api("POST", "ticket_groups/suggest", {})[1]["data"]["id"]
    story.api("POST", "dead_letter_jobs/force_fail", {"job_class": "triage"})
    story.api("POST", f"tickets/{tickets[6]}/triage")
    people = [row["reporter_id"] for row in story.tickets()]
    letters = story.until(lambda: ids(story, "dead_letter_jobs") or None)
    return {
        "ticket_id": tickets,
        "group_id": [group],
        "analysis_id": [analysis],
        "notification_id": ids(story, "notifications"),
        "letter_id": letters,
        "delivery_id": ids(story, "webhook_deliveries"),
        "reporter_id": people[-2:],
        "erasure_id": [story.api("DELETE", f"reporters/{people[0]}")[1]["data"]["id"]],
    }


def resolved(story: Story, ticket: str) -> None:
    story.api("PATCH", f"tickets/{ticket}", {"status": "resolved"})
    assert story.api("POST", f"tickets/{ticket}/manual_changelog", {"content": TEXT})[0] == 201


def ids(story: Story, path: str) -> list[str]:
    rows: list[dict[str, Any]] = story.api("GET", f"{path}?limit=100")[1]["data"]
    return [row["id"] for row in rows]
