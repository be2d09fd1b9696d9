"""Measurements to draw: an ordinary one, and the worst that can come in."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from hub.measurement import Accuracy, Confusion, FieldAccuracy, Metrics, Period, TopReporter, Volume
from storage.enums import Priority, TicketStatus, TicketType
from storage.measurements import Sent, Span, Spend, Times
from tests.blocks import make

SPAN = Span(make.AT - timedelta(days=7), make.AT)
NONE = Times(0, None, None)
NO_FIELD = FieldAccuracy(0, ())
TYPES = [each.value for each in TicketType]
STATES = [each.value for each in TicketStatus]


def metrics(**changed: Any) -> Metrics:
    return Metrics(
        **{
            "period": Period.WEEK,
            "span": SPAN,
            "open_now": 23,
            "volume": volume(),
            "reporters": (TopReporter(make.TICKET, "Rita Rossi", 14), TopReporter(make.ENTRY, "Ivy", 2)),
            "to_triage": Times(88, 95, 3605),
            "to_resolve": Times(48, 187_200, 777_600),
            "to_notify": Times(1, 40, 40),
            "accuracy": Accuracy(
                accepted=60,
                modified=12,
                rejected=4,
                right=58,
                types=FieldAccuracy(70, (Confusion("bug", "question", 6),)),
                priorities=FieldAccuracy(67, (Confusion(1, 2, 9),)),
                renamed=5,
            ),
            "models": (Spend("gpt-5.1", 120, 3, 145_000, 22_000, Decimal("1.40125"), 1840),),
            "sent": (sent("slack", sent=70, read=20, failed=2, waiting=1),),
            **changed,
        }
    )


def volume(**changed: Any) -> Volume:
    return Volume(
        **{
            "by_channel": {"slack": 64, "whatsapp": 32, "in_app": 1},
            "by_type": {"bug": 70, "feature_request": 27, "question": 0, "incident": 0},
            "by_priority": {0: 1, 1: 6, 2: 40, 3: 50, 4: 0, 5: 0},
            "by_status": {"open": 40, "in_progress": 20, "resolved": 37},
            **changed,
        }
    )


def sent(channel: str, **number: int) -> Sent:
    fates = ("sent", "delivered", "read", "failed", "restricted", "unsure", "waiting")
    return Sent(channel, **{fate: number.get(fate, 0) for fate in fates})


def nothing() -> Metrics:
    empty = volume(
        by_channel={},
        by_type=dict.fromkeys(TYPES, 0),
        by_priority={int(each): 0 for each in Priority},
        by_status=dict.fromkeys(STATES, 0),
    )
    times = {"to_triage": NONE, "to_resolve": NONE, "to_notify": NONE}
    unanswered = Accuracy(0, 0, 0, 0, NO_FIELD, NO_FIELD, 0)
    return metrics(volume=empty, reporters=(), accuracy=unanswered, models=(), sent=(), **times)


@st.composite
def _outside(draw: st.DrawFn) -> str:
    """Written out once: a strategy's own description would hold all of it wherever it is used."""
    return draw(make.outside)


_took = st.builds(Times, st.integers(1, 10**9), st.integers(0, 10**10), st.integers(0, 10**10))
_times = st.one_of(st.just(NONE), _took)


def _field(values: st.SearchStrategy[Any]) -> st.SearchStrategy[FieldAccuracy]:
    confusions = st.lists(st.builds(Confusion, values, values, st.integers(1, 10**9)), max_size=30)
    return st.builds(FieldAccuracy, make.figures, confusions.map(tuple))


_volumes = st.builds(
    Volume,
    by_channel=st.dictionaries(st.one_of(make.channels, _outside()), st.integers(1, 10**9), max_size=40),
    by_type=st.fixed_dictionaries(dict.fromkeys(TYPES, make.figures)),
    by_priority=st.fixed_dictionaries({int(each): make.figures for each in Priority}),
    by_status=st.fixed_dictionaries(dict.fromkeys(STATES, make.figures)),
)
_accuracies = st.builds(
    Accuracy,
    accepted=make.figures,
    modified=make.figures,
    rejected=make.figures,
    right=make.figures,
    types=_field(make.types),
    priorities=_field(make.priorities),
    renamed=make.figures,
)
_dollars = st.none() | st.decimals(0, 10**6, places=8)
_spends = st.builds(Spend, _outside(), *[make.figures] * 4, _dollars, st.none() | make.figures)
_sents = st.builds(Sent, st.one_of(make.channels, _outside()), *[make.figures] * 7)
measurements = st.builds(
    Metrics,
    period=st.sampled_from(Period),
    span=st.just(SPAN),
    open_now=make.figures,
    volume=_volumes,
    reporters=st.lists(st.builds(TopReporter, st.uuids(), _outside(), make.figures), max_size=5).map(tuple),
    to_triage=_times,
    to_resolve=_times,
    to_notify=_times,
    accuracy=_accuracies,
    models=st.lists(_spends, max_size=20).map(tuple),
    sent=st.lists(_sents, max_size=20).map(tuple),
)
