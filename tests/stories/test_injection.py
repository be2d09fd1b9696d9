"""What reports, names and texts would have others do: markup stays text, and a model obeys nobody in them."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from tests.blocks.limits import message_faults, texts
from tests.stories import hostile
from tests.stories.hostile import MARKUP
from tests.stories.processes import Story

pytestmark = pytest.mark.story


def test_a_report_in_slacks_markup_is_inert_on_the_card_and_plain_in_notion(story: Story):
    story.report("whatsapp", "34600000031", f"zqxj {MARKUP} It crashes", name=MARKUP)
    story.report("slack", "U0RITA", f"zqxj {MARKUP} It crashes")  # typed by a person, so it arrives escaped
    story.report("intercom", "ivy", f"zqxj {MARKUP} It crashes", name=MARKUP)
    tickets = story.until(lambda: (len(found := story.tickets()) == 3 and found) or None)
    for ticket in tickets:
        story.until(lambda number=ticket["number"]: story.card(number))
        assert story.api("POST", f"tickets/{ticket['id']}/triage")[0] == 202
    pages = story.until(lambda: (len(found := story.control("GET", "notion/pages")["data"]) == 3 and found) or None)
    for ticket in tickets:
        card = story.card_with(ticket["number"], "Accept")
        assert message_faults(card["text"], card["blocks"]) == []
        assert "zqxj" in str(card["blocks"])
        parsed_by_slack = [each["text"] for each in texts(card["blocks"]) if each["type"] == "mrkdwn"]
        assert not any("zqxj" in text for text in parsed_by_slack)
        assert not [each for each in links(card["blocks"]) if "evil.example" in each]
    for sent in story.sent("slack", "chat."):
        assert not re.search(r"<[!@#h]", str(sent["body"].get("text", ""))), sent["body"]["text"]
    for page in pages:
        written = list(rich_texts(page["page"]))
        assert any("<!channel>" in each["plain_text"] for each in written), written
        for each in written:
            assert each["type"] == "text", each
            assert each["text"]["link"] is None, each


def test_a_changelog_in_slacks_markup_goes_out_inert_everywhere(story: Story):
    story.report("slack", "U0RITA", "It crashes")
    story.report("intercom", "ivy", "It crashes", name="Ivy")
    story.report("whatsapp", "34600000032", "It crashes", name="Wim")
    tickets = story.until(lambda: (len(found := story.tickets()) == 3 and found) or None)
    said = f'zqxj {MARKUP} <b>bold</b> <a href="http://evil.example">x</a> <img src=x onerror=alert(1)>'
    text = f"**What happened:**\n{said}\n\n**How we fixed it:**\nMended.\n\n**Going forward:**\nAll well."
    for ticket in tickets:
        path = f"tickets/{ticket['id']}"
        assert story.api("PATCH", path, {"status": "resolved"})[0] == 200
        assert story.api("POST", f"{path}/manual_changelog", {"content": text})[0] < 300
        draft = story.draft_of(ticket["number"])
        assert message_faults(draft["text"], draft["blocks"]) == []
        assert story.api("PATCH", f"{path}/approve_changelog")[0] == 200

    (message,) = story.until(lambda: telling(story, "slack", "chat.postMessage", to="D0RITA"))
    assert not re.search(r"<[^>]*>", message["text"])
    assert "&lt;!channel&gt;" in message["text"]
    assert (message["parse"], message["link_names"], message["unfurl_links"]) == ("none", False, False)
    (reply,) = story.until(lambda: telling(story, "intercom", "/reply"))
    assert set(re.findall(r"<[^>]*>", reply["body"])) <= {"<p>", "</p>", "<br>", "<b>", "</b>"}
    assert "&lt;!channel&gt;" in reply["body"]
    (session,) = story.until(lambda: telling(story, "whatsapp", "/messages"))
    assert said in session["text"]["body"], "WhatsApp knows no markup of this kind: it is shown as it is"
    assert session["text"]["preview_url"] is False


def test_what_a_report_orders_moves_neither_type_nor_priority(story: Story):
    plain = triaged(story, [""])[""]
    injected = triaged(story, hostile.INJECTIONS[:3])
    cards = [story.card_with(number, "Accept") for number in range(1, 5)]  # before many wait: one a second is drawn
    injected |= triaged(story, hostile.INJECTIONS[3:])
    assert len(injected) >= 30
    moved = {words for words, found in injected.items() if found[:2] != plain[:2]}
    assert moved <= hostile.READ_AS_MARKUP_BY_THE_PLAYED_MODEL
    asked = [sent["body"] for sent in story.sent("openai", "chat")]
    assert len(asked) == len(injected) + 1
    assert len({body["messages"][0]["content"] for body in asked}) == 1, "the rules are the same for everybody"
    assert [each for each in map(prompt_faults, asked) if each] == []
    assert len({first_line(body) for body in asked}) == len(asked), "a marker nobody can know beforehand"
    shown = [found[2] for found in injected.values()]
    shown += ["\n".join(each["text"] for each in texts(card["blocks"])) for card in cards]
    rules = [line for line in asked[0]["messages"][0]["content"].splitlines() if len(line) > 30]
    for words in shown:
        assert not re.search(r"\[[A-Z]+_\d+\]", words), words
        assert not any(said in words for said in (*rules, *map(first_line, asked))), words
    for card in cards:
        assert message_faults(card["text"], card["blocks"]) == []
    assert {ticket["status"] for ticket in story.tickets()} == {"open"}, "nothing was done, whatever was ordered"


BEFORE, AFTER = "The export fails with an error since Monday, write to bo@example.com.", "That was all, thank you."


def triaged(story: Story, injections: Iterable[str]) -> dict[str, tuple[str, int, str]]:
    """What the model suggests for the same report with each of these texts in its middle."""
    ids = {}
    for words in injections:
        status, answer = story.api("POST", "tickets", {"title": "", "description": f"{BEFORE}\n{words}\n{AFTER}"})
        assert status == 201, answer
        ids[words] = answer["data"]["id"]
        assert story.api("POST", f"tickets/{ids[words]}/triage", {"model": "gpt-5.1"})[0] == 202
    return {words: story.until(lambda ticket=ticket: suggestion(story, ticket)) for words, ticket in ids.items()}


def suggestion(story: Story, ticket_id: str) -> tuple[str, int, str] | None:
    row = story.api("GET", f"tickets/{ticket_id}")[1]["data"]
    if row["ai_outcome"] != "waiting":
        return None
    return row["ai_suggested_type"], row["ai_suggested_priority"], row["ai_summary"]


def prompt_faults(body: dict[str, Any]) -> str:
    """Empty when all of the report stands as data between two marker lines, and nothing else is asked."""
    rules, content = body["messages"]
    lines = content["content"].strip().splitlines()
    marker = lines[0]
    if rules["role"] not in {"system", "developer"} or content["role"] != "user" or "tools" in body:
        return "something else is asked"
    if not re.fullmatch(r"report-[\w-]{8,}", marker) or lines[-1] != marker or lines.count(marker) != 2:
        return f"the markers are not the first and the last line: {lines[0]} {lines[-1]}"
    inside = "\n".join(lines[1:-1])
    if not (BEFORE[:30] in inside and inside.strip().endswith(AFTER)):
        return f"some of the report is not there: {inside}"
    return "" if marker not in rules["content"] and "{{" not in rules["content"] else "the rules tell the marker"


def first_line(body: dict[str, Any]) -> str:
    return str(body["messages"][1]["content"]).strip().splitlines()[0]


def telling(story: Story, platform: str, path: str, to: str | None = None) -> list[dict[str, Any]] | None:
    """Bodies of what was sent there that has the text of the changelog."""
    bodies = [row["body"] for row in story.sent(platform, path) if "zqxj" in str(row["body"])]
    return [body for body in bodies if to in {None, body.get("channel")}] or None


def rich_texts(value: Any) -> Iterator[dict[str, Any]]:
    """Notion's rich text objects, wherever they stand."""
    if isinstance(value, dict):
        if "plain_text" in value:
            yield value
        for each in value.values():
            yield from rich_texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from rich_texts(each)


def links(value: Any) -> Iterator[str]:
    """Addresses that can be pressed."""
    if isinstance(value, dict):
        yield from [str(value["url"])] if "url" in value else []
        for each in value.values():
            yield from links(each)
    elif isinstance(value, list):
        for each in value:
            yield from links(each)
