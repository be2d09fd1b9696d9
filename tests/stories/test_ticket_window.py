"""A ticket's window, from the card's More: every tab, who has it, what it says. Imports nothing of ours."""

from typing import Any

import pytest

from tests.stories.processes import ANA, RITA, Story

pytestmark = pytest.mark.story


def test_a_ticket_is_read_assigned_and_edited_in_its_window(story: Story):
    story.report("slack", RITA, "The export crashes when I open it")
    story.until(lambda: story.tickets() or None)
    story.report("slack", RITA, "Another thing: the map is empty")
    story.until(lambda: len(story.tickets()) == 2 or None)
    first = next(row for row in story.tickets() if "export" in row["title"])
    story.until(lambda: "notification_sent" in story.events(first["id"]) or None)
    more(story, first["number"])

    tabs = {
        "Original": ("The export crashes when I open it", "English"),
        "Timeline": ("The reporter opened the ticket",),
        "Reporter": ("the map is empty",),
        "Deliveries": ("Acknowledgement by Slack",),
        "What the AI saw": ("No model has been asked",),
        "Overview": ("nobody yet",),
    }
    for label, expected in tabs.items():
        until_shown(story, lambda label=label: press(story, top(story), label), *expected)
    assert len(views(story)) == 1, "a tab changes the window and opens none"

    assign(story, "Ben", "Ben")
    assert story.api("GET", f"tickets/{first['id']}")[1]["data"]["assignee_id"].endswith(":U0BEN")
    assert "Ben" in str(story.until(lambda: (card := story.card(first["number"])) and "Ben" in str(card) and card))

    edit(story, {"ticket.edit_title": "Exports crash", "ticket.edit_tags": "export, billing"}, priority="0")
    until_shown(story, None, "Exports crash", "billing, export", "Critical")
    assert len(views(story)) == 1

    stale = form(story, "Edit ticket")
    story.api("PATCH", f"tickets/{first['id']}", {"priority": 1})
    answer = story.submit(stale, {"ticket.edit_title": "Mine"})
    assert "has changed since you read it" in str(answer["body"])
    story.control("POST", "slack/close", {"user": ANA, "view_id": stale["id"]})

    press(story, top(story), "Run AI triage")
    story.until(lambda: story.api("GET", f"tickets/{first['id']}")[1]["data"]["ai_outcome"] == "waiting" or None)
    window = until_shown(story, lambda: press(story, top(story), "Overview"), "AI suggests")
    press(story, window, "Accept")
    until_shown(story, None, "AI suggestion accepted")
    until_shown(
        story,
        lambda: press(story, top(story), "Timeline"),
        " accepted the AI's suggestion",
        "assigned the ticket to Ben",
    )


def test_what_a_model_saw_is_read_and_what_it_should_not_know_is_flagged(story: Story):
    story.report("slack", RITA, "The export stops, write to rita@shop.example about it. sandbox-leak")
    (ticket,) = story.until(lambda: story.tickets() or None)
    story.api("POST", f"tickets/{ticket['id']}/triage")
    story.until(lambda: "What the model wrote has what looks personal: e-mail address" in str(story.card(1)) or None)
    more(story, 1)
    seen = until_shown(story, lambda: press(story, top(story), "What the AI saw"), "Triage by gpt-5.1", "zelda@")
    assert "write to [EMAIL_1] about it" in str(seen)
    assert "rita@shop.example" not in str(seen["blocks"][2:]), "only the title above it, as she wrote it, has that"
    assert "Hidden before it left: e-mail address (2)." in str(seen)
    until_shown(
        story, lambda: press(story, top(story), "Timeline"), "found what looks personal in the model's answer"
    )


def test_triage_is_run_with_a_model_that_was_chosen(story: Story):
    story.report("slack", RITA, "The export stops")
    more(story, 1)
    click(story, top(story), "ticket.run_triage_with", value="gpt-6-luna")
    until_shown(story, lambda: press(story, top(story), "Timeline"), " asked gpt-6-luna to triage the ticket")
    story.until(lambda: story.tickets()[0]["ai_outcome"] == "waiting" or None)
    until_shown(story, lambda: press(story, top(story), "What the AI saw"), "Triage by gpt-6-luna")


def test_a_reporters_other_ticket_is_opened_on_top_and_the_next_one_in_its_place(story: Story):
    for text in ("One", "Two", "Three"):
        story.report("slack", RITA, f"{text} is broken")
        story.until(lambda text=text: any(text in row["title"] for row in story.tickets()) or None)
    more(story, 1)
    for number in (2, 3, 1):
        view = until_shown(story, lambda: press(story, top(story), "Reporter"), "Their other tickets", f"#{number} ")
        action = next(
            block["accessory"]
            for block in view["blocks"]
            if "accessory" in block and f"#{number} " in block["text"]["text"]
        )
        block_id = next(block["block_id"] for block in view["blocks"] if block.get("accessory") == action)
        click(story, view, action["action_id"], block_id=block_id)
        story.until(lambda number=number: top(story)["title"]["text"] == f"Ticket #{number}" or None)
        assert len(views(story)) == 2


def more(story: Story, number: int) -> dict[str, Any]:
    """The window, once the hub knows who is an agent; pressed again only when the press was refused."""
    card = story.card_with(number, "More")
    story.until(lambda: story.sent("slack", "conversations.members") or story.sent("slack", "usergroups") or None)

    def look() -> dict[str, Any] | None:
        view = (views(story) or [{}])[-1]
        if not view or view["title"]["text"] == "That did not work":
            story.click(card, "More")
            story.until(lambda: views(story) not in ([], [view]) or None)
            view = top(story)
        return view if view["title"]["text"] == f"Ticket #{number}" else None

    return story.until(look)


def assign(story: Story, typed: str, name: str) -> None:
    """Type a name into the picker, and choose who is offered."""
    view = top(story)
    place = {"user": ANA, "view_id": view["id"], "action_id": "ticket.assignee"}
    offered = story.control("POST", "slack/suggest", place | {"query": typed})
    option = next(each for each in offered["body"]["options"] if name in each["text"]["text"])
    answer = story.control("POST", "slack/click", place | {"value": option["value"]})
    assert answer["status"] == 200, answer
    until_shown(story, None, "Taken by: ", name)


def edit(story: Story, values: dict[str, Any], *, priority: str) -> None:
    answer = story.submit(form(story, "Edit ticket"), values | {"ticket.edit_priority": priority})
    assert "errors" not in str(answer["body"]), answer


def form(story: Story, label: str) -> dict[str, Any]:
    press(story, top(story), label)
    return story.until(lambda: (top(story).get("submit") and top(story)) or None)


def press(story: Story, view: dict[str, Any], label: str) -> None:
    rows = [(block, each) for block in view["blocks"] if block["type"] == "actions" for each in block["elements"]]
    action_id = next(each["action_id"] for _, each in rows if each.get("text", {}).get("text") == label)
    click(story, view, action_id)


def click(story: Story, view: dict[str, Any], action_id: str, **facts: str) -> None:
    body = {"user": ANA, "view_id": view["id"], "action_id": action_id}
    answer = story.control("POST", "slack/click", body | facts)
    assert answer["status"] == 200, answer


def until_shown(story: Story, act: Any, *expected: str) -> dict[str, Any]:
    """The window on top once it says all that, after `act`."""
    if act is not None:
        act()

    def look() -> dict[str, Any] | None:
        view = top(story)
        return view if all(words in str(view["blocks"]) for words in expected) else None

    return story.until(look)


def top(story: Story) -> dict[str, Any]:
    return views(story)[-1]


def views(story: Story) -> list[dict[str, Any]]:
    return list(story.control("GET", f"slack/views?user={ANA}")["data"])
