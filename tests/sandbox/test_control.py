"""The control endpoints that concern every platform."""

import json

import pytest


async def test_sent_can_be_asked_for_one_platform_or_all(outside):
    await outside.ask("GET", "/notion/v1/users/me")
    await outside.ask("GET", "/openai/v1/models")
    assert len(await outside.sent("notion")) == 1
    every = (await outside.control("GET", "/sent"))["data"]
    assert [one["platform"] for one in every] == ["notion", "openai"]
    assert {"at", "method", "path", "body", "status"} <= set(every[0])


async def test_sent_of_an_unknown_platform_is_refused(outside):
    assert "platform" in await outside.refused("GET", "/sent?platform=fax")


async def test_report_answers_the_hubs_status_and_the_external_id(outside, hub):
    hub.statuses = [503]
    answer = await outside.control("POST", "/report", {"channel": "whatsapp", "from": "16505551234", "text": "hi"})
    assert set(answer) == {"status", "external_id"}
    assert answer["status"] == 503
    assert answer["external_id"].startswith("wamid.")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "JSON"),
        ([1], "object"),
        ({}, "channel"),
        ({"channel": "notion", "from": "a", "text": "b"}, "channel"),
        ({"channel": ["slack"], "from": "a", "text": "b"}, "channel"),
        ({"channel": "intercom", "text": "b"}, "from"),
        ({"channel": "intercom", "from": " ", "text": "b"}, "from"),
        ({"channel": "intercom", "from": 5, "text": "b"}, "from"),
        ({"channel": "intercom", "from": "a"}, "text"),
        ({"channel": "intercom", "from": "a", "text": ["b"]}, "text"),
        ({"channel": "intercom", "from": "a", "text": "b", "ago_seconds": -1}, "ago_seconds"),
        ({"channel": "intercom", "from": "a", "text": "b", "ago_seconds": "1"}, "ago_seconds"),
        ({"channel": "intercom", "from": "a", "text": "b", "ago_seconds": 1e300}, "ago_seconds"),
        ({"channel": "intercom", "from": "a", "text": "b", "files": "x"}, "files"),
        ({"channel": "intercom", "from": "a", "text": "b", "files": [{}]}, "name"),
        ({"channel": "intercom", "from": "a", "text": "b", "files": [{"name": "x"}]}, "content"),
        ({"channel": "intercom", "from": "a", "text": "b", "files": [{"name": "x", "size": -1}]}, "size"),
        (
            {"channel": "intercom", "from": "a", "text": "b", "files": [{"name": "x", "content_base64": "é"}]},
            "base64",
        ),
        ({"channel": "intercom", "from": "a", "text": "b", "thread": "nowhere"}, "thread"),
        ({"channel": "intercom", "from": "a", "text": "b", "edit_of": "1"}, "edit"),
        ({"channel": "intercom", "from": "a", "delete_of": "1"}, "delete_of"),
        ({"channel": "whatsapp", "from": "ana", "text": "b"}, "phone"),
        ({"channel": "whatsapp", "from": "16505551234", "text": "b", "user_id": "x"}, "user_id"),
    ],
)
async def test_a_report_that_cannot_be_sent_is_refused_in_a_sentence(outside, hub, body, word):
    sentence = await outside.refused("POST", "/report", body)
    assert word in sentence
    assert hub.received == []


async def test_a_hub_that_does_not_listen_gives_status_0(playing, free_port):
    async with playing(intake_port=free_port()) as outside:
        answer = await outside.control("POST", "/report", {"channel": "intercom", "from": "a", "text": "b"})
        assert answer["status"] == 0
        assert answer["external_id"]


async def test_the_clock_moves_and_moves_back(outside):
    ahead = await outside.control("POST", "/clock", {"advance_seconds": 86_400})
    assert ahead["advanced_seconds"] == 86_400
    asked = await outside.control("GET", "/clock")
    assert asked["advanced_seconds"] == 86_400
    assert asked["now"] > ahead["now"]
    back = await outside.control("POST", "/clock", {"advance_seconds": -86_400})
    assert back["advanced_seconds"] == 0


@pytest.mark.parametrize("value", [None, "60", True, 1e12])
async def test_the_clock_takes_a_number_of_seconds(outside, value):
    assert "advance_seconds" in await outside.refused("POST", "/clock", {"advance_seconds": value})


async def test_a_delivery_can_be_sent_again_byte_for_byte(outside, hub):
    await outside.control("POST", "/report", {"channel": "intercom", "from": "a", "text": "b"})
    delivery = (await outside.control("GET", "/delivered"))["data"][0]
    assert delivery["headers"]["X-Hub-Signature"].startswith("sha1=")
    assert delivery["body"] == json.loads(delivery["raw"])
    await outside.control("POST", "/redeliver", {"id": delivery["id"]})
    first, second = hub.received
    assert first.body == second.body


async def test_what_was_not_taken_can_be_sent_again(outside, hub):
    hub.statuses = [503, 200]
    for text in ("first words", "second words"):
        await outside.control("POST", "/report", {"channel": "intercom", "from": "a", "text": text})
    again = await outside.control("POST", "/redeliver", {})
    assert [one["status"] for one in again["data"]] == [200]
    assert [b"first words" in one.body for one in hub.received] == [True, False, True]


async def test_an_unknown_control_path_is_an_error_in_json(outside):
    status, answer, _ = await outside.ask("GET", "/_control/nothing")
    assert status == 404
    assert "/_control/nothing" in answer["error"]


async def test_control_requests_are_not_in_the_log(outside):
    await outside.control("POST", "/clock", {"advance_seconds": 1})
    assert (await outside.control("GET", "/sent"))["data"] == []
