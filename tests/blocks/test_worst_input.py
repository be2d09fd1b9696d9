"""Whatever is put in, Slack takes what is drawn, and text from outside does nothing in it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks import changelog, home, kit, problem, report, search, tickets, triage
from hub.viewing import Choice, Screen
from tests.blocks import make
from tests.blocks.limits import message_faults, texts, view_faults

thorough = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@thorough
@given(make.cards, make.maybe)
def test_any_ticket_has_a_card_slack_takes(card, models_off):
    drawn = tickets.card(card, models_off=models_off)
    assert message_faults(drawn.text, drawn.blocks) == []
    assert len(drawn.text) <= 3500
    assert drawn.text.startswith(f"#{card.number} ")


@thorough
@given(make.drafts, make.maybe)
def test_any_draft_has_a_card_slack_takes(draft, models_off):
    drawn = changelog.draft_card(draft, models_off=models_off)
    assert message_faults(drawn.text, drawn.blocks) == []
    assert len(drawn.text) <= 3500


@thorough
@given(make.drafts)
def test_any_draft_can_be_edited(draft):
    assert view_faults(changelog.edit_modal(draft, behind=BEHIND)) == []


@thorough
@given(make.cards)
def test_any_suggestion_can_be_edited(card):
    assert view_faults(triage.edit_modal(card)) == []


BEHIND = {"behind": {"window_of": str(make.TICKET), "tab": "overview", "cursor": None, "view_id": "V1"}}
previews = st.fixed_dictionaries(
    {
        "ticket_id": st.uuids(),
        "number": make.numbers,
        "prompt": st.one_of(make.outside, st.sampled_from(["😀" * 400_000, "\n" * 400_000, "&<>" * 100_000])),
        "redactions": st.lists(st.tuples(make.outside, make.outside, make.outside), max_size=300),
        "models": st.lists(make.outside, max_size=120),
        "model": make.outside,
        "anew": st.booleans(),
        "behind": st.just(BEHIND),
    }
)


@thorough
@given(previews)
def test_any_prompt_can_be_previewed(given_values):
    assert view_faults(changelog.preview_modal(**given_values)) == []


@thorough
@given(st.integers(1, 2**63), make.outside, make.channels, make.outside, make.outside)
def test_any_letter_can_be_confirmed(number, recipient, channel, kind, text):
    view = changelog.confirm_modal(
        entry_id=make.ENTRY,
        number=number,
        recipient=recipient,
        channel=channel,
        kind=kind,
        text=text,
        shown="f" * 64,
        restored_at=make.AT,
        behind=BEHIND,
    )
    assert view_faults(view) == []


@thorough
@given(st.integers(1, 2**63), make.outside)
def test_any_template_can_be_written_into(number, template):
    assert view_faults(changelog.write_modal(make.TICKET, number, template, behind=BEHIND)) == []


@thorough
@given(make.ticket_lists, make.choices, make.outside)
def test_any_tickets_have_a_home(found, choice, channel):
    assert view_faults(home.agent(Screen(choice, found), triage_channel=channel)) == []


@thorough
@given(make.ticket_lists, make.outside)
def test_any_search_has_an_answer(found, asked):
    message = search.answer(found, asked)
    assert message_faults(message.text, message.blocks) == []


@thorough
@given(make.ticket_lists, make.outside, st.lists(st.text("123", min_size=1, max_size=900), max_size=9).map(tuple))
def test_any_search_has_pages(found, asked, cursors):
    assert view_faults(search.results(found, asked, cursors)) == []


@thorough
@given(st.lists(make.lines, max_size=60))
def test_any_reports_have_a_home(lines):
    assert view_faults(home.reporter(lines)) == []


@thorough
@given(make.outside)
def test_any_problem_can_be_said(sentence):
    assert view_faults(problem.modal(sentence)) == []
    assert message_faults(problem.text(sentence), [kit.divider()]) == []


@thorough
@given(make.outside)
def test_any_title_can_wait(title):
    assert view_faults(changelog.loading_modal(title)) == []


CANARY = "zqxj*<!channel>"


def canary_card() -> Any:
    return make.card(
        title=CANARY,
        description=CANARY,
        status="resolved",
        reporter=CANARY,
        source_url=f"https://x.example/{CANARY}",
        assignee=CANARY,
        tags=(CANARY,),
        triage_error=CANARY,
        suggestion=make.suggestion(summary=CANARY, model=CANARY),
        draft_error=CANARY,
        told=(make.told(error=CANARY, kind=CANARY, is_unsure=True),),
        comments=(make.said(author=CANARY, text=CANARY),),
        comment_count=1,
        attachments=(make.attached(name=CANARY, content_type=CANARY, status="refused", error=CANARY),),
        notion_url=f"https://x.example/{CANARY}",
        notion_status=CANARY,
        notion_error=CANARY,
    )


def drawings_with_canary() -> list[Any]:
    return [
        tickets.card(canary_card(), models_off=CANARY).blocks,
        triage.edit_modal(canary_card()),
        changelog.draft_card(make.draft(content=CANARY, model=CANARY), models_off=CANARY).blocks,
        changelog.draft_card(make.draft(content=CANARY, is_approved=True, approved_by=CANARY)).blocks,
        changelog.edit_modal(make.draft(content=CANARY), behind=BEHIND),
        changelog.write_modal(make.TICKET, 1, CANARY, behind=BEHIND),
        changelog.preview_modal(
            ticket_id=make.TICKET,
            number=1,
            prompt=CANARY,
            redactions=[(CANARY, CANARY, CANARY)],
            models=[CANARY],
            model=CANARY,
            anew=True,
            behind=BEHIND,
        ),
        changelog.confirm_modal(
            entry_id=make.ENTRY,
            number=1,
            recipient=CANARY,
            channel="slack",
            kind=CANARY,
            text=CANARY,
            shown="f",
            restored_at=make.AT,
            behind=BEHIND,
        ),
        home.reporter([make.ReportLine(1, CANARY, "open", make.AT)]),
        home.agent(Screen(Choice(), make.ticket_list(assignee=CANARY)), triage_channel=CANARY),
        problem.modal(CANARY),
    ]


@pytest.mark.parametrize("drawn", drawings_with_canary())
def test_what_people_wrote_stands_where_slack_parses_nothing(drawn):
    parsed = [each["text"] for each in texts(drawn) if each["type"] == "mrkdwn"]
    assert "zqxj" in str(drawn)
    assert not any("zqxj" in text for text in parsed)


def test_the_form_is_one_slack_takes():
    assert view_faults(report.form()) == []
