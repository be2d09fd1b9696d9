"""A look is a sign and a word, and no two mean the same."""

import pytest

from blocks import badges
from storage.enums import NotificationStatus, Priority, TicketStatus, TicketType

EVERY = [
    [badges.status(each) for each in TicketStatus],
    [badges.priority(each) for each in Priority],
    [badges.ticket_type(each) for each in TicketType],
    [badges.delivery(each) for each in NotificationStatus],
    [badges.channel(each) for each in ("slack", "intercom", "whatsapp", "email", "in_app", "carrier_pigeon")],
]


@pytest.mark.parametrize("looks", EVERY)
def test_every_look_has_a_sign_and_a_word(looks):
    for look in looks:
        sign, _, word = look.partition(" ")
        assert not sign.isascii()
        assert any(letter.isalpha() for letter in word)
        assert badges.word(look) == word


@pytest.mark.parametrize("looks", EVERY)
def test_looks_are_told_apart_by_their_words(looks):
    assert len({badges.word(look) for look in looks}) == len(looks)


def test_a_channel_added_later_is_shown_by_its_name():
    assert badges.channel("carrier_pigeon") == "📨 Carrier pigeon"


def test_the_words_are_those_of_the_database():
    assert [badges.status(word) for word in ("open", "in_progress")] == ["🔵 Open", "🟡 In progress"]
    assert badges.priority(0) == "🔴 Critical"
