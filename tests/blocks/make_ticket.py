"""What a ticket's window shows: ordinary values in one line each, and the worst that can come in."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hub.asked import Asked, Calls
from hub.detailing import Account, Deliveries, Editable, Happened, Overview, Person, Sent, Shown, Timeline, Window
from hub.merging import Merged
from hub.tracing import Arrived, Original, Version
from storage.enums import EventType
from tests.blocks import make, make_lists


def window(tab: str, content: Any, *, cursor: str | None = None, title: str = "The export stops") -> Window:
    return Window(Shown(make.TICKET, tab, cursor), 142, title, content)


def overview(assignee_id: str | None = None, **changed: Any) -> Window:
    return window("overview", Overview(make.card(**changed), assignee_id, (make_lists.text(is_approved=True),)))


def arrived(**changed: Any) -> Arrived:
    return Arrived(
        **{
            "platform": "slack",
            "url": None,
            "author": "Rita Rossi",
            "text": "It stops at 100 rows.",
            "sent_at": make.AT,
            "is_deleted": False,
            "versions": (),
            "has_more_versions": False,
            **changed,
        }
    )


def original(**changed: Any) -> Original:
    return Original(
        **{
            "title": "The export stops",
            "ticket_type": "bug",
            "priority": 3,
            "language": "en",
            "report": arrived(),
            "is_by_hand": False,
            "comments": (),
            "attachments": (),
            "next_cursor": None,
            **changed,
        }
    )


def happened(event: str, who: str = "Ana", to: str | None = None, **facts: Any) -> Happened:
    return Happened(event, who, to, facts, make.AT)


def person(**changed: Any) -> Person:
    return Person(
        **{
            "id": make.TICKET,
            "name": "Rita Rossi",
            "email": "rita@shop.example",
            "company": "The Shop",
            "role": None,
            "accounts": (Account("slack", "rita", "U0RITA", make.AT),),
            "merged": (Merged(make.TICKET, "R. Rossi", make.AT, by_hand=True),),
            "others": (),
            "next_cursor": None,
            **changed,
        }
    )


def sent(**changed: Any) -> Sent:
    facts = {"recipient": "34600111222", "text": "It is fixed.", "written_at": make.AT}
    receipts = {"sent_at": None, "delivered_at": None, "read_at": None}
    return Sent(**{"told": make.told(), **facts, **receipts, **changed})


def editable(**changed: Any) -> Editable:
    return Editable(
        **{
            "ticket_id": make.TICKET,
            "number": 142,
            "version": 7,
            "title": "The export stops",
            "ticket_type": "bug",
            "priority": 3,
            "tags": ("billing", "export"),
            "suggested": None,
            **changed,
        }
    )


def asked(**changed: Any) -> Asked:
    spent = {"tokens_read": 420, "tokens_written": 80, "cost": Decimal("0.00133"), "milliseconds": 1240}
    seen = {"rules": 2, "redactions": {"EMAIL": 1, "NAME": 2}, "leaks": {}, "at": make.AT}
    said = {
        "prompt": "You sort reports.\n\nIt stops. I am [NAME_1].",
        "answer": '{"summary": "It stops."}',
        "error": None,
    }
    return Asked(**{"purpose": "triage", "model": "gpt-5.1", **said, **spent, **seen, **changed})


cursors = st.none() | st.text("abc", min_size=1, max_size=80)
versions = st.builds(Version, text=make.outside, replaced_at=make.moments)
arriveds = st.builds(
    Arrived,
    platform=make.channels,
    url=make.addresses,
    author=make.outside,
    text=make.outside,
    sent_at=make.moments,
    is_deleted=st.booleans(),
    versions=st.lists(versions, max_size=2).map(tuple),
    has_more_versions=st.booleans(),
)
originals = st.builds(
    Original,
    title=make.short,
    ticket_type=make.types,
    priority=make.priorities,
    language=st.none() | make.short,
    report=arriveds,
    is_by_hand=st.booleans(),
    comments=st.lists(arriveds, max_size=5).map(tuple),
    attachments=st.lists(make.attacheds, max_size=50).map(tuple),
    next_cursor=cursors,
)
scalars = st.none() | st.booleans() | st.integers() | make.short
facts = st.dictionaries(
    st.sampled_from(["model", "type", "priority", "was", "now", "channel", "purpose", "status", "created"]), scalars
)
happeneds = st.builds(
    Happened,
    event=st.sampled_from([each.value for each in EventType]) | make.short,
    who=make.outside,
    to=make.maybe,
    facts=facts,
    at=make.moments,
)
timelines = st.builds(Timeline, events=st.lists(happeneds, max_size=15).map(tuple), next_cursor=cursors)
accounts = st.builds(
    Account,
    platform=make.channels,
    name=make.maybe,
    account=make.outside,
    last_heard_at=st.none() | make.moments,
)
merged = st.builds(Merged, id=st.uuids(), name=make.outside, at=make.moments, by_hand=st.booleans())
persons = st.none() | st.builds(
    Person,
    id=st.uuids(),
    name=make.maybe,
    email=make.maybe,
    company=make.maybe,
    role=make.maybe,
    accounts=st.lists(accounts, max_size=10).map(tuple),
    merged=st.lists(merged, max_size=10).map(tuple),
    others=st.lists(make.ticket_lines, max_size=8).map(tuple),
    next_cursor=cursors,
)
times = st.none() | make.moments
sents = st.builds(
    Sent,
    told=make.tolds,
    recipient=make.outside,
    text=make.outside.map(lambda text: text[:3000]),
    written_at=make.moments,
    sent_at=times,
    delivered_at=times,
    read_at=times,
)
sendings = st.builds(Deliveries, messages=st.lists(sents, max_size=4).map(tuple), next_cursor=cursors)
overviews = st.builds(
    Overview,
    card=make.cards,
    assignee_id=st.none() | st.just("T1:UANA"),
    approved=st.lists(make_lists.entries, max_size=3).map(tuple),
)
counts = st.dictionaries(st.sampled_from(["EMAIL", "NAME"]) | make.short, st.integers(1, 5000), max_size=11)
calls = st.builds(
    Asked,
    purpose=st.sampled_from(["triage", "changelog"]) | make.short,
    model=make.outside,
    prompt=make.outside,
    answer=make.maybe,
    error=make.maybe,
    tokens_read=st.none() | st.integers(0, 10**9),
    tokens_written=st.none() | st.integers(0, 10**9),
    cost=st.none() | st.decimals(0, 10**5, places=8),
    milliseconds=st.none() | st.integers(0, 10**9),
    rules=st.none() | st.integers(1, 99),
    redactions=counts,
    leaks=counts,
    at=make.moments,
)
tabs = st.one_of(
    st.tuples(st.just("ai"), st.builds(Calls, calls=st.lists(calls, max_size=2).map(tuple), next_cursor=cursors)),
    st.tuples(st.just("overview"), overviews),
    st.tuples(st.just("original"), originals),
    st.tuples(st.just("timeline"), timelines),
    st.tuples(st.just("reporter"), persons),
    st.tuples(st.just("deliveries"), sendings),
)
editables = st.builds(
    Editable,
    ticket_id=st.uuids(),
    number=make.numbers,
    version=st.integers(1, 10**6),
    title=make.short,
    ticket_type=make.types,
    priority=make.priorities,
    tags=st.lists(make.outside, max_size=5).map(tuple),
    suggested=st.none() | make.suggestions,
)
