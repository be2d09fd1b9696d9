"""Values of the lists to draw: messages to reporters and the texts they are made of."""

from typing import Any

from hypothesis import strategies as st

from hub.listing import TicketLine
from hub.reviewing import ChangelogLine, ChangelogList, NotificationLine, NotificationList, NotificationWindow
from hub.viewing import Choice
from storage.enums import NotificationPurpose, NotificationStatus
from tests.blocks import make


def ticket(**changed: Any) -> TicketLine:
    return TicketLine(
        **{
            "id": make.TICKET,
            "number": 142,
            "title": "The export stops",
            "status": "resolved",
            "priority": 1,
            "ticket_type": "bug",
            "channel": "whatsapp",
            "reporter": "Rita Rossi",
            "assignee": None,
            "reported_at": make.AT,
            **changed,
        }
    )


def message(**changed: Any) -> NotificationLine:
    return NotificationLine(
        **{
            "id": make.NOTIFICATION,
            "ticket_id": make.TICKET,
            "number": 142,
            "title": "The export stops",
            "recipient": "Rita Rossi",
            "purpose": "resolution",
            "channel": "whatsapp",
            "status": "sent",
            "retry_count": 0,
            "error": None,
            "is_unsure": False,
            "created_at": make.AT,
            **changed,
        }
    )


def window(**changed: Any) -> NotificationWindow:
    return NotificationWindow(
        **{
            "line": message(),
            "account": "34600111222",
            "kind": "template",
            "text": "Exports end where they should.",
            "error_code": None,
            "sent_at": make.AT,
            "delivered_at": None,
            "read_at": None,
            "may_retry": False,
            "may_tell": False,
            "stays": None,
            "ticket": ticket(),
            "related": (),
            "entry": make.draft(is_approved=True, approved_by="Ana", approved_at=make.AT),
            **changed,
        }
    )


def text(**changed: Any) -> ChangelogLine:
    return ChangelogLine(
        **{
            "id": make.ENTRY,
            "ticket": ticket(),
            "content": make.CONTENT,
            "is_approved": True,
            "model": "gpt-5.1",
            "prompt_tokens": 1234,
            "completion_tokens": 321,
            "approved_by": "Ana",
            "approved_at": make.AT,
            "created_at": make.AT,
            **changed,
        }
    )


cursors = st.none() | st.text("abc", min_size=1, max_size=200)
messages = st.builds(
    NotificationLine,
    id=st.uuids(),
    ticket_id=st.uuids(),
    number=make.numbers,
    title=make.short,
    recipient=make.outside,
    purpose=st.sampled_from([str(each) for each in NotificationPurpose]),
    channel=make.channels,
    status=st.sampled_from([str(each) for each in NotificationStatus]),
    retry_count=st.integers(0, 5),
    error=make.maybe,
    is_unsure=st.booleans(),
    created_at=make.moments,
)
message_lists = st.builds(NotificationList, lines=st.lists(messages, max_size=10).map(tuple), next_cursor=cursors)
times = st.none() | make.moments
long_texts = st.one_of(make.outside, st.sampled_from(["😀" * 100_000, "\n" * 200_000, "&<>" * 100_000]))
windows = st.builds(
    NotificationWindow,
    line=messages,
    account=make.outside,
    kind=st.none() | st.sampled_from(("session", "template", "thread")),
    text=long_texts,
    error_code=make.maybe,
    sent_at=times,
    delivered_at=times,
    read_at=times,
    may_retry=st.booleans(),
    may_tell=st.booleans(),
    stays=make.maybe,
    ticket=make.ticket_lines,
    related=st.lists(make.ticket_lines, max_size=6).map(tuple),
    entry=st.none() | make.drafts,
)
tokens = st.none() | st.integers(0, 10**9)
entries = st.builds(
    ChangelogLine,
    id=st.uuids(),
    ticket=make.ticket_lines,
    content=long_texts,
    is_approved=st.booleans(),
    model=make.maybe,
    prompt_tokens=tokens,
    completion_tokens=tokens,
    approved_by=make.maybe,
    approved_at=times,
    created_at=make.moments,
)
entry_lists = st.builds(ChangelogList, lines=st.lists(entries, max_size=10).map(tuple), next_cursor=cursors)
entry_choices = st.builds(
    Choice,
    section=st.just("changelogs"),
    filters=st.fixed_dictionaries({}, optional={"status": st.sampled_from(["draft", "approved"])}),
    cursors=st.lists(st.text("abc", min_size=1, max_size=60), max_size=3).map(tuple),
)
message_choices = st.builds(
    Choice,
    section=st.just("notifications"),
    filters=st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from([str(each) for each in NotificationStatus]),
            "channel": make.channels,
        },
    ),
    cursors=st.lists(st.text("abc", min_size=1, max_size=60), max_size=3).map(tuple),
)
