"""What the stories say, who tells them, and in which order they come."""

import hashlib
import hmac
import html
import json
import re
from collections import Counter
from random import Random

import pytest

from sandbox.control import CHANNELS, read_report
from sandbox.stories import INCIDENTS, PEOPLE, STORIES, Stories

FORMS = {
    "email": r"\b[\w.]+@example\.net\b",
    "phone": r"\b\d{3}-555-01\d\d\b",
    "ssn": r"\b(078-05-1120|219-09-9999|987-65-432\d)\b",
    "password": r"(password|contraseña|Passwort|senha) (is|es|ist|é) \S{8,}",
    "card": r"\b(4111 1111 1111 1111|5555 5555 5555 4444)\b",
}


def deal(channel="intercom", *, pii=False, seed=1, rounds=1):
    stories = Stories(Random(seed))
    return [stories.choose(channel=channel, pii=pii) for _ in range(rounds * len(STORIES))]


def title(report):
    return report["text"].partition("\n")[0]


def signature(delivery):
    """What the platform's own header has to say about these bytes."""
    body, headers = delivery.body, delivery.headers
    if delivery.path == "/webhooks/intercom":
        return headers["x-hub-signature"], "sha1=" + hmac.new(
            b"intercom-secret-of-the-test", body, hashlib.sha1
        ).hexdigest()
    if delivery.path == "/webhooks/whatsapp":
        expected = hmac.new(b"whatsapp-secret-of-the-test", body, hashlib.sha256).hexdigest()
        return headers["x-hub-signature-256"], f"sha256={expected}"
    signed = b"v0:" + headers["x-slack-request-timestamp"].encode() + b":" + body
    return headers["x-slack-signature"], "v0=" + hmac.new(
        b"slack-secret-of-the-test", signed, hashlib.sha256
    ).hexdigest()


def words(delivery):
    payload = json.loads(delivery.body)
    if delivery.path == "/webhooks/intercom":
        return html.unescape(payload["data"]["item"]["source"]["body"])
    if delivery.path == "/webhooks/whatsapp":
        return payload["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"]
    return payload["event"]["text"]


def test_there_are_enough_stories_and_people_in_four_languages():
    assert len(STORIES) >= 60
    assert len(PEOPLE) >= 25
    assert {"en", "es", "de", "pt"} == {one.language for one in STORIES} == {one.language for one in PEOPLE}


def test_no_story_and_no_person_is_there_twice():
    assert len({one.title for one in STORIES}) == len(STORIES)
    for names in zip(*((one.name, one.handle, one.email, one.phone) for one in PEOPLE), strict=True):
        assert len(set(names)) == len(PEOPLE)


def test_people_have_addresses_nobody_owns_and_phones_in_digits():
    for person in PEOPLE:
        assert person.email.endswith(("example.com", "example.org"))
        assert re.fullmatch(r"\d{11,13}", person.phone)


def test_a_story_begins_with_a_sentence_that_can_be_its_title():
    for story in STORIES:
        assert len(story.title) <= 120
        assert 1 <= len(re.findall(r"[.!?](?:\s|$)", story.body)) <= 5


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_story_comes_again_before_every_other_one_has(channel):
    assert len({title(one) for one in deal(channel)}) == len(STORIES)


def test_nobody_tells_two_stories_before_everybody_of_their_language_has_told_one():
    count = sum(one.language == "en" for one in PEOPLE)
    english = {one.name for one in PEOPLE if one.language == "en"}
    tellers = [one["name"] for one in deal() if one["name"] in english]
    assert len(set(tellers[:count])) == count


def test_a_story_is_told_by_somebody_who_speaks_its_language():
    language = {one.title: one.language for one in STORIES}
    speaks = {one.name: one.language for one in PEOPLE}
    assert all(language[title(one)] == speaks[one["name"]] for one in deal())


def test_the_same_seed_tells_the_same_stories():
    assert deal(pii=True, seed=5) == deal(pii=True, seed=5)
    assert deal(seed=5) != deal(seed=6)


def test_without_pii_a_text_holds_no_particulars():
    for one in deal():
        assert one["pii"] == []
        assert not any(re.search(form, one["text"]) for form in FORMS.values())
        assert "@" not in one["text"]


def test_the_kinds_said_to_be_in_a_text_are_the_ones_in_it():
    told = deal(pii=True, rounds=5)
    for one in told:
        assert one["pii"] == [kind for kind in one["pii"] if re.search(FORMS[kind], one["text"])]
        assert set(one["pii"]) == {kind for kind, form in FORMS.items() if re.search(form, one["text"])}
        assert len(one["pii"]) >= 2
    assert {kind for one in told for kind in one["pii"]} == set(FORMS)


def test_a_text_with_particulars_has_no_gap_left_open():
    assert not any(sign in one["text"] for one in deal(pii=True, rounds=5) for sign in "{}")


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_story_is_a_report_the_control_endpoint_accepts(channel):
    for one in deal(channel, pii=True):
        assert read_report(one)["text"] == one["text"]


def test_an_incident_is_told_by_eight_people_on_three_channels_in_two_languages():
    assert len(INCIDENTS) >= 3
    stories = Stories(Random(1))
    for _ in INCIDENTS:
        told = stories.incident()
        assert len(told) == len({one["name"] for one in told}) == len({one["text"] for one in told}) == 8
        channels = Counter(one["channel"] for one in told)
        assert set(channels) == set(CHANNELS)
        assert min(channels.values()) >= 2


def test_an_incident_is_told_in_english_and_spanish_and_some_give_themselves_away():
    for incident in INCIDENTS:
        languages = Counter(one["language"] for one in incident["reports"])
        assert set(languages) == {"en", "es"}
        assert min(languages.values()) >= 2
        assert sum("{" in one["text"] for one in incident["reports"]) >= 2


def test_no_incident_comes_again_before_every_other_one_has():
    stories = Stories(Random(1))
    openings = [stories.incident()[4]["text"] for _ in range(2 * len(INCIDENTS))]
    assert len(set(openings[: len(INCIDENTS)])) == len(INCIDENTS)


def test_the_kinds_said_to_be_in_a_report_of_an_incident_are_the_ones_in_it():
    stories = Stories(Random(1))
    for one in (one for _ in INCIDENTS for one in stories.incident()):
        assert set(one["pii"]) == {kind for kind, form in FORMS.items() if re.search(form, one["text"])}
        assert not set("{}") & set(one["text"])


@pytest.mark.parametrize("channel", CHANNELS)
async def test_every_story_arrives_signed_at_the_hub(outside, hub, channel):
    for _ in STORIES:
        told = await outside.control("POST", "/report", {"channel": channel, "story": True})
        assert told["status"] == 200
        assert told["external_id"]
        delivery = hub.received[-1]
        assert title(told) in words(delivery)
        found, expected = signature(delivery)
        assert found == expected
    assert len(hub.received) == len(STORIES)


async def test_particulars_arrive_at_the_hub(outside, hub):
    told = await outside.control("POST", "/report", {"channel": "whatsapp", "story": True, "pii": True})
    assert told["pii"]
    assert words(hub.received[-1]) == told["text"]


async def test_whoever_tells_a_story_on_slack_is_in_the_workspace(outside):
    told = await outside.control("POST", "/report", {"channel": "slack", "story": True})
    users = (await outside.control("GET", "/slack/users"))["data"]
    (person,) = [one for one in users if one["name"] == told["name"]]
    assert (person["handle"], person["email"], person["agent"]) == (told["from"], told["email"], False)


async def test_a_report_without_a_story_says_only_what_became_of_it(outside):
    report = {"channel": "intercom", "from": "a", "text": "b", "story": False}
    assert set(await outside.control("POST", "/report", report)) == {"status", "external_id"}


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"story": True}, "channel"),
        ({"story": True, "channel": "notion"}, "channel"),
        ({"story": "yes", "channel": "slack"}, "story"),
        ({"story": True, "channel": "slack", "pii": 1}, "pii"),
        ({"story": True, "channel": "slack", "from": "rita"}, "from"),
        ({"story": True, "channel": "slack", "text": "it broke"}, "text"),
        ({"story": False, "channel": "slack"}, "from"),
    ],
)
async def test_a_story_that_cannot_be_told_is_refused_in_a_sentence(outside, hub, body, word):
    assert f'"{word}"' in await outside.refused("POST", "/report", body)
    assert hub.received == []
