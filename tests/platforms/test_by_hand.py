"""E-mail and in-app take nothing in and send nothing: they record what somebody has to tell."""

from datetime import UTC, datetime

import pytest

from hub.channel import Letter
from hub.errors import ChannelOff
from platforms.errors import Restricted

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LETTER = Letter(
    channel="email",
    notification_id="5b2f7a1c",
    recipient="x:1",
    text="**What happened:**\nIt broke.",
    place={},
    last_heard_at=None,
)

both = pytest.mark.parametrize("name", ["email", "in_app"])


@both
async def test_letter_is_shown_and_left_for_a_person(channel, name):
    opened = channel(name)
    message = opened.compose(LETTER, NOW)
    assert (message.kind, message.text, message.request) == ("by hand", "What happened:\nIt broke.", {})
    with pytest.raises(Restricted, match="recorded for manual follow-up") as refusal:
        await opened.send(message)
    assert refusal.value.platform == name


@both
async def test_nothing_is_taken_in(channel, name):
    opened = channel(name)
    assert (opened.accepts, opened.max_body) == (frozenset(), 0)
    with pytest.raises(ChannelOff):
        opened.verify({}, b"{}", NOW)
    assert opened.read({"text": "hello"}) == []
    assert await opened.profile("x:1") is None
