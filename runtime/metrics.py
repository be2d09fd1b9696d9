"""What this process counts and times for operators. Labels have few values: never an id, never what somebody sent."""

import tomllib
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram, Info, disable_created_metrics

# A second series for each of ours, which nobody asks for.
disable_created_metrics()  # type: ignore[no-untyped-call]
LONG_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)

HTTP_REQUESTS = Counter("hub_http_requests_total", "Requests answered.", ("route", "method", "status"))
HTTP_SECONDS = Histogram("hub_http_request_duration_seconds", "How long an answer took.", ("route",))
WEBHOOKS = Counter("hub_webhooks_total", "Deliveries of platforms, by what became of them.", ("source", "outcome"))
ACK_SECONDS = Histogram("hub_webhook_ack_duration_seconds", "How long a delivery waited for its answer.", ("source",))
CONNECTIONS_ENDED = Counter("hub_connections_ended_total", "Connections not taken, or not kept, and why.", ("why",))
SOCKETS = Gauge("hub_slack_sockets", "Connections to Slack that are open, where the bot connects by itself.")

JOBS_RUN = Counter("hub_jobs_total", "Runs of jobs, by how they ended.", ("kind", "outcome"))
JOB_SECONDS = Histogram("hub_job_duration_seconds", "How long a run took.", ("kind",), buckets=LONG_SECONDS)
JOB_WAIT = Histogram("hub_job_wait_seconds", "From when it was due to its start.", ("kind",), buckets=LONG_SECONDS)
LEASES_EXPIRED = Counter("hub_jobs_lease_expired_total", "Jobs taken over from a worker that was lost.")
DOORBELL_FAILURES = Counter("hub_doorbell_failures_total", "Bells that Redis did not take.")
SENDS = Counter("hub_sends_total", "Messages to people, by what became of the attempt.", ("channel", "state"))
SCRUB_FAILURES = Counter("hub_pii_scrub_failures_total", "Texts that could not be made safe, so nothing was sent.")

DATABASE_IN_USE = Gauge("hub_database_pool_in_use", "Connections of this process that are in use.", ("pool",))
LOOP_LAG = Histogram(
    "hub_event_loop_lag_seconds",
    "How late the event loop comes to what is due.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LOG_RECORDS_DROPPED = Counter("hub_log_records_dropped_total", "Log records standard output did not take in time.")


def version() -> str:
    """Of the hub, as pyproject.toml has it."""
    project = Path(__file__).parents[1] / "pyproject.toml"
    return str(tomllib.loads(project.read_text())["project"]["version"]) if project.exists() else "unknown"


Info("hub_build", "What is running.").info({"version": version()})
