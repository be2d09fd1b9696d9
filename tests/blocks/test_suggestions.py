"""What is suggested says who is in it and what can be done; whatever it holds, Slack takes it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks import home, suggestions
from hub.membership import Analysed, Member, Suggested, SuggestionList
from hub.viewing import Choice, Screen
from storage.enums import AnalysisStatus
from tests.blocks import make, make_groups
from tests.blocks.limits import action_ids, texts, view_faults, words

CANARY = "zqxj*<!channel>"
thorough = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
analyses = st.builds(
    Analysed,
    status=st.sampled_from(AnalysisStatus),
    done=st.integers(0, 200),
    total=st.integers(0, 200),
    found=st.integers(0, 99),
    error=make.maybe,
    by_model=st.booleans(),
    created_at=make.moments,
)
suggesteds = st.builds(
    Suggested,
    id=st.uuids(),
    name=make.outside,
    reason=make.outside,
    status=st.just("open"),
    members=st.lists(st.builds(Member, make.ticket_lines, make_groups.kinds), min_size=1, max_size=20).map(tuple),
    group=st.none() | st.tuples(st.uuids(), make.outside),
    free=st.integers(0, 20),
)
lists = st.builds(
    SuggestionList,
    suggestions=st.lists(suggesteds, max_size=5).map(tuple),
    analysis=st.none() | analyses,
    next_cursor=st.none() | st.just("abc"),
)


def suggested(**changed) -> Suggested:
    members = (Member(make_groups.ticket(), {"EMAIL": 1}), Member(make_groups.ticket(143, channel="slack")))
    facts = {"id": make.ENTRY, "name": "Exports stop", "reason": "Both stop at row 100.", "status": "open"}
    return Suggested(**{**facts, "members": members, "group": None, "free": 2, **changed})


def analysed(**changed) -> Analysed:
    facts = {"status": "done", "done": 8, "total": 8, "found": 1, "error": None, "by_model": True}
    return Analysed(**{**facts, "created_at": make.AT, **changed})


def drawn(*each: Suggested, analysis: Analysed | None = None) -> list:
    return list(suggestions.section(SuggestionList(each, analysis, None), Choice("suggestions")))


@thorough
@given(lists)
def test_any_suggestions_have_a_home(found):
    assert view_faults(home.agent(Screen(Choice("suggestions"), found), triage_channel="triage")) == []


@given(make.maybe)
def test_the_form_fits(models_off):
    assert view_faults(suggestions.form(models_off=models_off)) == []


def test_what_people_wrote_stands_where_slack_parses_nothing():
    ticket = make_groups.ticket(title=CANARY, channel=CANARY, reporter=CANARY)
    one = suggested(name=CANARY, reason=CANARY, members=(Member(ticket),), group=(make.TICKET, CANARY))
    said = [
        text for text in texts(drawn(one, analysis=analysed(status="failed", error=CANARY))) if "zqxj" in text["text"]
    ]
    assert len(said) > 4
    assert all(text["type"] in ("plain_text", "text") for text in said)


@pytest.mark.parametrize(
    ("group", "free", "acts"),
    [
        (None, 2, ["suggestion.create", "suggestion.dismiss"]),
        ((make.TICKET, "Exports"), 1, ["suggestion.add", "group.open", "suggestion.dismiss"]),
        ((make.TICKET, "Exports"), 0, ["group.open", "suggestion.dismiss"]),
        (None, 1, ["suggestion.dismiss"]),
    ],
)
def test_what_can_be_done_depends_on_who_is_grouped_already(group, free, acts):
    assert action_ids(drawn(suggested(group=group, free=free)))[1:] == acts


def test_members_say_their_channel_and_what_is_personal():
    said = words(drawn(suggested()))
    for expected in (
        "Exports stop",
        "Both stop at row 100.",
        "#142 The export stops",
        "WhatsApp",
        "PII: e-mail address",
    ):
        assert expected in said


def test_progress_and_outcome_are_said():
    assert "Analysing 40 of 200…" in words(drawn(analysis=analysed(status="running", done=40, total=200)))
    assert "looked through 8 tickets, verified by a model; 1 suggested" in words(drawn(analysis=analysed()))
    assert "by words alone; nothing suggested" in words(drawn(analysis=analysed(by_model=False, found=0)))
    assert "failed. The model is retired." in words(
        drawn(analysis=analysed(status="failed", error="The model is retired."))
    )
