"""The list of messages to reporters, and one of them in a window."""

import pytest

from blocks import deliveries, home, kit, notifications
from hub.reviewing import NotificationList
from hub.viewing import Choice, Screen
from storage.enums import NotificationStatus
from tests.blocks import make, make_lists
from tests.blocks.limits import action_ids, elements, view_faults, words

FAILED = {"status": "permanently_failed", "error": "The person is not on WhatsApp.", "retry_count": 2}


AT_FIRST = Choice("notifications")


def section(*lines, choice: Choice = AT_FIRST, next_cursor: str | None = None) -> list:
    return list(deliveries.section(NotificationList(lines, next_cursor), choice))


def test_a_line_says_to_whom_about_what_and_what_became_of_it():
    said = words(section(make_lists.message(**FAILED)))
    for part in ("To Rita Rossi", "#142 The export stops", "failed for good", "WhatsApp", "tried again 2 times"):
        assert part in said
    assert "The person is not on WhatsApp." in said
    assert "2026-11-03 09:30 UTC" in said


def test_an_error_that_is_past_is_not_shown_in_the_list():
    assert "Busy." not in words(section(make_lists.message(status="delivered", error="Busy.")))


def test_an_unsure_message_is_not_called_being_sent():
    said = words(section(make_lists.message(status="sending", is_unsure=True)))
    assert "probably sent, not confirmed" in said


def test_every_state_has_a_word_and_can_be_filtered_by():
    select = next(each for each in elements(section()) if each["action_id"] == deliveries.STATUS)
    values = {option["value"]: option["text"]["text"] for option in select["options"]}
    assert set(values) == {kit.ANY, *NotificationStatus}
    assert len(set(values.values())) == len(values)


def test_an_empty_list_says_why():
    assert "Nobody has been told anything yet." in words(section())
    assert "No message fits these filters." in words(section(choice=Choice("notifications").narrowed(status="read")))


def test_another_choice_has_another_block_id():
    plain, narrowed = section(), section(choice=Choice("notifications").narrowed(status="read"))
    assert plain[0]["block_id"] != narrowed[0]["block_id"]
    assert "search.clear" in action_ids(narrowed)


def test_pages_are_turned():
    drawn = section(make_lists.message(), choice=Choice("notifications").turned("a"), next_cursor="b")
    assert action_ids(drawn)[-2:] == ["search.previous", "search.next"]
    assert "Page 2" in words(drawn)


def test_the_window_shows_receipts_text_ticket_and_entry():
    view = deliveries.window(make_lists.window(delivered_at=make.AT))
    assert view_faults(view) == []
    said = words(view)
    for part in ("As it was sent", "Exports end where", "Ticket #142", "✅ Resolved", "High", "from Rita Rossi"):
        assert part in said
    for part in ("as the approved template", "Created: ", "Read: ", "gpt-5.1", "approved by Ana", "A new queue."):
        assert part in said
    assert "**" not in said
    assert action_ids(view["blocks"]) == ["ticket.open"]


def test_what_was_given_up_can_be_retried_after_a_question():
    owed = {"may_retry": True, "may_tell": True, "sent_at": None}
    view = deliveries.window(make_lists.window(line=make_lists.message(**FAILED), **owed))
    button = next(each for each in elements(view["blocks"]) if each["action_id"] == notifications.RETRY)
    assert button["value"] == str(make.NOTIFICATION)
    assert "Rita Rossi" in button["confirm"]["text"]["text"]
    assert "As it would be sent now" in words(view)
    assert "Retry once the cause is gone" in words(view)


def test_what_cannot_be_sent_can_be_told_by_hand_after_a_question():
    view = deliveries.window(make_lists.window(line=make_lists.message(**FAILED), may_tell=True, sent_at=None))
    (button,) = (each for each in elements(view["blocks"]) if each["action_id"].startswith("notification."))
    assert (button["action_id"], button["value"]) == (notifications.TOLD, str(make.NOTIFICATION))
    assert "Nothing is sent" in button["confirm"]["text"]["text"]


def test_why_it_is_not_retried_is_said():
    view = deliveries.window(make_lists.window(line=make_lists.message(**FAILED), stays="They know already."))
    assert "They know already." in words(view)
    assert "notification.retry" not in action_ids(view["blocks"])


def test_an_unsure_one_leads_to_the_card():
    view = deliveries.window(make_lists.window(line=make_lists.message(status="sending", is_unsure=True)))
    assert "on the ticket's card" in words(view)


def test_the_tab_is_marked():
    view = home.agent(Screen(Choice("notifications"), NotificationList((), None)), triage_channel="")
    assert view_faults(view) == []
    tab = next(each for each in elements(view["blocks"]) if each["action_id"] == home.NOTIFICATIONS)
    assert (tab["style"], tab["accessibility_label"]) == ("primary", "Notifications, shown now")


@pytest.mark.parametrize("status", ["permanently_failed", "channel_restricted"])
def test_a_card_offers_what_can_be_done_about_what_was_given_up(status: str):
    given_up = make.told(status=status)
    assert action_ids(list(notifications.told([given_up]))) == ["notification.retry", "notification.told"]
    by_hand = make.told(status="channel_restricted", channel="email", is_by_hand=True)
    assert "to be told by hand" in words({"blocks": list(notifications.told([by_hand]))})
    assert action_ids(list(notifications.told([by_hand]))) == ["notification.told"], "nothing can be sent that way"
    for other in (make.told(status="sent"), make.told(status="pending")):
        assert action_ids(list(notifications.told([given_up, other]))) == []
    assert action_ids(list(notifications.told([make.told(status=status, is_past=True)]))) == []
    assert action_ids(list(notifications.told([make.told(status=status, purpose="acknowledgement")]))) == []
