"""Once today's budget for models is used up nobody is left guessing: cards, windows and programs say what to do."""

import pytest

from tests.stories.conftest import Start

pytestmark = pytest.mark.story
USED_UP = "Today's budget of 2,000 requests to models is used up; it opens again at 00:00 UTC."
TEXT = "**What happened:**\nGrey.\n\n**How we fixed it:**\nPainted.\n\n**Going forward:**\nColour."


def test_when_the_budget_is_used_up_everything_goes_on_by_hand(start: Start):
    story = start(TRIAGE_AUTOMATIC="true")
    story.ask("INSERT INTO model_days VALUES ((now() AT TIME ZONE 'UTC')::date, 2000)")
    story.report("whatsapp", "34600000010", "The app is grey", name="Ada")
    card = story.until(lambda: (found := story.card(1)) and USED_UP in str(found["blocks"]) and found)
    assert "goes on by itself then" in str(card["blocks"])

    (ticket,) = story.tickets()
    status, answer = story.api("POST", f"tickets/{ticket['id']}/triage")
    assert (status, answer["error"]["code"]) == (429, "too_many_requests")
    assert answer["error"]["message"] == f"{USED_UP} Do it by hand, or ask again then."
    assert 0 < answer["error"]["details"]["retry_after"] <= 86_400

    story.click(card, "ticket.status", value="resolved")
    story.click(story.card_with(1, "Generate with AI"), "Generate with AI")
    story.window(USED_UP)
    writing = story.modal(story.click(story.card_with(1, "Write it myself"), "Write it myself"))
    story.submit(writing, {"changelog.content": TEXT})
    story.submit(story.modal(story.click(story.draft_of(1), "Approve & send")))
    story.until(lambda: "notification_sent" in story.events(ticket["id"]) or None)
    assert story.sent("openai", "chat") == []

    story.ask("UPDATE model_days SET asked = 0")  # a new day
    story.ask("UPDATE jobs SET run_at = now() WHERE kind = 'triage' AND status = 'pending'")
    story.until(lambda: story.tickets()[0]["ai_outcome"] == "waiting" or None)
