"""Spans on their way to an OpenTelemetry collector. Imported only where there is one."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

EXPORT_SECONDS = 3.0
"""For one sending, and for the last one at the end of the process."""


class Collector:
    def __init__(self, endpoint: str, *, service: str, version: str) -> None:
        named = Resource.create({"service.name": f"feedback-hub-{service}", "service.version": version})
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider = TracerProvider(resource=named, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("feedback-hub", version)

    @contextmanager
    def span(
        self, name: str, kind: str, facts: dict[str, Any], headers: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        """`headers` may say whose part this is. Of an error only its class goes along, not its words."""
        with self._tracer.start_as_current_span(
            name,
            context=TraceContextTextMapPropagator().extract(headers) if headers else None,
            kind=SpanKind[kind],
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield facts
            except BaseException as error:
                facts["error.type"] = type(error).__name__
                raise
            finally:
                span.set_attributes(facts)
                if "error.type" in facts:
                    span.set_status(StatusCode.ERROR)

    def close(self) -> None:
        """Send what is left; a collector that is away is not waited for."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(EXPORT_SECONDS)
