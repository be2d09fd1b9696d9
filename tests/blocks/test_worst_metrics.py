"""Whatever is measured, Slack takes the charts, the bars and the text."""

import pytest
from hypothesis import given

from blocks import charts, home, metrics
from hub.viewing import Choice, Screen
from tests.blocks import make, make_metrics
from tests.blocks.limits import message_faults, view_faults
from tests.blocks.test_worst_input import thorough

PIE = charts.pie("By channel", {"Slack": 2})[0]
BAR = charts.columns("By type", {"Bug": 2, "Question": 0}, of="Tickets")[0]


@thorough
@given(make_metrics.measurements)
def test_any_measurement_has_charts_slack_takes(found):
    drawn = metrics.message(found)
    assert message_faults(drawn.text, drawn.blocks) == []
    assert len(drawn.text) <= 3500


@thorough
@given(make_metrics.measurements, make.maybe)
def test_any_measurement_has_a_home_slack_takes(found, models_off):
    screen = Screen(Choice("metrics", {"period": found.period}), found)
    assert view_faults(home.agent(screen, triage_channel="C0TRIAGE", models_off=models_off)) == []


@pytest.mark.parametrize(
    "block",
    [
        PIE | {"title": "x" * 51},
        PIE | {"chart": {"type": "pie", "segments": []}},
        PIE | {"chart": {"type": "pie", "segments": [{"label": "x", "value": 0}]}},
        PIE | {"chart": {"type": "pie", "segments": [{"label": "x", "value": "1"}]}},
        PIE | {"chart": {"type": "pie", "segments": [{"label": "x" * 21, "value": 1}]}},
        PIE | {"chart": {"type": "pie", "segments": [{"label": "x", "value": 1}] * 13}},
        BAR | {"chart": BAR["chart"] | {"axis_config": {"categories": ["Bug"]}}},
        BAR | {"chart": BAR["chart"] | {"series": BAR["chart"]["series"] * 2}},
        BAR | {"chart": BAR["chart"] | {"axis_config": BAR["chart"]["axis_config"] | {"y_label": "x" * 51}}},
    ],
)
def test_a_bad_chart_is_seen(block):
    assert message_faults("text", [block])


def test_two_charts_fit_a_message_and_none_a_home():
    assert message_faults("text", [PIE, BAR]) == []
    assert message_faults("text", [PIE, BAR, BAR])
    assert view_faults({"type": "home", "blocks": [PIE]})
