"""What people say and who they are stands in the tables and on the platforms, and nowhere else. Imports nothing of ours.

Words nobody else uses go through the whole hub, through every door and through much that goes wrong; then they are
looked for where they must not be: logs, Redis, dead letters, metrics, and what the doors answer. Then everybody is erased, and
they are looked for everywhere.
"""

import asyncio
import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from tests.stories.conftest import Start
from tests.stories.processes import KEY, RITA, SECRETS, TRIAGE, Story, answers, call
from tests.stories.test_door import whatsapp

pytestmark = pytest.mark.story
NAME, WORD, PLACE = "Zorvatha Quillmere", "xylocanary", "Brambleholt"
EMAIL, PHONE, SECRET_SHARED = "zorvatha@quillmere.example", "447700900931", "hunter-Zx81-canary"
SAID = f"The {WORD} export fails in {PLACE}. I am {NAME}, {EMAIL}, +{PHONE}, my password is {SECRET_SHARED}"
OLD, NEW = "0d" * 32, "1e" * 32
CANARIES = (NAME, "Quillmere", WORD, PLACE, EMAIL, PHONE, SECRET_SHARED)
TEXT = f"**What happened:**\nThe {WORD} broke.\n\n**How we fixed it:**\nIn {PLACE}.\n\n**Going forward:**\nAll is well, {NAME}."


@pytest.fixture
def story(own_story: Story) -> Story:
    """Nobody else's words are in its logs."""
    return own_story


def test_words_of_people_stay_where_they_belong_and_go_when_they_are_to(
    story: Story, redis_url: str, database_url: str
):
    answers = [*everything_that_goes_well(story), *everything_that_goes_wrong(story)]
    assert "request_answered" in story.last_words("intake"), "or nothing would be looked through"
    places = {
        **{f"{name}.log": (story.home / f"{name}.log").read_text() for name in ("bot", "intake", "worker")},
        "redis": "\n".join(kept_in(redis_url)),
        "dead letters": json.dumps(story.api("GET", "dead_letter_jobs?limit=100")[1]["data"]),
        "metrics": "\n".join(metrics(story)),
        "answers": "\n".join(answers),
    }
    assert "FailedOnPurpose" in places["dead letters"]
    assert "hub_jobs_total" in places["metrics"]
    found = {place: [each for each in CANARIES if each.lower() in text.lower()] for place, text in places.items()}
    assert not {place: words for place, words in found.items() if words}
    for name, secret in (SECRETS | {"key": KEY}).items():
        assert not [place for place, text in places.items() if secret in text], name

    an_agent_writes_in_a_dead_letter(story)
    before = asyncio.run(tables(database_url))
    assert WORD in before["dead_letter_jobs"]
    assert all(any(each in text for text in before.values()) for each in CANARIES)
    everybody_is_erased(story)
    after = asyncio.run(tables(database_url)) | {
        "redis": "\n".join(kept_in(redis_url)),
        "files": "\n".join(f"{path} {path.read_bytes()!r}" for path in files(story)),
        "notion": json.dumps(story.control("GET", "notion/pages")),
        "slack": json.dumps(story.control("GET", f"slack/messages?channel={TRIAGE}")),
    }
    found = {place: [each for each in CANARIES if each.lower() in text.lower()] for place, text in after.items()}
    assert not {place: words for place, words in found.items() if words}


def test_what_is_sealed_stays_so_while_keys_change(start: Start, database_url: str):
    story = start(HUB_ENCRYPTION_KEY=OLD, WHATSAPP_BURST_SECONDS="0")
    for channel, who in (("slack", RITA), ("intercom", "ivy"), ("whatsapp", PHONE)):
        story.report(channel, who, "The export fails", name=NAME)
    (before,) = story.until(lambda: [row for row in story.tickets() if row["channel"] == "whatsapp"] or None)
    story.until(lambda: len(story.tickets()) == 3)
    everywhere = asyncio.run(tables(database_url))
    for table in ("reporters", "reporter_identities", "notifications", "agents", "bodies"):
        assert PHONE not in everywhere[table]
        assert not re.search(r"[a-z]{3}@[a-z]{3}", everywhere[table]), table
    assert "The export fails" not in everywhere["ticket_sources"] + everywhere["bodies"]

    for name in ("bot", "intake", "worker"):
        story.stop(name)
    story.environment["HUB_ENCRYPTION_KEY"] = f"{NEW},{OLD}"
    assert "Everything is sealed with the key" in story.run("runtime.reseal")
    story.environment["HUB_ENCRYPTION_KEY"] = NEW
    for name in ("bot", "intake", "worker"):
        story.start(name)
    story.until(lambda: answers(f"{story.intake}/up"))
    story.report("whatsapp", PHONE, "Once more, about something else entirely")
    rows = story.until(lambda: (rows := story.tickets())[3:] and rows)
    assert {row["reporter_id"] for row in rows if row["channel"] == "whatsapp"} == {before["reporter_id"]}


def everything_that_goes_well(story: Story) -> Iterator[str]:
    """Every channel, a model, Notion, a message to the reporter."""
    reports = (("slack", RITA), ("intercom", "ivy"), ("whatsapp", PHONE))
    for number, (channel, who) in enumerate(reports, 1):
        story.report(channel, who, f"{SAID} ({number})")
    tickets = story.until(lambda: rows if len(rows := story.tickets()) == len(reports) else None)
    told = next(row for row in tickets if row["channel"] == "whatsapp")
    assert WORD in told["description"]
    path = f"tickets/{told['id']}"
    story.api("POST", f"{path}/triage")
    story.until(lambda: story.api("GET", path)[1]["data"]["notion_page_id"])
    story.api("PATCH", path, {"status": "resolved", "title": f"The {WORD} of {NAME}", "tags": [WORD]})
    story.api("POST", f"{path}/manual_changelog", {"content": TEXT})
    assert story.api("PATCH", f"{path}/approve_changelog", {"approved_by": NAME})[0] == 200
    story.until(lambda: "notification_sent" in story.events(told["id"]) or None)
    yield json.dumps(story.api("GET", "webhook_deliveries")[1])


def everything_that_goes_wrong(story: Story) -> Iterator[str]:
    """Work that fails, a model and a platform that break, deliveries and requests nobody can read."""
    for kind in ("triage", "dispatch", "push_to_notion"):
        story.api("POST", "dead_letter_jobs/force_fail", {"job_class": kind})
    pushed = next(row for row in story.tickets() if row["notion_page_id"])
    story.api("PATCH", f"tickets/{pushed['id']}", {"priority": 1})
    story.until(lambda: "push_to_notion" in json.dumps(story.api("GET", "dead_letter_jobs")[1]) or None)
    story.faults("openai", "bad_json")
    story.faults("notion", "500")
    ticket = story.api("POST", "tickets", {"title": SAID[:120], "description": SAID, "reporter": {"email": EMAIL}})
    path = f"tickets/{ticket[1]['data']['id']}"
    story.api("POST", f"{path}/triage")
    story.until(lambda: '"triage"' in json.dumps(story.api("GET", "dead_letter_jobs")[1]) or None)
    story.api("POST", f"{path}/triage")
    story.until(lambda: "ai_triage_failed" in story.events(ticket[1]["data"]["id"]) or None)
    body, headers = whatsapp({"object": "whatsapp_business_account", "entry": [{"changes": SAID}]})
    yield str(call("POST", f"{story.intake}/webhooks/whatsapp", body, headers))
    yield str(call("POST", f"{story.intake}/webhooks/whatsapp", SAID.encode(), headers))
    yield str(call("POST", f"{story.intake}/webhooks/intercom", {"topic": SAID}))
    yield str(call("POST", f"{story.bot}/slack/events", {"type": SAID}))
    for method, wrong, asked in (
        ("POST", "tickets", {"title": [SAID]}),
        ("POST", "tickets", {"title": SAID, "channel": WORD}),
        ("POST", "tickets", f'{{"title": "{SAID}'.encode()),
        ("PATCH", path, {"status": WORD}),
        ("PATCH", path, {"title": SAID, "version": 0}),
        ("POST", f"{path}/triage", {"model": WORD}),
        ("POST", f"{path}/manual_changelog", {"content": SAID}),
        ("GET", f"tickets?cursor={WORD}&status={PLACE}", None),
        ("GET", f"tickets/{WORD}", None),
        ("GET", f"{WORD}/{PLACE}", None),
        ("POST", "ticket_groups", {"name": SAID, "ticket_ids": []}),
    ):
        status, answer = story.api(method, wrong, asked)
        assert status >= 400, (method, wrong, answer)
        yield json.dumps(answer)


def an_agent_writes_in_a_dead_letter(story: Story) -> None:
    """Why nothing has to be done: the one place there where words of people may come to stand."""
    letters = story.api("GET", "dead_letter_jobs?limit=100&status=unresolved")[1]["data"]
    letter = next(each for each in letters if each["job_class"] == "push_to_notion")
    assert story.api("PATCH", f"dead_letter_jobs/{letter['id']}/resolve", {"resolution": SAID})[0] == 200


def everybody_is_erased(story: Story) -> None:
    """And what showed them in Notion and in Slack has been drawn anew."""
    people = {row["reporter_id"] for row in story.tickets() if row["reporter_id"]}
    assert len(people) == 4
    for person in people:
        assert story.api("GET", f"reporters/{person}/export")[1]["data"]["tickets"]
        status, answer = story.api("DELETE", f"reporters/{person}")
        assert status == 202
        path = f"erasures/{answer['data']['id']}"
        story.until(lambda path=path: story.api("GET", path)[1]["data"]["finished_at"])
        assert story.api("GET", path)[1]["data"]["receipt"]["tickets"] == 1
        assert story.api("GET", f"reporters/{person}/export")[0] == 404
    assert {row["title"] for row in story.tickets()} == {"[erased]"}
    story.faults("notion", "off")
    story.until(lambda: WORD not in json.dumps(story.control("GET", "notion/pages")) or None)
    story.until(lambda: WORD not in json.dumps(story.control("GET", f"slack/messages?channel={TRIAGE}")) or None)


async def tables(database_url: str) -> dict[str, str]:
    """Every table as text."""
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        names = [
            row["tablename"]
            for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        found = {name: [row[0] for row in await connection.fetch(f"SELECT t::text FROM {name} t")] for name in names}
        found["bodies"] = [
            bytes(row[0]).decode(errors="replace")
            for row in await connection.fetch("SELECT body FROM webhook_deliveries")
        ]
    finally:
        await connection.close()
    return {name: "\n".join(rows) for name, rows in found.items()}


def files(story: Story) -> list[Path]:
    return [path for path in (story.home / "attachments").rglob("*") if path.is_file()]


def kept_in(redis_url: str) -> Iterator[str]:
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter():
            yield f"{key!r} {redis.dump(key)!r}"


def metrics(story: Story) -> Iterator[str]:
    for name in ("INTAKE", "BOT", "WORKER"):
        with urllib.request.urlopen(f"http://127.0.0.1:{story.ports[f'{name}_METRICS_PORT']}/metrics") as answer:
            yield answer.read().decode()
