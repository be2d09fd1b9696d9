"""Whatever a dead letter holds, Slack takes what is drawn, and text from outside does nothing in it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from blocks import dead_letters, home
from hub.mending import AboutTicket, Forced
from hub.viewing import Choice, Screen
from tests.blocks import make, make_dead_letters
from tests.blocks.limits import message_faults, texts, view_faults

thorough = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
CANARY = "zqxj*<!channel>"
AT_LETTERS = Choice("dead_letters")


@thorough
@given(make_dead_letters.lists, make_dead_letters.choices)
def test_any_letters_have_a_home(found, choice):
    assert view_faults(home.agent(Screen(choice, found), triage_channel="C0TRIAGE", is_development=True)) == []


@thorough
@given(make_dead_letters.lists, make.outside)
def test_any_letters_are_answered(found, asked):
    message = dead_letters.answer(found, asked)
    assert message_faults(message.text, message.blocks) == []


@thorough
@given(make_dead_letters.windows)
def test_any_letter_has_a_window(shown):
    assert view_faults(dead_letters.window(shown)) == []


@thorough
@given(make_dead_letters.letters)
def test_any_letter_can_be_resolved(letter):
    assert view_faults(dead_letters.resolve_form(letter)) == []


def drawings_with_canary() -> list[Any]:
    about = AboutTicket(make.TICKET, 1, CANARY)
    letter = make_dead_letters.letter(ticket=about, error_class=CANARY, error=CANARY)
    found = make_dead_letters.listed(
        letter,
        letter,
        unread=(make_dead_letters.delivery(error=CANARY),),
        forced=(Forced("dispatch", CANARY, make.AT),),
    )
    window = make_dead_letters.window(
        line=letter,
        job_key=CANARY,
        arguments=CANARY,
        backtrace=CANARY,
        resolved_by=CANARY,
        resolved_at=make.AT,
        resolution=CANARY,
    )
    return [
        list(dead_letters.section(found, AT_LETTERS, is_development=True)),
        dead_letters.answer(found, CANARY).blocks,
        dead_letters.window(window),
        dead_letters.resolve_form(letter),
    ]


@pytest.mark.parametrize("drawn", drawings_with_canary())
def test_what_people_wrote_stands_where_slack_parses_nothing(drawn):
    parsed = [each["text"] for each in texts(drawn) if each["type"] == "mrkdwn"]
    assert "zqxj" in str(drawn)
    assert not any("zqxj" in text for text in parsed)
