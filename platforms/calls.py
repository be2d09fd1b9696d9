"""Counts and times what is asked of the outside; `around` may put something about every call."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from platforms.errors import PlatformError

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120)
REQUESTS = Counter("hub_external_requests_total", "Requests to platforms, by their outcome.", ("service", "outcome"))
DURATION = Histogram(
    "hub_external_request_duration_seconds", "How long a platform took.", ("service",), buckets=SECONDS
)
TOKENS = Counter("hub_ai_tokens_total", "Tokens models have read and written.", ("model", "type"))
COST = Counter("hub_ai_cost_usd_total", "What calls of models have cost, where the price is known.", ("model",))
REDACTIONS = Counter("hub_pii_redactions_total", "Places hidden in what models were sent.", ("type",))


@dataclass(slots=True)
class Call:
    """One request; who made it may say how it ended, an error says it by itself."""

    outcome: str = "ok"


@dataclass(slots=True)
class Around:
    """What every call runs inside of; set once, by the process."""

    put: Callable[[str], AbstractContextManager[object]] = nullcontext


AROUND = Around()


@contextmanager
def counted(service: str) -> Iterator[Call]:
    """A request to `service`, one of our names for a platform."""
    call, started = Call(), time.perf_counter()
    try:
        with AROUND.put(service):
            yield call
    except BaseException as error:
        call.outcome = _outcome(error)
        raise
    finally:
        REQUESTS.labels(service, call.outcome).inc()
        DURATION.labels(service).observe(time.perf_counter() - started)


def _outcome(error: BaseException) -> str:
    """`rate_limited`, `refused`, `unreachable`, `unsure` …: the class of our error in small letters."""
    if not isinstance(error, PlatformError):
        return "broke_off"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(error).__name__).lower()
