"""What a period was like, in figures."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, PlainSerializer

from hub import measurement
from hub.measurement import Metrics, Period, percent
from intake.api.replies import Answer, Asked, Data, all_of
from intake.api.route import Call, Routes
from storage.measurements import Sent

routes = Routes("Metrics")


Money = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class Wanted(Asked):
    period: Period = Period.DAY


class Totals(Answer):
    new_tickets: int
    open_now: int = Field(description="Of all tickets, not only those of the period.")
    resolved: int
    told: int
    ai_accuracy_percent: int | None


class VolumeFacts(Answer):
    """Tickets that came in, by what they are now."""

    by_channel: dict[str, int]
    by_type: dict[str, int]
    by_priority: dict[int, int]
    by_status: dict[str, int]


class ReporterFacts(Answer):
    reporter_id: UUID = Field(validation_alias="id")
    name: str
    tickets: int


class TimeFacts(Answer):
    tickets: int = Field(validation_alias="number")
    median_seconds: int | None = Field(validation_alias="median")
    p90_seconds: int | None = Field(validation_alias="slowest_tenth")


class AllTimes(Answer):
    to_triage: TimeFacts
    to_resolve: TimeFacts
    to_notify: TimeFacts


class ConfusionFacts(Answer):
    suggested: str | int
    confirmed: str | int
    count: int = Field(validation_alias="number")


class FieldFacts(Answer):
    right: int
    of: int
    percent: int | None
    confusions: list[ConfusionFacts]

    @classmethod
    def made_of(cls, field: measurement.FieldAccuracy) -> Self:
        return cls(
            right=field.right,
            of=field.number,
            percent=percent(field.right, field.number),
            confusions=all_of(field.confusions, ConfusionFacts.model_validate),
        )


class AccuracyFacts(Answer):
    """What agents made of the model's suggestions."""

    accepted: int
    modified: int
    rejected: int
    percent: int | None
    type: FieldFacts
    priority: FieldFacts
    title_changed: int

    @classmethod
    def made_of(cls, accuracy: measurement.Accuracy) -> Self:
        return cls(
            accepted=accuracy.accepted,
            modified=accuracy.modified,
            rejected=accuracy.rejected,
            percent=accuracy.percent,
            type=FieldFacts.made_of(accuracy.types),
            priority=FieldFacts.made_of(accuracy.priorities),
            title_changed=accuracy.renamed,
        )


class SpendFacts(Answer):
    model: str
    calls: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Money | None = Field(validation_alias="cost", description="Of the calls whose price was known.")
    median_milliseconds: int | None


class DeliveryFacts(Answer):
    channel: str
    sent: int
    delivered: int
    read: int
    failed: int
    restricted: int
    unsure: int
    waiting: int
    success_percent: int | None

    @classmethod
    def made_of(cls, sent: Sent) -> Self:
        return cls(
            channel=sent.channel,
            sent=sent.sent,
            delivered=sent.delivered,
            read=sent.read,
            failed=sent.failed,
            restricted=sent.restricted,
            unsure=sent.unsure,
            waiting=sent.waiting,
            success_percent=percent(sent.told, sent.told + sent.given_up),
        )


class Summary(Answer):
    period: Period
    since: datetime
    until: datetime
    totals: Totals
    volume: VolumeFacts
    top_reporters: list[ReporterFacts]
    times: AllTimes
    ai_accuracy: AccuracyFacts
    ai_usage: list[SpendFacts]
    deliveries: list[DeliveryFacts]

    @classmethod
    def made_of(cls, found: Metrics) -> Self:
        return cls(
            period=found.period,
            since=found.span.since,
            until=found.span.until,
            totals=Totals(
                new_tickets=found.volume.total,
                open_now=found.open_now,
                resolved=found.to_resolve.number,
                told=found.to_notify.number,
                ai_accuracy_percent=found.accuracy.percent,
            ),
            volume=VolumeFacts.model_validate(found.volume),
            top_reporters=all_of(found.reporters, ReporterFacts.model_validate),
            times=AllTimes.model_validate(found),
            ai_accuracy=AccuracyFacts.made_of(found.accuracy),
            ai_usage=all_of(found.models, SpendFacts.model_validate),
            deliveries=all_of(found.sent, DeliveryFacts.made_of),
        )


@routes.get("/api/metrics/summary")
async def summary(call: Call, query: Wanted) -> Data[Summary]:
    """Volumes, times, accuracy, spend and deliveries of the last 24 hours, 7 or 30 days."""
    async with call.db.transaction() as session:
        return Data(data=Summary.made_of(await measurement.measure(session, query.period, now=datetime.now(UTC))))
