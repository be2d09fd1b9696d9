"""JSON logs on standard output, one schema for our own records and every library's."""

import atexit
import logging
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

import structlog
from structlog.typing import EventDict, ExcInfo, Processor

from runtime.metrics import LOG_RECORDS_DROPPED
from runtime.redaction import Redaction

MOST_WAITING = 10_000
"""Records kept for a standard output that takes none; more are dropped and counted."""
GATHER_SECONDS = 0.02

QUIET = ("arq.worker", "slack_bolt", "slack_sdk", "httpx", "httpx2", "openai", "notion_client", "aiohttp.access")
"""Libraries that log what people wrote, or every request; their warnings are enough."""
BOLT = "slack_bolt.AsyncApp"


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
    logging.getLogger(BOLT).setLevel(logging.ERROR)  # warns at every start that we gave a client


def hide(secrets: Iterable[str]) -> None:
    """From now on no record shows one of these."""
    _redaction.hide(secrets)


_redaction = Redaction()


class _Outlet(logging.Handler):
    """Hands finished lines to a thread: who reads our standard output slowly, or not at all, holds up nobody."""

    def __init__(self, waiting: "SimpleQueue[str | None]") -> None:
        super().__init__()
        self._waiting = waiting

    def emit(self, record: logging.LogRecord) -> None:
        if self._waiting.qsize() >= MOST_WAITING:
            LOG_RECORDS_DROPPED.inc()
            return
        try:
            self._waiting.put_nowait(f"{self.format(record)}\n")
        except Exception:  # what cannot be said must not end whoever says it
            self.handleError(record)


def _outlet() -> logging.Handler:
    waiting: SimpleQueue[str | None] = SimpleQueue()
    writer = Thread(target=_write, args=(waiting,), name="logs", daemon=True)
    writer.start()
    atexit.register(_end, waiting, writer)
    return _Outlet(waiting)


def _write(waiting: "SimpleQueue[str | None]") -> None:
    """Whatever has come in a moment, in one piece: to be woken for every line would each time stop the event loop."""
    lines: list[str | None] = []
    while None not in lines:
        lines = [waiting.get()]
        time.sleep(GATHER_SECONDS)
        lines += [waiting.get() for _ in range(waiting.qsize())]
        with suppress(OSError):  # nobody reads any more
            sys.stdout.write("".join(line for line in lines if line))
            sys.stdout.flush()


def _end(waiting: "SimpleQueue[str | None]", writer: Thread) -> None:
    waiting.put(None)
    writer.join()


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
