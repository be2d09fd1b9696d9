"""What a period was like, in figures."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from hub import measurement
from hub.measurement import Accuracy, FieldAccuracy, Metrics, Period, percent
from intake.api.door import StrictBody, data, query_of, runtime_of
from storage.measurements import Sent, Spend, Times

routes = web.RouteTableDef()


class Asked(StrictBody):
    period: Period = Period.DAY


@routes.get("/api/metrics/summary")
async def summary(request: web.Request) -> web.Response:
    asked = query_of(request, Asked)
    async with runtime_of(request).db.transaction() as session:
        return data(shown(await measurement.measure(session, asked.period, now=datetime.now(UTC))))


def shown(found: Metrics) -> dict[str, Any]:
    return {
        "period": found.period,
        "since": found.span.since,
        "until": found.span.until,
        "totals": {
            "new_tickets": found.volume.total,
            "open_now": found.open_now,
            "resolved": found.to_resolve.number,
            "told": found.to_notify.number,
            "ai_accuracy_percent": found.accuracy.percent,
        },
        "volume": {
            "by_channel": found.volume.by_channel,
            "by_type": found.volume.by_type,
            "by_priority": found.volume.by_priority,
            "by_status": found.volume.by_status,
        },
        "top_reporters": [
            {"reporter_id": each.id, "name": each.name, "tickets": each.tickets} for each in found.reporters
        ],
        "times": {
            "to_triage": _times(found.to_triage),
            "to_resolve": _times(found.to_resolve),
            "to_notify": _times(found.to_notify),
        },
        "ai_accuracy": _accuracy(found.accuracy),
        "ai_usage": [_spend(each) for each in found.models],
        "deliveries": [_sent(each) for each in found.sent],
    }


def _times(times: Times) -> dict[str, Any]:
    return {"tickets": times.number, "median_seconds": times.median, "p90_seconds": times.slowest_tenth}


def _accuracy(accuracy: Accuracy) -> dict[str, Any]:
    return {
        "accepted": accuracy.accepted,
        "modified": accuracy.modified,
        "rejected": accuracy.rejected,
        "percent": accuracy.percent,
        "type": _field(accuracy.types),
        "priority": _field(accuracy.priorities),
        "title_changed": accuracy.renamed,
    }


def _field(field: FieldAccuracy) -> dict[str, Any]:
    return {
        "right": field.right,
        "of": field.number,
        "percent": percent(field.right, field.number),
        "confusions": [
            {"suggested": each.suggested, "confirmed": each.confirmed, "count": each.number}
            for each in field.confusions
        ],
    }


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        "model": spend.model,
        "calls": spend.calls,
        "failed": spend.failed,
        "prompt_tokens": spend.prompt_tokens,
        "completion_tokens": spend.completion_tokens,
        "median_milliseconds": spend.median_milliseconds,
    }


def _sent(sent: Sent) -> dict[str, Any]:
    return {
        "channel": sent.channel,
        "sent": sent.sent,
        "delivered": sent.delivered,
        "read": sent.read,
        "failed": sent.failed,
        "restricted": sent.restricted,
        "unsure": sent.unsure,
        "waiting": sent.waiting,
        "success_percent": percent(sent.told, sent.told + sent.given_up),
    }
