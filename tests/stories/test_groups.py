"""Duplicates across channels are put together in Slack and answered once. Imports nothing of ours."""

from typing import Any

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import ANA, BEN, RITA, Story

pytestmark = pytest.mark.story
TEXT = "**What happened:**\nIt hung.\n\n**How we fixed it:**\nA new queue.\n\n**Going forward:**\nWe watch it."
PHONE = "34600333444"


def test_a_group_made_in_slack_tells_the_primary_tickets_reporter_alone(story: Story):
    three_reports(story)
    with_a_page_in_notion(story)
    group = grouped(story, 1, 2, 3, primary=2)
    assert "🧩 The map hangs (3 tickets)" in story.card_with(1, "Group")["text"] + str(story.card(1)["blocks"])

    press(story, "group.resolve", "Resolve…")
    plan = story.window("Who is told")
    assert "Only the reporter of #2, the primary ticket" in str(plan["blocks"])
    preview = submit(story, plan, {"group.how": "ai", "group.whom": "primary", "group.note": "Queue was full"})
    assert "report-" in str(preview["blocks"])
    assert PHONE not in str(preview["blocks"])
    waiting = submit(story, preview)
    top = str(waiting["blocks"][:4])
    assert "The AI is writing" in top or "Send this text…" in top
    story.until(lambda: look_again(story, "Send this text…"))
    press(story, "group.continue", "Send this text…")
    question = submit(story, story.window("Nothing is sent before"), {"group.text": TEXT})
    assert "1 message leaves" in str(question["blocks"])
    assert "A new queue." in str(question["blocks"])
    story.submit(question)

    story.until(lambda: len(told(story)) == 1 or None)
    assert [row["platform"] for row in told(story)] == ["whatsapp"]
    story.window("1 person was told: 1 by WhatsApp.")
    story.until(lambda: {row["status"] for row in story.tickets()} == {"resolved"} or None)
    for ticket in story.tickets():
        assert "group_resolved" in story.events(ticket["id"])
    shown = story.api("GET", f"ticket_groups/{group}")[1]["data"]
    assert (shown["status"], shown["resolved_via_channel"]) == ("resolved", "whatsapp")
    assert shown["resolution_note"] == "Queue was full"
    (comment,) = story.until(lambda: story.sent("notion", "/comments"))
    assert "Resolved together with the group “The map hangs”: #1, #2, #3." in str(comment["body"])
    assert "Queue was full" in str(comment["body"])


def test_everybody_is_told_once_when_a_second_agent_agrees(start: Start):
    story = start(SECOND_APPROVER_ABOVE="2")
    three_reports(story)
    group = grouped(story, 1, 2, 3, primary=1)
    press(story, "group.resolve", "Resolve…")
    plan = story.window("Who is told")
    form = submit(story, plan, {"group.how": "hand", "group.whom": "everyone"})
    question = submit(story, form, {"group.text": TEXT})
    assert question["submit"]["text"] == "Ask a second agent"
    said = story.submit(question)
    assert "A second agent has to agree" in str(said)
    assert told(story) == []

    home(story, BEN, "home.groups")
    story.until(lambda: "group.open" in str(story.control("POST", "slack/home", {"user": BEN})["home"]) or None)
    story.control("POST", "slack/click", {"user": BEN, "action_id": "group.open"})
    window = story.window("wants to resolve this group", user=BEN)
    story.control("POST", "slack/click", {"user": BEN, "view_id": window["id"], "action_id": "group.second"})
    letters = story.window("3 messages leave", user=BEN)
    story.submit(letters, user=BEN)
    story.until(lambda: len(told(story)) == 3 or None)
    assert sorted(row["platform"] for row in told(story)) == ["intercom", "slack", "whatsapp"]
    assert story.api("GET", f"ticket_groups/{group}")[1]["data"]["status"] == "resolved"


def test_tickets_are_added_taken_out_and_a_group_of_one_is_dissolved(story: Story):
    three_reports(story)
    grouped(story, 1, 2, primary=1)
    press(story, "group.add", "Add tickets…")
    form = story.window("Choose the tickets that belong to")
    form = found(story, form, "3", 3)
    form = found(story, form, "map ha", 3)
    assert found(story, form, "1") is None, "it is in the group already"
    story.submit(form, {"group.picked": [offered(form, 3)]})
    window = story.window("3 tickets")
    for left in ("2 tickets", "dissolved"):
        first = next(
            each
            for block in window["blocks"]
            for each in block.get("elements", [])
            if each.get("action_id") == "group.remove"
        )
        block_id = next(block["block_id"] for block in window["blocks"] if first in block.get("elements", []))
        place = {"user": ANA, "view_id": window["id"], "action_id": "group.remove", "block_id": block_id}
        assert story.control("POST", "slack/click", place)["status"] == 200
        window = story.window(left)
    assert {row["ticket_group_id"] for row in story.tickets()} == {None}


def test_groups_are_found_by_status_and_by_name(story: Story):
    three_reports(story)
    grouped(story, 1, 2, primary=1)
    home(story, ANA, "home.groups")
    for action_id, value, is_there in (
        ("groups.status", "resolved", False),
        ("groups.status", "open", True),
        ("groups.words", "map", True),
        ("groups.words", "invoice", False),
    ):
        pressed = {"user": ANA, "action_id": action_id, "value": value}
        assert story.control("POST", "slack/click", pressed)["status"] == 200
        said = "Open the group The map hangs" if is_there else "No group fits this search."
        story.until(lambda said=said: said in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None)


def test_the_groups_of_rest_keep_the_same_rules(story: Story):
    three_reports(story)
    ids = [row["id"] for row in sorted(story.tickets(), key=lambda row: row["number"])]
    assert story.api("POST", "ticket_groups", {"name": "x", "ticket_ids": ids[:1]})[0] == 422
    status, answer = story.api("POST", "ticket_groups", {"name": "Map", "ticket_ids": ids[:2]})
    group = answer["data"]
    assert (status, group["ticket_count"], group["primary_ticket_id"]) == (201, 2, ids[0])
    path = f"ticket_groups/{group['id']}"
    assert story.api("POST", "ticket_groups", {"name": "x", "ticket_ids": ids[1:]})[0] == 409
    assert story.api("POST", f"{path}/add_tickets", {"ticket_ids": ids[2:]})[1]["data"]["ticket_count"] == 3
    assert story.api("DELETE", f"{path}/remove_ticket?ticket_id={ids[0]}")[1]["data"]["primary_ticket_id"] == ids[1]
    assert story.api("DELETE", f"{path}/remove_ticket", {"ticket_id": ids[0]})[0] == 404
    assert [row["id"] for row in story.api("GET", "ticket_groups?status=open")[1]["data"]] == [group["id"]]
    assert "report-" in story.api("GET", f"{path}/preview_content")[1]["data"]["prompt"]
    assert story.api("POST", f"{path}/resolve")[0] == 409, "there is nothing to say"
    assert story.api("POST", f"{path}/resolve", {"content": "no headings"})[0] == 422
    assert story.api("POST", f"{path}/resolve", {"content": TEXT, "channel": "slack"})[0] == 422
    assert story.api("POST", f"{path}/generate_content")[0] == 202
    draft = story.until(lambda: story.api("GET", path)[1]["data"]["draft"])
    assert "**Going forward:**" in draft
    status, answer = story.api("POST", f"{path}/resolve", {"notify": "everyone", "content": TEXT})
    assert (status, answer["data"]["told"]) == (200, 2)
    assert story.api("POST", f"{path}/resolve", {"content": TEXT})[0] == 409
    story.until(lambda: len(told(story)) == 2 or None)


def three_reports(story: Story) -> None:
    """One on each channel, and the hub knows who is an agent."""
    for number, (channel, who) in enumerate((("slack", RITA), ("whatsapp", PHONE), ("intercom", "ivy")), 1):
        story.report(channel, who, "The map hangs" + "!" * number)
        story.until(lambda number=number: len(story.tickets()) == number or None)
        story.until(lambda number=number: story.card(number))
    home(story, ANA, "home.tickets")


def with_a_page_in_notion(story: Story) -> None:
    first = next(row for row in story.tickets() if row["number"] == 1)
    assert story.api("POST", f"tickets/{first['id']}/triage")[0] == 202
    story.until(lambda: story.api("GET", f"tickets/{first['id']}")[1]["data"]["notion_page_id"])


def home(story: Story, user: str, action_id: str) -> None:
    story.until(lambda: action_id in str(story.control("POST", "slack/home", {"user": user})["home"]) or None)
    assert story.control("POST", "slack/click", {"user": user, "action_id": action_id})["status"] == 200


def grouped(story: Story, first: int, *others: int, primary: int) -> str:
    """From the card of the first: the others ticked, a name given. The group's id."""
    story.click(story.card_with(first, "Group…"), "Group…")
    form = story.window("Choose the tickets that are one problem")
    ticked = [offered(form, number) for number in (first, *others)]
    naming = submit(story, form, {"group.picked": ticked})
    values = {"group.name": "The map hangs", "group.primary": offered(naming, primary)}
    window = submit(story, naming, values)
    assert window["title"]["text"] == "Group"
    return str(story.until(lambda: next(row["ticket_group_id"] for row in story.tickets() if row["number"] == first)))


def found(story: Story, form: dict[str, Any], typed: str, number: int | None = None) -> Any:
    """What is typed finds this one ticket, which is chosen and then stands ticked in the form; None where none is."""
    place = {"user": ANA, "view_id": form["id"], "action_id": "group.find"}
    options = story.control("POST", "slack/suggest", place | {"query": typed})["body"]["options"]
    assert [option["text"]["text"].partition(" ")[0] for option in options] == ([f"#{number}"] if number else [])
    if number is None:
        return None
    assert story.control("POST", "slack/click", place | {"value": options[0]["value"]})["status"] == 200
    ticked = lambda: story.window("Choose the tickets that belong to")  # noqa: E731
    return story.until(lambda: view if "initial_options" in str(view := ticked()) else None)


def offered(form: dict[str, Any], number: int) -> str:
    """The value of the ticket with this number."""
    options = [option for block in form["blocks"] for option in (block.get("element") or {}).get("options", [])]
    return next(option["value"] for option in options if option["text"]["text"].startswith(f"#{number} "))


def submit(story: Story, view: dict[str, Any], values: dict[str, Any] | None = None) -> dict[str, Any]:
    """What takes the form's place, or the window below it."""
    answer = story.submit(view, values)
    assert "errors" not in str(answer["body"]), answer["body"]
    return dict(answer["views"][-1])


def press(story: Story, action_id: str, label: str) -> None:
    view = story.window(label)
    assert (
        story.control("POST", "slack/click", {"user": ANA, "view_id": view["id"], "action_id": action_id})["status"]
        == 200
    )


def look_again(story: Story, words: str) -> bool | None:
    """Press Refresh in the group's window."""
    press(story, "group.open", "Refresh")
    return words in str(story.control("GET", f"slack/views?user={ANA}")["data"]) or None


def told(story: Story) -> list[dict[str, Any]]:
    """Messages to reporters that a platform took: not the acknowledgements, nor what is said in the triage channel."""
    places = (("slack", "chat.postMessage"), ("whatsapp", "/messages"), ("intercom", "/reply"))
    rows = [row | {"platform": name} for name, path in places for row in story.sent(name, path)]
    return [row for row in rows if row["status"] < 300 and "A new queue" in str(row["body"]) and is_outward(row)]


def is_outward(row: dict[str, Any]) -> bool:
    return "C0TRIAGE" not in str(row["body"])
