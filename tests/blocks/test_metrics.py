"""How a period looks, on Home and in a message."""

import pytest

from blocks import charts, figures, metrics
from hub.measurement import TopReporter
from tests.blocks import make, make_metrics
from tests.blocks.limits import action_ids, elements, words


def test_bars_are_aligned_and_as_long_as_their_share():
    assert charts.bars({"Slack": 64, "WhatsApp": 32, "In-app": 1, "E-mail": 0}) == (
        "Slack     64  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇\n"
        "WhatsApp  32  ▇▇▇▇▇▇▇▇\n"
        "In-app     1  ▇\n"
        "E-mail     0"
    )  # fmt: skip


def test_what_does_not_fit_is_counted_together():
    drawn = charts.pie("By channel", {f"Channel {number}": 1 for number in range(30)})[0]
    assert drawn["chart"]["segments"][-1] == {"label": "Others", "value": 19}
    assert len(drawn["chart"]["segments"]) == 12


def test_labels_that_begin_alike_are_one_segment():
    drawn = charts.pie("By channel", {"x" * 30: 1, "x" * 40: 2})[0]
    assert drawn["chart"]["segments"] == [{"label": "x" * 19 + "…", "value": 3}]


def test_there_is_no_chart_of_nothing():
    assert charts.pie("By channel", {}) == charts.pie("By channel", {"Slack": 0}) == []
    assert charts.columns("By type", {"Bug": 0}, of="Tickets") == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "1 h"),
        (3600, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "1 day"),
        (187_200, "2 days 4 h"),
        (86_400_000, "1,000 days"),
    ],
)
def test_a_time_is_said_in_words(seconds, said):
    assert figures.duration(seconds) == said


def test_every_number_of_the_charts_stands_in_the_text():
    drawn = metrics.message(make_metrics.metrics())
    assert [block["chart"]["type"] for block in drawn.blocks if block["type"] == "data_visualization"] == [
        "pie",
        "bar",
    ]
    assert "By channel: Slack 64, WhatsApp 32, In-app 1." in drawn.text
    assert "By type: Bug 70, Feature request 27." in drawn.text
    assert "New tickets 97, Open now 23, Resolved 48, Told 1, AI accuracy 76 %." in drawn.text
    assert "Resolved: half within 2 days 4 h, 9 in 10 within 9 days (48 tickets)." in drawn.text
    assert "Reporter told: half within 40 s, 9 in 10 within 40 s (1 ticket)." in drawn.text
    assert "Bug suggested, Question confirmed: 6." in drawn.text
    assert "Title: changed in 5 of 72 that were not rejected." in drawn.text
    assert "gpt-5.1: 120 calls, 3 failed, 145,000 tokens in, 22,000 out, $1.40" in drawn.text
    assert "Messages by Slack: sent 70, read 20, failed 2, waiting 1, success 98 %." in drawn.text
    assert "98 %" in words(drawn.blocks)


def test_an_empty_period_says_so():
    drawn = metrics.message(make_metrics.nothing())
    assert not [block for block in drawn.blocks if block["type"] == "data_visualization"]
    assert "No ticket came in during the last 7 days." in words(drawn.blocks)
    on_home = words(list(metrics.section(make_metrics.nothing())))
    for said in ("No ticket came in", "No suggestion was answered", "No model was asked", "No message was owed"):
        assert said in on_home


def test_every_group_of_bars_leads_to_its_tickets():
    blocks = list(metrics.section(make_metrics.metrics()))
    assert {metrics.CHANNEL, metrics.TYPE, metrics.PRIORITY, metrics.STATUS, metrics.REPORTER} <= set(
        action_ids(blocks)
    )
    chosen = {each["action_id"]: each for each in elements(blocks)}
    assert [each["value"] for each in chosen[metrics.CHANNEL]["options"]] == ["slack", "whatsapp", "in_app"]
    assert chosen[metrics.WEEK]["style"] == "primary"
    assert chosen[metrics.WEEK]["accessibility_label"] == "The last 7 days, shown now"


def test_reporters_of_one_name_are_offered_once():
    twins = (TopReporter(make.TICKET, "Rita", 2), TopReporter(make.ENTRY, "Rita", 1))
    blocks = list(metrics.section(make_metrics.metrics(reporters=twins)))
    offered = next(each for each in elements(blocks) if each["action_id"] == metrics.REPORTER)
    assert len(offered["options"]) == 1
    assert "Rita  3" in words(blocks)


def test_messages_stand_in_columns_of_what_became_of_them():
    channels = (make_metrics.sent("slack", sent=3, read=12), make_metrics.sent("whatsapp", restricted=1, unsure=2))
    assert figures.deliveries(channels) == (
        "Channel   sent  read  restricted  unsure  success\n"
        "Slack        3    12           0       0    100 %\n"
        "WhatsApp     0     0           1       2      0 %"
    )


def test_home_says_up_to_when_it_counts():
    assert "Up to 2026-11-03 09:30 UTC, counted anew every 30 seconds while you look" in words(
        list(metrics.section(make_metrics.metrics()))
    )
