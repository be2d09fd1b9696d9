"""The windows in which an agent writes to the reporter."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks import ticket, ticket_reply
from tests.blocks import make, make_ticket
from tests.blocks.limits import elements, texts, view_faults, words

BEHIND = {"behind": {"window_of": str(make.TICKET), "tab": "overview", "cursor": None, "view_id": "V1"}}
CANARY = "zqxj*<!channel>"


def form() -> dict[str, Any]:
    return ticket_reply.form(ticket_id=make.TICKET, number=142, reply_id=make.ENTRY, behind=BEHIND)


def confirmation(**changed: Any) -> dict[str, Any]:
    facts = {
        "ticket_id": make.TICKET,
        "number": 142,
        "reply_id": make.ENTRY,
        "recipient": "Rita Rossi (U0RITA)",
        "channel": "slack",
        "kind": "thread",
        "text": "Which *browser*?",
        "written": "Which **browser**?",
        "shown": "f" * 64,
        "behind": BEHIND,
        "restored_at": None,
    }
    return ticket_reply.confirmation(**facts | changed)


def test_a_window_offers_to_write_to_the_reporter():
    view = ticket.window(make_ticket.overview(), models_off=None)
    (button,) = (each for each in elements(view["blocks"]) if each["action_id"] == ticket_reply.WRITE)
    assert button["value"] == str(make.TICKET)


def test_the_form_sends_nothing_and_carries_the_id_of_the_reply():
    view = form()
    assert (view["callback_id"], view["submit"]["text"]) == (ticket_reply.WRITE, "Preview")
    assert json.loads(view["private_metadata"]) == BEHIND | {
        "ticket_id": str(make.TICKET),
        "reply_id": str(make.ENTRY),
    }
    assert view_faults(view) == []


def test_who_may_have_been_written_to_before_the_database_was_restored_is_looked_at_first():
    said = words(confirmation(restored_at=make.AT))
    assert "They may have been written to already" in said
    assert "do not send it again" in said
    assert "restored" not in words(confirmation())


def test_the_question_names_who_how_and_the_exact_words():
    view = confirmation()
    said = words(view)
    for expected in (
        "#142",
        "Rita Rossi (U0RITA)",
        "💬 Slack",
        "A reply in the thread they wrote in.",
        "Which *browser*?",
    ):
        assert expected in said
    assert (view["callback_id"], view["submit"]["text"]) == (ticket_reply.SEND, "Send")
    assert json.loads(view["private_metadata"])["shown"] == "f" * 64


def test_what_was_written_can_be_changed_where_it_stands():
    before, after = (view["blocks"][-1] for view in (form(), confirmation()))
    assert before["block_id"] == after["block_id"]
    assert after["element"]["initial_value"] == "Which **browser**?"


def test_what_nothing_can_carry_is_kept_and_not_sent():
    view = confirmation(kind="by hand")
    assert view["submit"]["text"] == "Keep"
    assert "Nothing leaves by itself" in words(view)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(make.numbers, make.outside, make.channels, make.outside, make.outside, make.outside.map(lambda t: t[:3000]))
def test_any_words_can_be_confirmed(number, recipient, channel, kind, text, written):
    view = confirmation(number=number, recipient=recipient, channel=channel, kind=kind, text=text, written=written)
    assert view_faults(view) == []


@settings(max_examples=20)
@given(st.sampled_from(["recipient", "kind", "text", "written"]))
def test_what_people_wrote_stands_where_slack_parses_nothing(place):
    view = confirmation(**{place: CANARY})
    assert "zqxj" in json.dumps(view)
    assert not any("zqxj" in each["text"] for each in texts(view) if each["type"] == "mrkdwn")
