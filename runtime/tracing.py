"""Traces: one span a request and a job, one inside for each call outside; nothing at all without a collector.

Names are routes, kinds of work and platforms. Ids may go along as facts, what people wrote may not.
"""

import importlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runtime.metrics import version

if TYPE_CHECKING:
    from runtime.collector import Collector


@dataclass(slots=True)
class Traces:
    """Where this process's spans go."""

    collector: "Collector | None" = None


TRACES = Traces()
NO_HEADERS: Mapping[str, str] = {}


def start(service: str, endpoint: str) -> None:
    """Only from here on is opentelemetry imported: it takes memory, and most have no collector."""
    TRACES.collector = importlib.import_module("runtime.collector").Collector(
        endpoint, service=service, version=version()
    )


def stop() -> None:
    if TRACES.collector is not None:
        TRACES.collector.close()
    TRACES.collector = None


def span(
    name: str, kind: str, facts: Mapping[str, Any], *, headers: Mapping[str, str] = NO_HEADERS
) -> AbstractContextManager[dict[str, Any]]:
    """`kind` is OpenTelemetry's: SERVER, CONSUMER, CLIENT. Facts may be added to the dictionary inside."""
    if TRACES.collector is None:
        return nullcontext({})
    return TRACES.collector.span(name, kind, dict(facts), headers)


def call_outside(service: str) -> AbstractContextManager[dict[str, Any]]:
    return span(service, "CLIENT", {"peer.service": service})
