"""Whatever is put in the lists, Slack takes what is drawn, and text from outside does nothing in it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from blocks import changelogs, deliveries, home
from hub.reviewing import ChangelogList, ChangelogWindow, NotificationList
from hub.viewing import Choice, Screen
from tests.blocks import make, make_lists
from tests.blocks.limits import texts, view_faults

thorough = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
CANARY = "zqxj*<!channel>"


@thorough
@given(make_lists.message_lists, make_lists.message_choices)
def test_any_messages_have_a_home(found, choice):
    assert view_faults(home.agent(Screen(choice, found), triage_channel="C0TRIAGE")) == []


@thorough
@given(make_lists.windows)
def test_any_message_has_a_window(shown):
    assert view_faults(deliveries.window(shown)) == []


@thorough
@given(make_lists.entry_lists, make_lists.entry_choices)
def test_any_texts_have_a_home(found, choice):
    assert view_faults(home.agent(Screen(choice, found), triage_channel="C0TRIAGE")) == []


@thorough
@given(make_lists.entries)
def test_any_text_has_a_window(line):
    assert view_faults(changelogs.window(ChangelogWindow(line, (line.ticket,)))) == []


def drawings_with_canary() -> list[Any]:
    line = make_lists.message(recipient=CANARY, title=CANARY, error=CANARY, status="failed")
    entry = make.draft(content=CANARY, model=CANARY, is_approved=True, approved_by=CANARY)
    window = make_lists.window(
        line=line,
        account=CANARY,
        text=CANARY,
        error_code=CANARY,
        may_retry=True,
        stays=CANARY,
        ticket=make_lists.ticket(title=CANARY, reporter=CANARY),
        entry=entry,
    )
    text = make_lists.text(content=CANARY, model=CANARY, approved_by=CANARY, ticket=window.ticket)
    return [
        list(deliveries.section(NotificationList((line,), None), Choice("notifications"))),
        deliveries.window(window),
        list(changelogs.section(ChangelogList((text,), None), Choice("changelogs"))),
        changelogs.window(ChangelogWindow(text, (text.ticket,))),
    ]


@pytest.mark.parametrize("drawn", drawings_with_canary())
def test_what_people_wrote_stands_where_slack_parses_nothing(drawn):
    parsed = [each["text"] for each in texts(drawn) if each["type"] == "mrkdwn"]
    assert "zqxj" in str(drawn)
    assert not any("zqxj" in text for text in parsed)
