"""A suggestion waits for a person, and afterwards says what became of it."""

import pytest

from blocks import triage
from tests.blocks import make
from tests.blocks.limits import action_ids, elements, words


def test_without_a_suggestion_nothing_is_drawn():
    assert triage.suggestion(make.card()) == []


def test_a_waiting_suggestion_can_be_accepted_edited_or_rejected():
    drawn = triage.suggestion(make.card(suggestion=make.suggestion()))
    assert action_ids(drawn) == ["triage.accept", "triage.edit", "triage.reject"]
    assert {element["value"] for element in elements(drawn)} == {str(make.TICKET)}


def test_it_is_shown_beside_what_holds_now():
    shown = words(triage.suggestion(make.card(suggestion=make.suggestion(priority=3))))
    assert "🚨 Incident (now Bug)" in shown
    assert "🟢 Normal (as now)" in shown
    assert "Exports end early." in shown
    assert "(gpt-5.1)" in shown


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        ("accepted", "AI suggestion accepted: Incident, High"),
        ("modified", "AI suggestion accepted with changes: Incident, High"),
        ("rejected", "AI suggestion rejected: Incident, High"),
    ],
)
def test_afterwards_one_line_tells_the_outcome(outcome, line):
    drawn = triage.suggestion(make.card(suggestion=make.suggestion(outcome=outcome)))
    assert len(drawn) == 1
    assert line in words(drawn)
    assert action_ids(drawn) == []


def test_the_form_starts_from_the_suggestion():
    view = triage.edit_modal(make.card(suggestion=make.suggestion()))
    fields = {element["action_id"]: element for element in elements(view["blocks"])}
    assert view["callback_id"] == "triage.edit"
    assert view["private_metadata"] == str(make.TICKET)
    assert view["submit"]["text"] == "Save"
    assert fields["triage.type"]["initial_option"]["value"] == "incident"
    assert fields["triage.priority"]["initial_option"]["value"] == "1"
    assert fields["triage.title"]["initial_value"] == "The export stops"


def test_without_a_suggestion_the_form_starts_from_the_ticket():
    fields = {e["action_id"]: e for e in elements(triage.edit_modal(make.card())["blocks"])}
    assert fields["triage.type"]["initial_option"]["value"] == "bug"
    assert fields["triage.priority"]["initial_option"]["value"] == "3"
