"""The card shows the ticket as it is and offers what can be done with it."""

from blocks import ticket_assign, tickets
from hub.showing import Grouped, TicketCard
from tests.blocks import make
from tests.blocks.limits import action_ids, elements, view_faults, words

OFF = "AI is off: set OPENAI_API_KEY."


def pressable(card: TicketCard, models_off=None):
    return action_ids(tickets.card(card, models_off=models_off).blocks)


def seen(card: TicketCard, models_off=None):
    return words(tickets.card(card, models_off=models_off).blocks)


def test_an_open_ticket_can_be_taken_triaged_and_moved():
    assert pressable(make.card()) == [
        "ticket.take",
        "ticket.assign",
        "triage.run",
        "ticket.status",
        "ticket.group",
        "ticket.open",
    ]


def test_what_is_done_already_is_not_offered():
    assert "ticket.take" not in pressable(make.card(assignee="Ana"))
    resolved = pressable(make.card(status="resolved"))
    assert not {"ticket.take", "triage.run"} & set(resolved)


def test_the_card_names_its_group():
    group = Grouped(make.ENTRY, "Exports stop", 3, is_resolved=False)
    assert "🧩 Exports stop (3 tickets)" in seen(make.card(group=group))
    assert "ticket.group" in pressable(make.card(group=group))


def test_buttons_carry_the_ticket():
    drawn = tickets.card(make.card(status="resolved", comment_count=1, comments=(make.said(),)), models_off=None)
    values = {e["value"] for e in elements(drawn.blocks) if e["type"] == "button"}
    assert values == {str(make.TICKET)}


def test_the_status_select_shows_the_status_and_its_row_carries_the_ticket():
    drawn = tickets.card(make.card(status="in_progress"), models_off=None)
    row = next(block for block in drawn.blocks if block["type"] == "actions")
    select = next(e for e in row["elements"] if e["type"] == "static_select")
    assert select["initial_option"]["value"] == "in_progress"
    assert [option["value"] for option in select["options"]] == ["open", "in_progress", "resolved"]
    assert tickets.ticket_of(row["block_id"]) == str(make.TICKET)


def test_the_row_has_a_new_id_in_every_state():
    ids = {
        next(b["block_id"] for b in tickets.card(make.card(status=s), models_off=None).blocks if "block_id" in b)
        for s in ("open", "in_progress", "resolved")
    }
    assert len(ids) == 3


def test_while_triage_runs_it_cannot_be_run_again():
    card = make.card(is_triaging=True)
    assert "triage.run" not in pressable(card)
    assert "AI triage is running…" in seen(card)


def test_a_failed_triage_says_why_and_can_be_run_again():
    card = make.card(triage_error="The model is retired.")
    assert "triage.run" in pressable(card)
    assert "The model is retired." in seen(card)


def test_without_a_model_the_sentence_stands_where_the_buttons_were():
    card = make.card(status="resolved")
    assert pressable(card, OFF) == [
        "ticket.assign",
        "ticket.status",
        "ticket.group",
        "ticket.open",
        "changelog.write",
    ]
    assert seen(card, OFF).count(OFF) == 1


def test_a_resolved_ticket_offers_both_ways_to_a_draft():
    assert pressable(make.card(status="resolved"))[-2:] == ["changelog.generate", "changelog.write"]


def test_an_open_ticket_offers_none():
    assert not {"changelog.generate", "changelog.write"} & set(pressable(make.card(status="in_progress")))


def test_a_live_draft_takes_their_place():
    card = make.card(status="resolved", draft=make.draft())
    assert not {"changelog.generate", "changelog.write"} & set(pressable(card))
    assert "A draft for the reporter waits" in seen(card)


def test_while_a_draft_is_written_no_other_is_begun():
    card = make.card(status="resolved", is_drafting=True)
    assert not {"changelog.generate", "changelog.write"} & set(pressable(card))
    assert "The AI is writing a draft" in seen(card)


def test_a_draft_that_failed_says_why_and_can_be_asked_for_again():
    card = make.card(status="resolved", draft_error="The quota is used up.")
    assert "changelog.generate" in pressable(card)
    assert "The quota is used up." in seen(card)


def test_once_the_reporter_is_told_no_second_text_is_offered():
    for status in ("pending", "sending", "sent", "delivered", "read", "failed"):
        card = make.card(status="resolved", told=(make.told(status=status),))
        assert not {"changelog.generate", "changelog.write"} & set(pressable(card))


def test_a_message_that_failed_for_good_may_be_followed_by_another():
    for status in ("permanently_failed", "channel_restricted"):
        assert "changelog.write" in pressable(make.card(status="resolved", told=(make.told(status=status),)))


def test_an_acknowledgement_tells_nobody_of_the_fix():
    card = make.card(status="resolved", told=(make.told(purpose="acknowledgement"),))
    assert "changelog.write" in pressable(card)


def test_a_comment_on_a_resolved_ticket_offers_to_reopen_it():
    said = {"comments": (make.said(),), "comment_count": 1}
    assert "ticket.reopen" in pressable(make.card(status="resolved", **said))
    assert "ticket.reopen" not in pressable(make.card(status="open", **said))
    assert "ticket.reopen" not in pressable(make.card(status="resolved"))


def test_an_unsure_message_asks_whether_it_arrived():
    drawn = tickets.card(make.card(told=(make.told(status="sending", is_unsure=True),)), models_off=None)
    asked = {e["action_id"]: e for e in elements(drawn.blocks) if e["action_id"].startswith("notification.")}
    assert set(asked) == {"notification.arrived", "notification.send_again"}
    assert {e["value"] for e in asked.values()} == {str(make.NOTIFICATION)}
    assert "confirm" in asked["notification.send_again"]
    assert "Did it arrive?" in words(drawn.blocks)


def test_unsure_messages_are_shown_before_older_sure_ones():
    told = (make.told(status="sending", is_unsure=True), *(make.told() for _ in range(40)))
    card = make.card(told=told)
    assert "notification.arrived" in pressable(card)
    assert "33 more messages are not shown." in seen(card)


def test_each_message_says_how_far_it_came():
    told = (
        make.told(status="read", kind="session"),
        make.told(status="permanently_failed", error="The number has no WhatsApp.", retry_count=5),
        make.told(status="channel_restricted", retry_count=1, kind=None, channel="intercom"),
    )
    said = seen(make.card(told=told))
    assert "Message by WhatsApp, in full: \n✅ read" in said
    assert "failed for good, tried again 5 times\nThe number has no WhatsApp." in said
    assert "Message by Intercom: \n🚫 not allowed on this channel" in said
    assert "tried again 1 time" in said


def test_a_long_report_is_cut_and_says_how_much_is_missing():
    shown = seen(make.card(description="word " * 1000))
    kept = next(line for line in shown.splitlines() if line.startswith("word "))
    assert len(kept) <= 600
    assert kept.endswith("word…")
    assert f"{5000 - len(kept) + 1:,} more characters are not shown here." in shown


def test_a_ticket_shows_who_took_it():
    assert "Taken by: \nBen Baker" in seen(make.card(assignee="Ben Baker"))
    assert "Taken by: \nnobody yet" in seen(make.card())


def test_the_newest_comments_are_shown_with_how_many_there_are():
    comments = tuple(make.said(text=f"comment {n}") for n in range(5))
    shown = seen(make.card(comments=comments, comment_count=9))
    assert "💬 9 comments, the newest 3:" in shown
    assert "comment 1" not in shown
    assert "comment 4" in shown


def test_a_deleted_comment_keeps_its_words_to_itself():
    shown = seen(make.card(comments=(make.said(text="secret", is_deleted=True),), comment_count=1))
    assert "secret" not in shown
    assert "deleted by its author" in shown


def test_a_deleted_report_is_marked():
    assert "has deleted the original message" in seen(make.card(was_deleted_by_author=True))


def test_attachments_say_what_became_of_them():
    files = (
        make.attached(),
        make.attached(name="b.bin", size=None, status="pending"),
        make.attached(name="c.zip", size=999, status="refused", error="It is too large."),
        make.attached(name="d.mov", size=21_500_000),
        *(make.attached(name=f"{n}.png") for n in range(4)),
    )
    shown = seen(make.card(attachments=files))
    assert "screen.png (image/png, 12 kB): kept" in shown
    assert "b.bin (image/png): being fetched" in shown
    assert "c.zip (image/png, 999 bytes): not kept. It is too large." in shown
    assert "d.mov (image/png, 21.5 MB): kept" in shown
    assert "3 more attachments are not shown." in shown


def test_notion_is_linked_with_its_status_and_its_trouble():
    card = make.card(
        notion_url="https://www.notion.so/abc",
        notion_status="In progress",
        notion_trashed=True,
        notion_error="The property Type is missing.",
    )
    shown = seen(card)
    assert "https://www.notion.so/abc" in str(tickets.card(card, models_off=None).blocks)
    assert " · In progress" in shown
    assert "in Notion's trash" in shown
    assert "The property Type is missing." in shown


def test_the_original_message_and_the_tags_are_shown():
    card = make.card(source_url="https://x.slack.com/archives/C1/p1", tags=("billing", "export"))
    assert "https://x.slack.com/archives/C1/p1" in str(tickets.card(card, models_off=None).blocks)
    assert "billing, export" in seen(card)


def test_a_screen_reader_hears_the_whole_card():
    card = make.card(
        status="resolved",
        priority=1,
        title="Fish & chips <now>",
        assignee="Ben Baker",
        suggestion=make.suggestion(),
        draft=make.draft(),
        told=(make.told(status="delivered"), make.told(is_unsure=True)),
        comment_count=2,
    )
    text = tickets.card(card, models_off=None).text
    for part in (
        "#142 Fish &amp; chips &lt;now&gt;.",
        "Resolved, High priority, Bug.",
        "From Rita Rossi by Slack, 2026-11-03 09:30 UTC.",
        "Taken by Ben Baker.",
        "It stops at 100 rows.",
        "Comments: 2",
        "AI suggests: Incident, High",
        "A draft for the reporter waits",
        "Message by WhatsApp, as the approved template: delivered",
        "probably sent, not confirmed",
    ):
        assert part in text


def test_a_screen_reader_hears_what_is_under_way():
    assert "AI triage is running" in tickets.card(make.card(is_triaging=True), models_off=None).text
    assert "AI triage failed: No." in tickets.card(make.card(triage_error="No."), models_off=None).text
    assert "is writing a draft" in tickets.card(make.card(is_drafting=True), models_off=None).text


def test_a_long_report_does_not_push_the_state_out_of_what_is_heard():
    card = make.card(description="&" * 50_000, told=(make.told(status="delivered"),))
    assert "delivered" in tickets.card(card, models_off=None).text


def test_a_card_is_the_same_when_nothing_changed():
    assert tickets.card(make.card(), models_off=None) == tickets.card(make.card(), models_off=None)


def test_the_form_of_assign_shows_who_has_it_and_asks_for_another():
    view = ticket_assign.form(ticket_id=make.TICKET, number=142, holder=("T1:UBEN", "Ben"))
    (picker,) = elements(view["blocks"])
    assert picker["initial_option"]["value"] == "T1:UBEN"
    assert (view["private_metadata"], view["submit"]["text"]) == (str(make.TICKET), "Assign")
    nobody = ticket_assign.form(ticket_id=make.TICKET, number=2**63, holder=None)
    assert view_faults(view) == view_faults(nobody) == []
