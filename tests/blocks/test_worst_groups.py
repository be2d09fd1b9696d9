"""Whatever a group holds, Slack takes its drawings, and text from outside does nothing in them."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks import group_resolve, groups, home
from hub.listing import TicketLine
from hub.viewing import Choice, Screen
from tests.blocks import make, make_groups
from tests.blocks.limits import texts, view_faults

thorough = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
CANARY = "zqxj*<!channel>"
KEPT = {"group_id": str(make.ENTRY), "notify": "everyone", "channel": None, "note": "x" * 1000}
BEHIND = {"behind": {"group_of": str(make.ENTRY), "page": 0, "view_id": "V1"}}
MANY = [UUID(int=number) for number in range(1000, 1044)]
distinct = st.lists(make.ticket_lines, max_size=10, unique_by=lambda line: line.number).map(
    lambda lines: [line_with_id(line, place) for place, line in enumerate(lines)]
)


def line_with_id(line: TicketLine, place: int) -> TicketLine:
    return replace(line, id=UUID(int=place + 1))


@thorough
@given(make_groups.lists, make_groups.choices)
def test_any_groups_have_a_home(found, choice):
    assert view_faults(home.agent(Screen(choice, found), triage_channel="triage")) == []


@thorough
@given(make_groups.windows, make.outside)
def test_any_group_has_a_window(shown, viewer):
    assert view_faults(groups.window(shown, viewer=viewer)) == []


@thorough
@given(distinct, make.outside, st.none() | st.tuples(st.uuids(), make.outside), st.integers(0, 99))
def test_any_tickets_can_be_chosen_and_named(offered, words, group, turn):
    chosen = [line.id for line in offered[:5]]
    view = groups.choose(offered, chosen=[*chosen, *MANY], group=group, behind=BEHIND, turn=turn)
    assert view_faults(view) == []
    assert all(len(option["text"]["text"]) <= 75 for option in groups.found(offered))
    if offered:
        assert view_faults(groups.name_it(offered, suggested=words, behind=BEHIND)) == []


@thorough
@given(make.outside, st.lists(make.channels, min_size=1, max_size=6, unique=True), st.booleans(), make.maybe)
def test_any_group_can_be_planned(name, channels, has_approved, models_off):
    view = group_resolve.plan(
        group_id=make.ENTRY,
        name=name,
        primary=142,
        languages={"en": 2, "es": 1},
        models_off=models_off,
        has_approved=has_approved,
        channels=channels,
        behind=BEHIND,
    )
    assert view_faults(view) == []


@thorough
@given(st.lists(make_groups.letters, max_size=100), make.outside)
def test_any_letters_can_be_confirmed(letters, content):
    facts = {"kept": BEHIND | KEPT, "letters": letters, "shown": "f" * 64}
    assert view_faults(group_resolve.confirmation(content=content, second=3, **facts)) == []
    assert view_faults(group_resolve.agreement(**facts)) == []


@thorough
@given(make.outside, st.lists(st.tuples(make.outside, make.outside, make.outside), max_size=200))
def test_any_prompt_can_be_previewed(prompt, redactions):
    view = group_resolve.preview(
        kept=BEHIND | KEPT, reports=8, prompt=prompt, redactions=redactions, models=["gpt-5.1"], model="gpt-5.1"
    )
    assert view_faults(view) == []
    assert view_faults(group_resolve.write(kept=BEHIND | KEPT, content=prompt)) == []


def drawings_with_canary() -> list:
    ticket = make_groups.ticket(title=CANARY, channel=CANARY, reporter=CANARY)
    line = make_groups.line(name=CANARY, members=(ticket,))
    shown = make_groups.window(
        line=line,
        members=(make_groups.Member(ticket),),
        draft=CANARY,
        draft_model=CANARY,
        draft_error=CANARY,
        proposal=make_groups.Plan(CANARY),
        proposed_by=CANARY,
        answer=make_groups.Answer(CANARY, {CANARY: 1}, 1),
        resolution_note=CANARY,
    )
    letters = [
        make_groups.letter(recipient=CANARY, channel=CANARY, kind=CANARY, text=CANARY, refusal=refusal)
        for refusal in (None, CANARY)
    ]
    return [
        home.agent(Screen(Choice("groups"), make_groups.GroupList((line,), None)), triage_channel="triage"),
        groups.window(shown, viewer="T1:UANA"),
        groups.choose([ticket], chosen=[], group=(make.ENTRY, CANARY), behind={}),
        groups.name_it([ticket], suggested=CANARY, behind={}),
        group_resolve.plan(
            group_id=make.ENTRY,
            name=CANARY,
            primary=142,
            languages={CANARY: 1, "en": 1},
            models_off=None,
            has_approved=True,
            channels=["slack", CANARY],
            behind={},
        ),
        group_resolve.preview(
            kept={}, reports=2, prompt=CANARY, redactions=[(CANARY,) * 3], models=[CANARY], model=CANARY
        ),
        group_resolve.agreement(kept={}, letters=letters, shown="f"),
        group_resolve.confirmation(kept={}, letters=letters, content=CANARY, shown="f", second=0),
    ]


@pytest.mark.parametrize("drawn", drawings_with_canary())
def test_what_people_wrote_stands_where_slack_parses_nothing(drawn):
    said = [text for text in texts(drawn) if "zqxj" in text["text"]]
    assert said
    assert all(text["type"] in ("plain_text", "text") for text in said)
