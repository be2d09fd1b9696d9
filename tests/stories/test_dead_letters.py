"""Dead letters in Slack: work made to fail is looked into, run again and done; what nobody could read is read again."""

from typing import Any

import pytest

from tests.stories.conftest import Start
from tests.stories.processes import ANA, RITA, Story
from tests.stories.test_door import intercom, intercom_conversation, post

pytestmark = pytest.mark.story


def test_work_made_to_fail_is_looked_into_run_again_and_done(story: Story):
    here(story)
    fail_next(story)
    story.report("intercom", "ivy", "It hangs")
    letter = until_listed(story, "It was made to fail, once")
    assert "The next welcome fails" not in str(letter)
    assert "#1 It hangs" in str(letter)
    assert story.card(1) is None

    press(story, "dead_letter.details")
    details = story.window("subject")
    press(story, "dead_letter.retry", view_id=details["id"])
    story.window("run again")
    assert "dead_letter.retry" not in str(until_listed(story, "✅ Resolved"))
    assert story.until(lambda: story.card(1))
    press(story, "dead_letter.retry", view_id=details["id"], block_id=row(details, "dead_letter.retry"))
    story.window("dealt with already")


def test_a_letter_is_resolved_with_a_reason_from_the_command(story: Story):
    here(story)
    fail_next(story)
    story.report("intercom", "ivy", "It hangs")
    until_listed(story, "It was made to fail, once")
    assert "Only support agents" in say(story, "", user=RITA)
    assert "`/dead-letters dispatch`" in say(story, "help")
    assert "no kind of work" in say(story, "pigeon")
    listed = say(story, "welcome")
    assert "Dead letters for “welcome”: 1" in listed
    assert "dead_letter.resolve" in listed

    press(story, "dead_letter.resolve")
    form = story.window("dead_letter.reason")
    assert story.submit(form, {"dead_letter.reason": "Only a try."})["views"] == []
    until_listed(story, "✅ Resolved")
    assert "Dead letters for “welcome”: 0" in say(story, "welcome")
    press(story, "dead_letter.details")
    story.window("Only a try.")
    assert story.card(1) is None


def test_all_that_is_shown_is_run_again_at_a_click(story: Story):
    here(story)
    for number in (1, 2):
        fail_next(story)
        story.report("intercom", f"ivy{number}", f"It hangs {number}")
        until_listed(story, f"ticket #{number} It hangs {number}")
    press(story, "dead_letter.retry_all")
    story.window("2 letters are run again, 2 seconds apart.")
    assert story.until(lambda: story.card(1) and story.card(2))
    assert "dead_letter.retry" not in str(until_listed(story, "✅ Resolved"))


def test_what_was_to_fail_is_taken_back(story: Story):
    here(story)
    fail_next(story)
    press(story, "force_fail.take_back")
    story.until(lambda: "The next welcome fails" not in str(press(story, "home.dead_letters")["home"]) or None)
    story.report("intercom", "ivy", "It hangs")
    assert story.until(lambda: story.card(1))
    press(story, "force_fail.fail")
    story.window("Choose what is to fail first.")


def test_a_delivery_nobody_could_read_is_read_again_from_home(start: Start):
    story = start(INTERCOM_APP_ID="another")
    post(story, "intercom", intercom(intercom_conversation("77")))
    here(story)
    until_listed(story, "Deliveries nobody could read")
    story.environment["INTERCOM_APP_ID"] = "sandboxapp"
    story.kill("worker")
    story.start("worker")
    press(story, "delivery.read_again")
    story.window("1 delivery is read again")
    assert story.until(story.tickets)[0]["channel"] == "intercom"
    story.until(lambda: "Deliveries nobody could read" not in str(press(story, "home.dead_letters")["home"]) or None)


def test_production_has_nothing_fail(start: Start):
    story = start(HUB_ENV="production", INTAKE_URL="")
    assert "force_fail" not in str(here(story))
    assert "Unresolved dead letters: 0" in say(story, "")


def here(story: Story) -> Any:
    """Ana's list of dead letters, once the hub knows that she is an agent."""
    story.until(
        lambda: "home.dead_letters" in str(story.control("POST", "slack/home", {"user": ANA})["home"]) or None
    )
    return until_listed(story, "used up its attempts")


def fail_next(story: Story) -> None:
    press(story, "force_fail.kind", value="welcome")
    press(story, "force_fail.fail")
    until_listed(story, "The next welcome fails")


def until_listed(story: Story, words: str) -> Any:
    return story.until(lambda: (shown := press(story, "home.dead_letters")["home"]) and words in str(shown) and shown)


def press(story: Story, action_id: str, **facts: Any) -> dict[str, Any]:
    answer = story.control("POST", "slack/click", {"user": ANA, "action_id": action_id} | facts)
    assert answer["status"] in {0, 200}, answer
    return dict(answer)


def row(view: dict[str, Any], action_id: str) -> str:
    """The block a button stands in."""
    return next(block["block_id"] for block in view["blocks"] if f"'{action_id}'" in str(block))


def say(story: Story, words: str, *, user: str = ANA) -> str:
    """What the command answered at once, blocks and all."""
    answer = story.control("POST", "slack/command", {"user": user, "command": "/dead-letters", "text": words})
    assert answer["status"] == 200, answer
    return str(answer["body"])
