"""What agents type to find tickets."""

import pytest

from hub import searching
from hub.errors import Invalid
from platforms import CHANNELS
from storage.tickets import Filters

ME = "T1:UANA"


def parsed(text: str) -> Filters:
    return searching.parse(text, me=ME, channels=CHANNELS)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", Filters()),
        ("invoice missing", Filters(words="invoice missing")),
        ("#142", Filters(number=142)),
        ("142", Filters(number=142)),
        (
            "status:open priority:p1 type:feature-request",
            Filters(status="open", priority=1, ticket_type="feature_request"),
        ),
        ("priority:critical", Filters(priority=0)),
        ("channel:WhatsApp pay", Filters(channel="whatsapp", words="pay")),
        ("assignee:me", Filters(assignee=ME)),
        ("assignee:nobody", Filters(assignee="")),
        ("assignee:<@U9|ana>", Filters(assignee="T1:U9")),
        ('tag:"big customer" from:rita', Filters(tag="big customer", reporter="rita")),
        *(
            (words, Filters(words=words))
            for words in (
                "http://shop.example:80/x",
                "shop.example:80/x",
                "localhost:3000",
                "mailto:rita@shop.example",
                "at 10:30",
                "Error: it crashes",
                "std::vector",
                "C:\\temp",
            )
        ),
    ],
)
def test_words_and_filters_are_told_apart(typed: str, found: Filters):
    assert parsed(typed) == found


@pytest.mark.parametrize("typed", ["is:open", "pay colour:red", 'label:"big customer"', "owner:<@U9>", "owner:@ana"])
def test_a_filter_that_there_is_not_is_answered_with_those_there_are(typed: str):
    with pytest.raises(Invalid, match="The filters are status, channel, priority, type, assignee, tag, from"):
        parsed(typed)


@pytest.mark.parametrize("typed", ["status:shut", "priority:9", "channel:pigeon", "assignee:ana", "tag:", "type:"])
def test_a_filter_that_cannot_be_is_answered_with_an_example(typed: str):
    with pytest.raises(Invalid, match="For example: /tickets"):
        parsed(typed)
