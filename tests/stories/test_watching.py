"""What operators see of the running processes: figures, probes, request ids, traces."""

import asyncio
import json
import re
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import asyncpg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from tests.ports import free_ports
from tests.stories.processes import KEY, RITA, Story, answers, begin, call
from tests.stories.test_door import post, whatsapp, whatsapp_messages

pytestmark = pytest.mark.story
DOORS = ("intake", "bot", "worker")


@pytest.fixture
def story(own_story: Story) -> Story:
    """What it counts begins at nothing."""
    return own_story


def operators(story: Story, door: str, path: str) -> str:
    return f"http://127.0.0.1:{story.ports[f'{door.upper()}_METRICS_PORT']}{path}"


def figures(story: Story, door: str) -> dict[str, float]:
    """By name and the values of its labels, in the order of their names."""
    page = call("GET", operators(story, door, "/metrics"))[1]
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def told(story: Story, door: str, name: str) -> float:
    return figures(story, door).get(name, 0)


def test_every_process_has_a_port_of_its_own_and_is_alive_and_ready(story: Story):
    for door in DOORS:
        story.until(lambda door=door: answers(operators(story, door, "/live")))
        assert call("GET", operators(story, door, "/ready"))[1]["status"] == "ready"
        found = figures(story, door)
        assert any(re.fullmatch(r"hub_build_info \d+\.\d+\.\d+", name) for name in found)
        assert found["process_resident_memory_bytes"] > 0
    assert call("GET", f"{story.intake}/metrics")[0] == 404, "the world is told nothing"
    for door in DOORS:
        works_without_its_port(story, door)


def test_a_report_leaves_its_marks_and_a_request_its_id(story: Story):
    story.report("slack", RITA, "The export crashes since Monday")
    assert story.report("whatsapp", "34600000001", "The map is empty")["status"] == 200
    assert call("POST", f"{story.intake}/webhooks/whatsapp", {"entry": []})[0] == 401
    assert call("GET", f"{story.intake}/nothing/rita@example.com")[0] == 404
    found = figures(story, "intake")
    assert found["hub_webhooks_total accepted whatsapp"] == 1
    assert found["hub_webhooks_total bad_signature whatsapp"] == 1
    assert found["hub_webhook_ack_duration_seconds_count whatsapp"] == 2
    assert found["hub_http_requests_total GET unmatched 404"] == 1
    assert not any("rita" in name for name in found)
    assert told(story, "bot", "hub_webhooks_total accepted slack") >= 1
    story.until(lambda: told(story, "worker", "hub_sends_total slack sent") >= 1)
    story.until(lambda: told(story, "worker", "hub_jobs_total draw_card done") >= 2)
    story.until(lambda: told(story, "worker", "hub_external_requests_total ok slack") >= 3)
    story.until(lambda: told(story, "worker", "hub_job_wait_seconds_count welcome") >= 2)
    assert figures(story, "worker")["hub_database_up"] == 1
    story.until(lambda: told(story, "worker", "hub_notion_last_success_timestamp_seconds") > 0)
    can_be_followed(story)


def can_be_followed(story: Story) -> None:
    """A request by its id, the caller's or ours."""
    request = urllib.request.Request(f"{story.intake}/api/tickets", headers={"X-Request-Id": "from-the-proxy-1"})
    request.add_header("Authorization", f"Bearer {KEY}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{story.bot}/nothing", timeout=30)
    made = refused.value.headers["X-Request-Id"]
    story.until(lambda: made in story.last_words("bot"))
    record = next(json.loads(line) for line in story.last_words("bot").splitlines() if made in line)
    assert (record["message"], record["route"], record["status"]) == ("request_answered", "unmatched", 404)


def works_without_its_port(story: Story, door: str) -> None:
    """Another one of its kind on the machine tells no metrics, says so with the setting, and works."""
    others = dict(zip(("INTAKE_PORT", "BOT_PORT"), map(str, free_ports(2)), strict=True))
    log = story.home / f"second-{door}.log"
    second = begin(story.commands[door].split(), env=story.environment | others, log=log)
    try:
        story.until(lambda: log.exists() and f"set {door.upper()}_METRICS_PORT to another" in log.read_text())
        if door != "worker":
            own = f"http://127.0.0.1:{others[f'{door.upper()}_PORT']}/up"
            story.until(lambda: answers(own) or None)
        assert second.poll() is None
    finally:
        second.terminate()
        second.wait(timeout=60)
    assert "Traceback" not in log.read_text()


def test_who_finishes_a_request_before_ending_is_not_ready(story: Story):
    async def deliver_while_nothing_can_be_written() -> int:
        connection = await asyncpg.connect(story.database_url)
        async with connection.transaction():
            await connection.execute("LOCK TABLE webhook_deliveries IN ACCESS EXCLUSIVE MODE")
            delivery = whatsapp(whatsapp_messages("wamid.slow"))
            delivering = asyncio.create_task(asyncio.to_thread(post, story, "whatsapp", delivery))
            await asyncio.sleep(0.5)
            story.running["intake"].send_signal(signal.SIGTERM)
            ready = operators(story, "intake", "/ready")
            await asyncio.to_thread(story.until, lambda: call("GET", ready)[1]["status"] == "draining")
            assert call("GET", ready)[0] == 503
            assert call("GET", operators(story, "intake", "/live"))[0] == 200
        await connection.close()
        return (await delivering)[0]

    assert asyncio.run(deliver_while_nothing_can_be_written()) == 200
    assert story.running.pop("intake").wait(60) == 0
    (kept,) = story.ask("SELECT external_id FROM ticket_sources")
    assert kept["external_id"].endswith("wamid.slow")


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An address for traces, and what came there."""
    came: list[bytes] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", came
    server.shutdown()


def spans(came: list[bytes]) -> dict[str, list[Any]]:
    """By name."""
    found: dict[str, list[Any]] = {}
    for export in map(ExportTraceServiceRequest.FromString, list(came)):
        for resource in export.resource_spans:
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                found.setdefault(span.name, []).append(span)
    return found


def is_drawn_under_its_job(found: dict[str, list[Any]]) -> bool:
    drawing = {span.span_id for span in found["job draw_card"]}
    return any(span.parent_span_id in drawing for span in found["slack"])


def test_traces_of_requests_and_jobs_reach_a_collector_without_anybodys_words(start, collector):
    address, came = collector
    story = start(OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_BSP_SCHEDULE_DELAY="200")
    story.report("whatsapp", "34600000001", "The map is empty in Timbuktu", name="Mia Marple")
    wanted = {"POST /webhooks/{channel}", "job welcome", "job draw_card", "slack"}
    story.until(lambda: wanted <= set(spans(came)))
    story.until(lambda: is_drawn_under_its_job(spans(came)))
    assert not any(words in b"".join(came) for words in (b"Timbuktu", b"Marple", b"34600000001"))
