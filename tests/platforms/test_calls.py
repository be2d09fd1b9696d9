"""What is asked of the outside is counted by how it ended."""

import pytest
from prometheus_client import REGISTRY

from hub import pii
from platforms import calls
from platforms.errors import PlatformError, Refused
from platforms.http import Http
from tests.platforms.conftest import Outside
from tests.platforms.test_openai import RULES, completion, openai, says


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, {}, "ok"),
        (404, {}, "refused"),
        (429, {}, "rate_limited"),
        (503, {"Retry_After": "3"}, "rate_limited"),
        (500, {}, "failed"),
    ],
)
async def test_an_answer_is_counted_by_its_status(outside: Outside, http: Http, status, headers, outcome):
    outside.says(status, **headers)
    before = counted("hub_external_requests_total", service="whatsapp", outcome=outcome)
    timed = counted("hub_external_request_duration_seconds_count", service="whatsapp")
    await http.call("POST", outside.url, platform="whatsapp")
    assert counted("hub_external_requests_total", service="whatsapp", outcome=outcome) == before + 1
    assert counted("hub_external_request_duration_seconds_count", service="whatsapp") == timed + 1


async def test_no_answer_is_counted_by_what_we_made_of_it(http: Http):
    before = counted("hub_external_requests_total", service="whatsapp", outcome="unreachable")
    with pytest.raises(PlatformError):
        await http.call("POST", "http://127.0.0.1:9", platform="whatsapp")
    assert counted("hub_external_requests_total", service="whatsapp", outcome="unreachable") == before + 1


def test_what_was_broken_off_is_not_taken_for_an_answer():
    before = counted("hub_external_requests_total", service="toy", outcome="broke_off")
    with pytest.raises(KeyboardInterrupt), calls.counted("toy"):
        raise KeyboardInterrupt
    assert counted("hub_external_requests_total", service="toy", outcome="broke_off") == before + 1


async def test_tokens_and_hidden_places_are_counted():
    text = pii.scrub("Write to ana@example.com or bea@example.com")
    before = (
        counted("hub_ai_tokens_total", model="m", type="prompt"),
        counted("hub_pii_redactions_total", type="EMAIL"),
    )
    async with openai(completion(usage={"prompt_tokens": 11, "completion_tokens": 3})) as (client, _):
        await client.complete(instructions=RULES, content=text, model="m")
    after = (
        counted("hub_ai_tokens_total", model="m", type="prompt"),
        counted("hub_pii_redactions_total", type="EMAIL"),
    )
    assert after == (before[0] + 11, before[1] + 2)


async def test_a_server_that_counts_wrongly_does_no_harm():
    async with openai(completion(usage={"prompt_tokens": -11})) as (client, _):
        answer = await client.complete(instructions=RULES, content=RULES, model="m")
    assert answer.prompt_tokens == -11


async def test_a_refusal_of_openai_is_one():
    before = counted("hub_external_requests_total", service="openai", outcome="refused")
    async with openai(says({}, 400)) as (client, _):
        with pytest.raises(Refused):
            await client.served()
    assert counted("hub_external_requests_total", service="openai", outcome="refused") == before + 1
