"""JSON logs on standard output, one schema for our own records and every library's."""

import atexit
import logging
import sys
from collections.abc import Iterable
from logging.handlers import QueueHandler, QueueListener
from queue import SimpleQueue
from typing import Any

import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from runtime.metrics import LOG_RECORDS_DROPPED
from runtime.redaction import Redaction

MOST_WAITING = 10_000
"""Records kept for a standard output that takes none; more are dropped and counted."""

QUIET = ("arq.worker", "slack_bolt", "slack_sdk", "httpx", "httpx2", "openai", "notion_client", "aiohttp.access")
"""Libraries that log what people wrote, or every request; their warnings are enough."""


def set_up(service: str, *, level: str = "INFO") -> None:
    """Log as `service`. Records carry ids, never text of people."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _named(service),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _outlet()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_told),
                structlog.processors.EventRenamer("message"),
                _redaction,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiohttp.server").addFilter(_without_the_request)
    logging.getLogger("slack_bolt.AsyncApp").setLevel(logging.ERROR)  # warns at every start that we gave a client


def hide(secrets: Iterable[str]) -> None:
    """From now on no record shows one of these."""
    _redaction.hide(secrets)


_redaction = Redaction()


class _Outlet(QueueHandler):
    """Hands finished lines to a thread: who reads our standard output slowly, or not at all, holds up nobody."""

    queue: "SimpleQueue[Any]"

    def enqueue(self, record: logging.LogRecord) -> None:
        if self.queue.qsize() < MOST_WAITING:
            self.queue.put_nowait(record)
        else:
            LOG_RECORDS_DROPPED.inc()


def _outlet() -> logging.Handler:
    waiting: SimpleQueue[Any] = SimpleQueue()
    writer = QueueListener(waiting, logging.StreamHandler(sys.stdout))
    writer.start()
    atexit.register(writer.stop)
    return _Outlet(waiting)


def _without_the_request(record: logging.LogRecord) -> bool:
    """aiohttp quotes a request it cannot parse, with whatever key or token stands in it."""
    if record.exc_info and record.exc_info[0] is not None:
        record.msg, record.args = "request_not_parsed", ()
        record.__dict__["error"] = record.exc_info[0].__name__
        record.exc_info = record.exc_text = None
    return True


_FRAMES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
_QUOTING = ("asyncpg", "sqlalchemy", "pydantic", "pydantic_core")
"""Whose errors quote the row or the value they refuse: words of people."""


def _told(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Where it went wrong; what it says only when that cannot be somebody's words."""
    stacks = _FRAMES(exc_info)
    error: BaseException | None = exc_info[1]
    for stack in stacks:
        if error is not None and type(error).__module__.split(".")[0] in _QUOTING:
            stack["exc_value"] = _kind(error)
        stack.pop("exc_notes", None)
        error = (error.__cause__ or error.__context__) if error is not None else None
    return stacks


def _kind(error: BaseException) -> str:
    """The class of the database's own error and its SQLSTATE."""
    orig = getattr(error, "orig", None) or error
    return (
        f"{type(getattr(orig, '__cause__', None) or orig).__name__} {getattr(orig, 'sqlstate', None) or ''}".strip()
    )


def _named(service: str) -> Processor:
    def add(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add
