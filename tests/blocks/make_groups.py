"""Groups, in one line each, and the worst that can come in."""

from typing import Any

from hypothesis import strategies as st

from blocks.group_resolve import Letter
from hub.membership import Answer, GroupLine, GroupList, GroupWindow, Member
from hub.resolution import Notify, Plan
from hub.viewing import Choice
from tests.blocks import make


def ticket(number: int = 142, **changed: Any) -> make.TicketLine:
    facts = {"id": make.TICKET, "title": "The export stops", "status": "open", "priority": 1, "ticket_type": "bug"}
    people = {"channel": "whatsapp", "reporter": "Rita Rossi", "assignee": None, "reported_at": make.AT}
    return make.TicketLine(**{"number": number, **facts, **people, **changed})


def line(**changed: Any) -> GroupLine:
    return GroupLine(
        **{
            "id": make.ENTRY,
            "name": "Exports stop",
            "status": "open",
            "size": 2,
            "primary": 142,
            "members": (ticket(), ticket(143, channel="slack")),
            "is_drafting": False,
            "has_draft": False,
            "is_proposed": False,
            "created_at": make.AT,
            "resolved_at": None,
            **changed,
        }
    )


def window(**changed: Any) -> GroupWindow:
    return GroupWindow(
        **{
            "line": line(),
            "members": (Member(ticket(), {"EMAIL": 1, "PHONE": 2}), Member(ticket(143, channel="slack"))),
            "page": 0,
            "has_more": False,
            "draft": None,
            "draft_model": None,
            "draft_error": None,
            "proposal": None,
            "proposed_by": None,
            "proposed_by_id": None,
            "answer": None,
            "resolution_note": None,
            **changed,
        }
    )


def letter(**changed: Any) -> Letter:
    facts = {"recipient": "Rita Rossi", "channel": "whatsapp", "kind": "session", "text": "*It* is fixed."}
    people = {"language": "en", "refusal": None, "restored_at": None}
    return Letter(**{"number": 142, **facts, **people, **changed})


lines = st.builds(
    GroupLine,
    id=st.uuids(),
    name=make.outside,
    status=st.sampled_from(["open", "resolved"]),
    size=st.integers(0, 100),
    primary=st.none() | make.numbers,
    members=st.lists(make.ticket_lines, max_size=4).map(tuple),
    is_drafting=st.booleans(),
    has_draft=st.booleans(),
    is_proposed=st.booleans(),
    created_at=make.moments,
    resolved_at=st.none() | make.moments,
)
lists = st.builds(GroupList, lines=st.lists(lines, max_size=8).map(tuple), next_cursor=st.none() | st.just("abc"))
choices = st.builds(
    Choice,
    section=st.just("groups"),
    filters=st.fixed_dictionaries({}, optional={"status": st.just("open"), "words": make.outside}),
    cursors=st.lists(st.just("abc"), max_size=2).map(tuple),
)
kinds = st.dictionaries(st.sampled_from(["EMAIL", "PHONE", "NAME", "IBAN", "API_KEY"]), st.integers(1, 9))
windows = st.builds(
    GroupWindow,
    line=lines,
    members=st.lists(st.builds(Member, make.ticket_lines, kinds), max_size=10).map(tuple),
    page=st.integers(0, 9),
    has_more=st.booleans(),
    draft=st.none() | make.outside | st.just("😀" * 3000),
    draft_model=make.maybe,
    draft_error=make.maybe,
    proposal=st.none() | st.builds(Plan, make.outside, st.sampled_from(Notify)),
    proposed_by=make.maybe,
    proposed_by_id=make.maybe,
    answer=st.none()
    | st.builds(
        Answer,
        content=make.outside | st.just("**a**\n" * 500),
        told=st.dictionaries(make.channels, st.integers(1, 100), max_size=5),
        lost=st.integers(0, 9),
    ),
    resolution_note=make.maybe,
)
letters = st.builds(
    Letter,
    number=make.numbers,
    recipient=make.outside,
    channel=make.channels,
    kind=make.outside,
    text=make.outside | st.just("😀" * 3000),
    language=st.none() | st.sampled_from(["en", "es"]) | make.outside,
    refusal=make.maybe,
    restored_at=st.none() | st.just(make.AT),
)
