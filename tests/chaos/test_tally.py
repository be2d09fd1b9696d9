"""A drill that went wrong says so: each figure by itself."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.chaos.tally import Tally

GOOD = Tally(
    deliveries=2,
    copies=4,
    attempts=5,
    answers={"200": 4, "503": 1},
    answer_seconds=[0.1],
    never_taken=0,
    happened=Counter({"kill -9 bot": 1}),
    ended=[],
    begun=1,
    finished=1,
    quiet_seconds=3.0,
    told=Counter(once=2),
)


def test_a_good_drill_has_nothing_to_complain_of():
    assert GOOD.complaints == []


@pytest.mark.parametrize(
    ("figure", "says"),
    [
        ({"never_taken": 1}, "never answered 200"),
        ({"answers": {"200": 4, "500": 1}}, "answered 500: 1 times"),
        ({"begun": 2}, "1 answers and triages were begun and not finished"),
        ({"begun": 0, "finished": 0}, "agents began nothing"),
        ({"told": Counter(never=2)}, "nobody was told"),
        ({"quiet_seconds": None}, "always something left to do"),
        ({"ended": ["worker"]}, "ended by itself: worker"),
        *(
            ({name: ["#1"]}, "#1")
            for name in (
                "lost",
                "doubled",
                "twice",
                "untrue",
                "late",
                "cards_twice",
                "pages_twice",
                "broken_promises",
            )
        ),
    ],
)
def test_whatever_went_wrong_is_said(figure: dict, says: str):
    (complaint,) = replace(GOOD, **figure).complaints
    assert says in complaint
