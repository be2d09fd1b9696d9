"""Dead letters to draw: ordinary ones in one line each, and the worst that can be kept."""

from typing import Any

from hypothesis import strategies as st

from hub.mending import AboutTicket, Forced, LetterDetails, LetterLine, LetterList, UnreadDelivery
from hub.viewing import Choice
from hub.work import KINDS
from tests.blocks import make
from tests.blocks.make import AT, ENTRY, NOTIFICATION, TICKET

kinds = st.one_of(st.sampled_from(sorted(KINDS)), make.names)
about = st.builds(AboutTicket, id=st.uuids(), number=make.numbers, title=make.outside)
letters = st.builds(
    LetterLine,
    id=st.uuids(),
    job_class=kinds,
    ticket=st.none() | about,
    error_class=make.outside,
    error=make.outside,
    queue=make.names,
    attempts=st.integers(0, 32_767),
    failed_at=make.moments,
    is_resolved=st.booleans(),
)
windows = st.builds(
    LetterDetails,
    line=letters,
    job_key=make.outside,
    arguments=st.one_of(make.outside, st.just("{}" * 100_000)),
    backtrace=make.outside,
    resolved_by=make.maybe,
    resolved_at=st.none() | make.moments,
    resolution=make.maybe,
)
unread = st.builds(
    UnreadDelivery, id=st.uuids(), platform=make.channels, error=make.outside, received_at=make.moments
)
forced = st.builds(Forced, kind=kinds, by=make.outside, at=make.moments)
lists = st.builds(
    LetterList,
    lines=st.lists(letters, max_size=10).map(tuple),
    next_cursor=st.none() | st.text("abc", min_size=1, max_size=120),
    unread=st.lists(unread, max_size=5).map(tuple),
    more_unread=st.booleans(),
    forced=st.lists(forced, max_size=40).map(tuple),
)
choices = st.builds(
    Choice,
    section=st.just("dead_letters"),
    cursors=st.lists(st.text("abc", min_size=1, max_size=120), max_size=3).map(tuple),
)


def letter(**changed: Any) -> LetterLine:
    return LetterLine(
        **{
            "id": ENTRY,
            "job_class": "dispatch",
            "ticket": AboutTicket(TICKET, 142, "The export stops"),
            "error_class": "Refused",
            "error": "The platform refused it.",
            "queue": "jobs",
            "attempts": 20,
            "failed_at": AT,
            "is_resolved": False,
            **changed,
        }
    )


def window(**changed: Any) -> LetterDetails:
    return LetterDetails(
        **{
            "line": letter(),
            "job_key": f"notification:{NOTIFICATION}",
            "arguments": f'{{\n  "subject": "{NOTIFICATION}"\n}}',
            "backtrace": "jobs/dispatch.py:41 dispatch\nplatforms/slack/client.py:70 post",
            "resolved_by": None,
            "resolved_at": None,
            "resolution": None,
            **changed,
        }
    )


def delivery(**changed: Any) -> UnreadDelivery:
    return UnreadDelivery(
        **{"id": NOTIFICATION, "platform": "whatsapp", "error": "entry is missing", "received_at": AT, **changed}
    )


def listed(*lines: LetterLine, **facts: Any) -> LetterList:
    return LetterList(**{"lines": lines, "next_cursor": None, **facts})
