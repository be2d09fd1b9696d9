"""Whatever a ticket holds, Slack takes its window, and text from outside does nothing in it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blocks import kit, ticket, ticket_edit, ticket_merge
from hub.asked import Calls
from hub.detailing import Account, Deliveries, Timeline
from hub.merging import Merged
from hub.tracing import Version
from tests.blocks import make, make_ticket
from tests.blocks.limits import texts, view_faults

thorough = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
CANARY = "zqxj*<!channel>"
FORMS = (ticket_edit.form, ticket_edit.suggestion_form)


@thorough
@given(make_ticket.tabs, make_ticket.cursors, make.short, make.maybe)
def test_any_tab_of_any_ticket_is_a_window_slack_takes(tab, cursor, title, models_off):
    view = ticket.window(make_ticket.window(*tab, cursor=cursor, title=title), models_off=models_off)
    assert view_faults(view) == []


@thorough
@given(make_ticket.editables)
def test_any_ticket_can_be_edited(shown):
    for form in FORMS:
        assert view_faults(form(shown, {"behind": {"view_id": "V1"}})) == []


HEAVY = "😀" * 100_000
LEAKS = {"EMAIL": 1, "NAME": 2}


@pytest.mark.parametrize(
    ("tab", "content"),
    [
        (
            "original",
            make_ticket.original(
                report=heavy,
                comments=(heavy,) * 5,
                attachments=(make.attached(name=HEAVY, content_type=HEAVY, status="refused", error=HEAVY),) * 50,
            ),
        )
        for heavy in [
            make_ticket.arrived(
                url="https://x.example/" + "😀" * 580,
                author=HEAVY,
                text=HEAVY,
                is_deleted=True,
                versions=(Version(HEAVY, make.AT),) * 2,
                has_more_versions=True,
            )
        ]
    ]
    + [
        (
            "deliveries",
            Deliveries((make_ticket.sent(text="😀" * 3000, told=make.told(error=HEAVY, is_unsure=True)),) * 4, "a"),
        ),
        ("deliveries", Deliveries((make_ticket.sent(text="**😀**\n" * 500),) * 4, "a")),
        ("timeline", Timeline((make_ticket.happened("x", who=HEAVY),) * 15, "a")),
        (
            "ai",
            Calls((make_ticket.asked(prompt=HEAVY, answer=HEAVY, error=HEAVY, model=HEAVY, leaks=LEAKS),) * 2, "a"),
        ),
    ],
)
def test_the_heaviest_tab_fits_whole(tab, content):
    view = ticket.window(make_ticket.window(tab, content, cursor="a"), models_off=None)
    assert view_faults(view) == []
    assert "more parts do not fit" not in str(view)
    assert view["blocks"][-1]["type"] == "actions" or content.next_cursor is None


def drawings_with_canary() -> list:
    card = {
        "title": CANARY,
        "description": CANARY,
        "reporter": CANARY,
        "assignee": CANARY,
        "tags": (CANARY,),
        "suggestion": make.suggestion(summary=CANARY, model=CANARY),
        "draft": make.draft(content=CANARY, model=CANARY),
        "draft_error": CANARY,
        "triage_error": CANARY,
        "told": (make.told(error=CANARY, kind=CANARY),),
        "notion_status": CANARY,
        "notion_error": CANARY,
    }
    said = make_ticket.arrived(platform=CANARY, author=CANARY, text=CANARY, versions=(Version(CANARY, make.AT),))
    original = make_ticket.original(title=CANARY, report=said, comments=(said,))
    person = make_ticket.person(
        name=CANARY,
        company=CANARY,
        accounts=(Account(CANARY, CANARY, CANARY, None),),
        merged=(Merged(make.TICKET, CANARY, make.AT, by_hand=True),),
    )
    events = [
        make_ticket.happened(event, CANARY, CANARY, model=CANARY, channel=CANARY, was=CANARY, fields=[CANARY])
        for event in ("assigned", "ai_triaged", "status_changed", "fields_changed", "notification_sent", CANARY)
    ]
    sent = make_ticket.sent(recipient=CANARY, text=CANARY, told=make.told(error=CANARY))
    return [
        ticket.window(make_ticket.overview("T1:UANA", **card), models_off=CANARY),
        ticket.window(make_ticket.window("original", original, title=CANARY), models_off=None),
        ticket.window(make_ticket.window("timeline", Timeline(tuple(events), None)), models_off=None),
        ticket.window(make_ticket.window("reporter", person), models_off=None),
        ticket.window(make_ticket.window("deliveries", Deliveries((sent,), None)), models_off=None),
        ticket_merge.form(reporter_id=make.TICKET, name=CANARY, behind={}),
        offered([(make.TICKET, CANARY, CANARY)]),
        ticket_edit.form(make_ticket.editable(title=CANARY, tags=(CANARY,)), {}),
        ticket_edit.suggestion_form(make_ticket.editable(suggested=make.suggestion(summary=CANARY)), {}),
    ]


@given(make.maybe, st.lists(st.tuples(st.uuids(), make.maybe, make.maybe), min_size=1, max_size=20))
def test_merging_fits_with_any_name(name, people):
    form = ticket_merge.form(reporter_id=make.TICKET, name=name, behind={"behind": {"view_id": "V1"}})
    assert view_faults(form) == []
    assert view_faults(offered(people)) == []


def offered(people: list) -> dict:
    """What the picker lists, as Slack would judge it in a form."""
    return kit.modal("People", [kit.entry("Who?", kit.select("who", ticket_merge.people(people)))], submit="Merge")


@pytest.mark.parametrize("drawn", drawings_with_canary())
def test_what_people_wrote_stands_where_slack_parses_nothing(drawn):
    parsed = [each["text"] for each in texts(drawn) if each["type"] == "mrkdwn"]
    assert "zqxj" in str(drawn)
    assert not any("zqxj" in text for text in parsed)
