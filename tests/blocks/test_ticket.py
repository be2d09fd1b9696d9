"""A ticket's window: its tabs, and what each says."""

import json

import pytest

from blocks import changelog, group_resolve, ticket, ticket_edit, ticket_export, ticket_timeline
from hub.asked import Calls
from hub.detailing import Deliveries, Timeline
from hub.tracing import Version
from storage.enums import EventType
from tests.blocks import make, make_ticket
from tests.blocks.limits import action_ids, elements, view_faults, words


def drawn(window, models_off=None):
    return ticket.window(window, models_off=models_off)


def test_the_tab_shown_is_marked_in_looks_and_in_words():
    tabs = drawn(make_ticket.window("timeline", Timeline((), None)))["blocks"][0]["elements"]
    assert [tab["text"]["text"] for tab in tabs] == [
        "Overview",
        "Original",
        "Timeline",
        "Reporter",
        "Deliveries",
        "What the AI saw",
    ]
    assert [tab["text"]["text"] for tab in tabs if tab.get("style") == "primary"] == ["Timeline"]
    assert [tab["accessibility_label"] for tab in tabs][1:3] == [
        "Show Original",
        "Timeline, shown now; press to refresh",
    ]


def test_the_window_knows_what_it_shows():
    view = drawn(make_ticket.window("timeline", Timeline((), None), cursor="abc"))
    assert json.loads(view["private_metadata"]) == {"window_of": str(make.TICKET), "tab": "timeline", "cursor": "abc"}


def test_everything_the_card_can_do_can_be_done_here():
    pressable = action_ids(drawn(make_ticket.overview(suggestion=make.suggestion()))["blocks"])
    assert {"ticket.take", "ticket.run_triage", "ticket.status", "ticket.edit", "ticket.assignee"} <= set(pressable)
    assert {"ticket.accept", "ticket.edit_suggestion", "ticket.reject"} <= set(pressable)
    closed = action_ids(drawn(make_ticket.overview(status="resolved", comment_count=1))["blocks"])
    assert {"changelog.generate", "changelog.write", "ticket.reopen"} <= set(closed)


def test_a_draft_can_be_read_and_sent_from_here():
    view = drawn(make_ticket.overview(status="resolved", draft=make.draft()))
    assert "A new queue." in words(view)
    assert {"changelog.edit", "changelog.approve"} <= set(action_ids(view["blocks"]))


def test_without_a_model_the_reason_stands_where_its_button_would_be():
    view = drawn(make_ticket.overview(), models_off="AI is off: set OPENAI_API_KEY.")
    assert "ticket.run_triage" not in action_ids(view["blocks"])
    assert "AI is off" in words(view)


def test_triage_is_run_with_the_default_at_a_click_and_with_any_other_model_by_choosing_it():
    def offered(models, models_off=None, **card):
        view = ticket.window(make_ticket.overview(**card), models_off=models_off, models=models)
        found = [each for each in elements(view["blocks"]) if each["action_id"] == "ticket.run_triage_with"]
        return [option["value"] for each in found for option in each["options"]]

    assert offered(["gpt-5.1", "o3-mini"]) == ["gpt-5.1", "o3-mini"]
    assert offered(["gpt-5.1"]) == [], "no choice"
    assert offered(["gpt-5.1", "o3-mini"], is_triaging=True) == []
    assert offered(["gpt-5.1", "o3-mini"], status="resolved") == []
    assert offered(["gpt-5.1", "o3-mini"], models_off="AI is off.") == []


def test_what_a_model_works_on_is_said_and_how_to_see_what_came_of_it():
    for works in ({"is_triaging": True}, {"is_drafting": True, "status": "resolved"}):
        assert ticket.LOOK_AGAIN in words(drawn(make_ticket.overview(**works)))
    assert ticket.LOOK_AGAIN not in words(drawn(make_ticket.overview()))


def test_the_assignee_is_who_the_picker_shows_and_another_one_has_a_row_of_its_own():
    (picker,) = [
        e
        for e in elements(drawn(make_ticket.overview("T1:UANA", assignee="Ana"))["blocks"])
        if e["action_id"] == "ticket.assignee"
    ]
    assert picker["initial_option"]["value"] == "T1:UANA"
    ids = {
        block["block_id"]
        for who in (None, "T1:UANA", "T1:UBEN")
        for block in drawn(make_ticket.overview(who))["blocks"]
        if "ticket.assignee" in block.get("block_id", "")
    }
    assert len(ids) == 3


def test_the_original_shows_what_arrived_beside_what_was_made_of_it():
    report = make_ticket.arrived(
        text="word " * 2000, url="https://slack.example/p1", versions=(Version("It stops.", make.AT),)
    )
    view = drawn(make_ticket.window("original", make_ticket.original(report=report)))
    seen = words(view)
    assert "https://slack.example/p1" in str(view)
    for expected in ("🐞 Bug", "🟢 Normal", "English", "💬 Slack", "It stops.", "Before it was changed"):
        assert expected in seen
    assert seen.count("word") >= 2000


def test_what_does_not_fit_is_counted():
    report = make_ticket.arrived(text="x" * 100_000)
    assert "more characters do not fit here" in words(
        drawn(make_ticket.window("original", make_ticket.original(report=report)))
    )


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (make_ticket.happened("created", "The reporter"), "The reporter opened the ticket."),
        (make_ticket.happened("created", channel="email"), "Ana opened the ticket, from E-mail."),
        (make_ticket.happened("assigned", to="Ana"), "Ana took the ticket."),
        (make_ticket.happened("assigned", to="Ben"), "Ana assigned the ticket to Ben."),
        (make_ticket.happened("assigned"), "Ana gave the ticket back: nobody has it now."),
        (
            make_ticket.happened("status_changed", "Notion", was="open", now="in_progress"),
            "Notion moved it from Open to In progress.",
        ),
        (make_ticket.happened("fields_changed", fields=["title", "tags"]), "Ana changed the title and the tags."),
        (
            make_ticket.happened(
                "suggestion_modified",
                suggested={"type": "bug", "priority": 1},
                confirmed={"type": "incident", "priority": 1},
            ),
            "Ana accepted the AI's suggestion changed: Incident, High instead of Bug, High.",
        ),
        (
            make_ticket.happened("notification_failed", "The hub", channel="slack", status="permanently_failed"),
            "The hub could not deliver the message by Slack; it was given up.",
        ),
        (
            make_ticket.happened("notification_read", "The hub", channel="slack", purpose="resolution"),
            "The answer by Slack was read.",
        ),
        (make_ticket.happened("something_new"), "Ana recorded: something new."),
    ],
)
def test_events_are_told_in_a_persons_words(event, sentence):
    assert ticket_timeline.sentence(event) == sentence


def test_every_event_there_is_has_a_sentence():
    assert set(EventType) == {*ticket_timeline.TOLD, *ticket_timeline.ARRIVED, "assigned"}


def test_older_events_are_behind_a_button_and_the_newest_too():
    view = drawn(make_ticket.window("timeline", Timeline((make_ticket.happened("commented"),), "xyz"), cursor="abc"))
    (newest, older) = view["blocks"][-1]["elements"]
    assert (newest["action_id"], older["action_id"], older["value"]) == ("ticket.newest", "ticket.older", "xyz")


def test_the_reporter_is_shown_with_accounts_and_other_tickets():
    line = make.TicketLine(make.ENTRY, 7, "No login", "open", 3, "bug", "slack", "Rita Rossi", None, make.AT)
    view = drawn(make_ticket.window("reporter", make_ticket.person(others=(line,))))
    for expected in ("Rita Rossi", "The Shop", "U0RITA", "#7 No login", "R. Rossi is the same person: an agent"):
        assert expected in words(view)
    assert {"ticket.open", "reporter.merge", "reporter.part"} <= set(action_ids(view["blocks"]))
    assert {"reporter.export", "reporter.erase"} <= set(action_ids(view["blocks"]))


def test_what_is_exported_is_behind_a_link_and_how_long_it_holds_is_said():
    view = ticket_export.offered(url := f"https://hub.example.com/export#{'x' * 43}")
    assert view_faults(view) == []
    parts = [part for block in view["blocks"] if block["type"] == "rich_text" for part in block["elements"]]
    assert [leaf["url"] for part in parts for leaf in part["elements"] if leaf["type"] == "link"] == [url]
    assert "once, within 10 minutes" in words(view)


def test_a_delivery_says_its_state_its_receipts_its_error_and_its_tries():
    told = make.told(status="failed", error="The number is not on WhatsApp.", retry_count=2)
    seen = words(drawn(make_ticket.window("deliveries", Deliveries((make_ticket.sent(told=told),), None))))
    for expected in (
        "WhatsApp",
        "failed, to be tried again",
        "tried again 2 times",
        "The number is not on WhatsApp.",
    ):
        assert expected in seen
    read = make_ticket.sent(text=make.CONTENT, sent_at=make.AT, delivered_at=make.AT, read_at=make.AT)
    seen = words(drawn(make_ticket.window("deliveries", Deliveries((read,), None))))
    assert "**" not in seen
    assert all(f" · {word} " in seen for word in ("written", "sent", "delivered", "read"))


def test_the_form_holds_what_the_ticket_says_and_the_version_that_was_read():
    view = ticket_edit.form(make_ticket.editable(), {})
    initial = {
        e["action_id"]: e.get("initial_value") or e["initial_option"]["value"] for e in elements(view["blocks"])
    }
    assert list(initial.values()) == ["The export stops", "bug", "3", "billing, export"]
    assert json.loads(view["private_metadata"])["version"] == 7


def test_tags_are_what_stands_between_commas():
    assert ticket_edit.tags_of(" billing,, export 2 ,") == ["billing", "export 2"]


def test_what_a_model_saw_stands_there_to_the_letter_with_what_it_cost():
    said = words(drawn(make_ticket.window("ai", Calls((make_ticket.asked(),), None))))
    assert "Triage by gpt-5.1" in said
    assert "Hidden before it left: e-mail address, name (2). Rules 2." in said
    assert "It stops. I am [NAME_1]." in said
    assert '{"summary": "It stops."}' in said
    assert "420 tokens read, 80 written · $0.0013 · 1.2 s" in said


def test_a_call_that_failed_says_why_and_an_answer_that_leaks_is_flagged():
    failed = make_ticket.asked(answer=None, error="OpenAI asks us to wait.", redactions={}, tokens_read=None)
    leaking = make_ticket.asked(leaks={"EMAIL": 1})
    said = words(drawn(make_ticket.window("ai", Calls((failed, leaking), None))))
    assert "OpenAI asks us to wait." in said
    assert "nothing, since nothing personal was found" in said
    assert "has what looks personal: e-mail address." in said


def test_a_ticket_no_model_was_asked_about_says_so():
    assert "No model has been asked" in words(drawn(make_ticket.window("ai", Calls((), None))))


def test_a_suggestion_or_a_draft_that_leaks_says_so_where_it_is_used():
    flag = "has what looks personal: e-mail address, name (2)."
    leaks = {"EMAIL": 1, "NAME": 2}
    assert flag in words(drawn(make_ticket.overview(suggestion=make.suggestion(leaks=leaks))))
    draft = changelog.draft_card(make.draft(leaks=leaks))
    assert flag in str(draft)
    assert flag in words(group_resolve.write(kept={}, content="Text", leaks=leaks))
    assert flag not in words(group_resolve.write(kept={}, content="Text"))


def test_what_a_model_promises_is_to_be_looked_at_before_it_is_approved():
    claims = ("a link (https://x.test)", "a sum (20 €)", "a promise (refund)")
    flag = "👀 The model wrote a link (https://x.test), a sum (20 €) and a promise (refund)."
    assert flag in str(changelog.draft_card(make.draft(claims=claims)))
    assert flag in words(group_resolve.write(kept={}, content="Text", claims=claims))
    assert "👀" not in str(changelog.draft_card(make.draft(claims=claims, is_approved=True)))
    assert "wrote a sum (20 €)." in str(changelog.draft_card(make.draft(claims=claims[1:2])))
