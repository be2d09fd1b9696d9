"""What is true of all processes together, read from PostgreSQL whenever the worker is asked for its metrics."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy.ext.asyncio import AsyncSession

from hub import tracking
from hub.work import KINDS
from storage import connections, dead_letters, jobs, model_days, notifications, reconciling
from storage.database import Database

READ_SECONDS = 1.0


async def families(db: Database) -> list[Metric]:
    """Without PostgreSQL only that it is away: figures of before would be taken for those of now."""
    try:
        async with asyncio.timeout(READ_SECONDS), db.transaction() as session:
            found = await _read(session)
    except Exception:  # whatever it is, the process's own figures must still be told
        found = []
    return [*found, _gauge("hub_database_up", "Whether the figures of the fleet could be read.", bool(found))]


async def _read(session: AsyncSession) -> list[Metric]:
    pending, oldest = await jobs.pending(session), await jobs.oldest_pending_seconds(session)
    return [
        _by_kind("hub_jobs_pending", "Jobs that wait, also for a later time.", pending),
        _gauge("hub_jobs_oldest_pending_seconds", "How long the job that is due longest has waited.", oldest),
        _by_kind("hub_dead_letters", "Dead letters nobody has dealt with.", await dead_letters.unresolved(session)),
        _gauge(
            "hub_sends_unknown", "Messages that may or may not have arrived.", await notifications.unsure(session)
        ),
        _by_kind(
            "hub_inconsistencies",
            "What must never be, such as a message nobody sends.",
            await reconciling.found(session),
            kinds=(),
        ),
        _by_kind(
            "hub_connection_troubles",
            "Whether something is wrong with a connection to a platform.",
            {row.name: int(row.trouble is not None) for row in await connections.all_of_them(session)},
            kinds=(),
        ),
        _gauge(
            "hub_ai_requests_today",
            "Requests to models since midnight in UTC, of OPENAI_REQUESTS_PER_DAY.",
            await model_days.asked_today(session),
        ),
        *_notion_success(await tracking.last_success(session)),
    ]


def _notion_success(at: datetime | None) -> list[Metric]:
    name, meaning = "hub_notion_last_success_timestamp_seconds", "When Notion was last read to the end."
    return [_gauge(name, meaning, at.timestamp())] if at else []


def _by_kind(name: str, meaning: str, counts: Mapping[str, int], *, kinds: Iterable[str] = KINDS) -> Metric:
    """Nought for a kind that has none: an alert compares with what was there before."""
    family = GaugeMetricFamily(name, meaning, labels=["kind"])
    for kind in sorted({*kinds, *counts}):
        family.add_metric([kind], counts.get(kind, 0))
    return family


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)
