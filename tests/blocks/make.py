"""Values to draw: ordinary ones in one line each, and the worst that can come in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from hub.changelog import HEADINGS
from hub.listing import TicketCounts, TicketLine, TicketList
from hub.showing import Attached, Draft, Grouped, ReportLine, Said, Similar, Suggestion, TicketCard, Told
from hub.viewing import Choice
from storage.enums import (
    AttachmentStatus,
    EnrichmentStatus,
    NotificationPurpose,
    NotificationStatus,
    Priority,
    SuggestionOutcome,
    TicketStatus,
    TicketType,
)

TICKET = UUID("11111111-1111-4111-8111-111111111111")
ENTRY = UUID("22222222-2222-4222-8222-222222222222")
NOTIFICATION = UUID("33333333-3333-4333-8333-333333333333")
AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
CONTENT = f"{HEADINGS[0]}\nExports stopped.\n\n{HEADINGS[1]}\nA new queue.\n\n{HEADINGS[2]}\nWe watch it."


def card(**changed: Any) -> TicketCard:
    return TicketCard(
        **{
            "id": TICKET,
            "number": 142,
            "title": "The export stops",
            "description": "It stops at 100 rows.",
            "status": "open",
            "priority": 3,
            "ticket_type": "bug",
            "channel": "slack",
            "reporter": "Rita Rossi",
            "source_url": None,
            "assignee": None,
            "reported_at": AT,
            "tags": (),
            "group": None,
            "similar": (),
            "was_deleted_by_author": False,
            "enrichment_status": "pending",
            "is_triaging": False,
            "triage_error": None,
            "suggestion": None,
            "is_drafting": False,
            "draft_error": None,
            "draft": None,
            "told": (),
            "comments": (),
            "comment_count": 0,
            "attachments": (),
            "notion_url": None,
            "notion_status": None,
            "notion_error": None,
            "notion_trashed": False,
            **changed,
        }
    )


def suggestion(**changed: Any) -> Suggestion:
    return Suggestion(
        **{
            "ticket_type": "incident",
            "priority": 1,
            "summary": "Exports end early.",
            "model": "gpt-5.1",
            "outcome": "waiting",
            **changed,
        }
    )


def draft(**changed: Any) -> Draft:
    return Draft(
        **{
            "entry_id": ENTRY,
            "ticket_id": TICKET,
            "ticket_number": 142,
            "content": CONTENT,
            "model": "gpt-5.1",
            "tokens": 1234,
            "unfit": None,
            "is_approved": False,
            "approved_by": None,
            "approved_at": None,
            **changed,
        }
    )


def told(**changed: Any) -> Told:
    return Told(
        **{
            "notification_id": NOTIFICATION,
            "purpose": "resolution",
            "channel": "whatsapp",
            "status": "sent",
            "error": None,
            "retry_count": 0,
            "is_unsure": False,
            "kind": "template",
            **changed,
        }
    )


def said(**changed: Any) -> Said:
    return Said(**{"author": "Rita Rossi", "text": "Still broken.", "sent_at": AT, "is_deleted": False, **changed})


def attached(**changed: Any) -> Attached:
    return Attached(
        **{
            "name": "screen.png",
            "content_type": "image/png",
            "size": 12_345,
            "status": "stored",
            "error": None,
            **changed,
        }
    )


NASTY = (
    "<!channel>",
    "<@U0ANA>",
    "<https://evil.example|your bank>",
    "*bold* _italic_ ~struck~ `code` ```block```",
    "&amp;&lt;",
    "&" * 5000,
    "<" * 777,
    "a&" * 1700,
    "😀👩‍👩‍👧‍👦" * 900,
    "\u202edesrever\u2066",
    "مرحبا بالعالم " * 300,
    "x" * 100_000,
    "word " * 1000,
    "\n" * 4000,
    " " * 3001,
    "> quoted\n>>> more",
    "**What happened:**",
    "** **\n****",
    "{date}|^:smile:",
)
"""What is hardest to cut, to escape or to show."""

unicode = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
outside = st.one_of(
    st.just(""),
    unicode,
    st.lists(st.one_of(st.sampled_from(NASTY), unicode), min_size=1, max_size=4).map("".join),
)
"""Text as storage can hold it: no NUL, no half of a surrogate pair."""
short = st.tuples(unicode, st.sampled_from(NASTY)).map(lambda parts: "".join(parts)[:120])
names = st.text(st.sampled_from("abcdefghij_&<*"), min_size=1, max_size=20)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
numbers = st.integers(1, 2**63 - 1)
channels = st.one_of(st.sampled_from(("slack", "intercom", "whatsapp", "email", "in_app")), names)
types = st.sampled_from([str(each) for each in TicketType])
priorities = st.sampled_from([int(each) for each in Priority])
maybe = st.one_of(st.none(), outside)

suggestions = st.builds(
    Suggestion,
    ticket_type=types,
    priority=priorities,
    summary=outside,
    model=outside,
    outcome=st.sampled_from([str(each) for each in SuggestionOutcome]),
)
drafts = st.builds(
    Draft,
    entry_id=st.uuids(),
    ticket_id=st.uuids(),
    ticket_number=numbers,
    content=outside.map(lambda text: text[:3000]),
    model=maybe,
    tokens=st.one_of(st.none(), st.integers(0, 10**9)),
    unfit=maybe,
    is_approved=st.booleans(),
    approved_by=maybe,
    approved_at=st.one_of(st.none(), moments),
)
tolds = st.builds(
    Told,
    notification_id=st.uuids(),
    purpose=st.sampled_from([str(each) for each in NotificationPurpose]),
    channel=channels,
    status=st.sampled_from([str(each) for each in NotificationStatus]),
    error=maybe,
    retry_count=st.integers(0, 5),
    is_unsure=st.booleans(),
    kind=st.one_of(st.none(), st.sampled_from(("session", "template", "thread")), outside),
)
saids = st.builds(Said, author=outside, text=outside, sent_at=moments, is_deleted=st.booleans())
attacheds = st.builds(
    Attached,
    name=outside,
    content_type=outside,
    size=st.one_of(st.none(), st.integers(0, 2**62)),
    status=st.sampled_from([str(each) for each in AttachmentStatus]),
    error=maybe,
)
addresses = st.one_of(st.none(), outside, outside.map(lambda text: "https://x.example/" + text))
cards = st.builds(
    TicketCard,
    id=st.uuids(),
    number=numbers,
    title=short,
    description=outside,
    status=st.sampled_from([str(each) for each in TicketStatus]),
    priority=priorities,
    ticket_type=types,
    channel=channels,
    reporter=outside,
    source_url=addresses,
    assignee=maybe,
    reported_at=moments,
    tags=st.lists(outside, max_size=5).map(tuple),
    group=st.none()
    | st.builds(Grouped, id=st.uuids(), name=outside, size=st.integers(2, 100), is_resolved=st.booleans()),
    similar=st.lists(
        st.builds(Similar, number=numbers, title=outside, shared=st.lists(outside, max_size=8).map(tuple)), max_size=5
    ).map(tuple),
    was_deleted_by_author=st.booleans(),
    enrichment_status=st.sampled_from([str(each) for each in EnrichmentStatus]),
    is_triaging=st.booleans(),
    triage_error=maybe,
    suggestion=st.one_of(st.none(), suggestions),
    is_drafting=st.booleans(),
    draft_error=maybe,
    draft=st.one_of(st.none(), drafts),
    told=st.lists(tolds, max_size=30).map(tuple),
    comments=st.lists(saids, max_size=5).map(tuple),
    comment_count=st.integers(0, 10_000),
    attachments=st.lists(attacheds, max_size=50).map(tuple),
    notion_url=addresses,
    notion_status=maybe,
    notion_error=maybe,
    notion_trashed=st.booleans(),
)
figures = st.integers(0, 10**9)
ticket_lines = st.builds(
    TicketLine,
    id=st.just(TICKET),
    number=st.integers(1, 2**63),
    title=outside,
    status=st.sampled_from(TicketStatus),
    priority=st.sampled_from(Priority).map(int),
    ticket_type=st.sampled_from(TicketType),
    channel=outside,
    reporter=outside,
    assignee=st.none() | outside,
    reported_at=st.just(AT),
)
ticket_lists = st.builds(
    TicketList,
    lines=st.lists(ticket_lines, max_size=12).map(tuple),
    next_cursor=st.none() | st.text("abc", min_size=1, max_size=60),
    counts=st.builds(
        TicketCounts,
        total=figures,
        by_status=st.dictionaries(st.sampled_from([each.value for each in TicketStatus]), figures),
        by_channel=st.dictionaries(outside, figures, max_size=8),
        critical=figures,
    ),
    found=st.none() | figures,
    assignee=st.none() | outside,
)
choices = st.builds(
    Choice,
    filters=st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from([each.value for each in TicketStatus]),
            "channel": outside,
            "priority": st.integers(0, 5),
            "assignee": st.sampled_from(["", "T1:UANA"]),
            "words": outside,
        },
    ),
    cursors=st.lists(st.text("abc", min_size=1, max_size=60), max_size=3).map(tuple),
)


def ticket_list(*lines: TicketLine, **facts: Any) -> TicketList:
    counted = TicketCounts(total=16, by_status={"open": 5, "resolved": 8}, by_channel={"slack": 9}, critical=3)
    return TicketList(
        **{"lines": lines, "next_cursor": None, "counts": counted, "found": None, "assignee": None} | facts
    )


lines = st.builds(
    ReportLine,
    number=numbers,
    title=short,
    status=st.sampled_from([str(each) for each in TicketStatus]),
    reported_at=moments,
)
