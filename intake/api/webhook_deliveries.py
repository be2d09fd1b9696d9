"""Deliveries as they came in: list, read one again, read many again."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from hub import recovery
from intake.api.replies import Accepted, Answer, Asked, Listed, Moment, Paged, listed
from intake.api.route import Call, Routes
from storage import webhook_deliveries
from storage.enums import DeliveryStatus, Scope
from storage.models import WebhookDelivery

routes = Routes("Webhook deliveries")


class DeliveryFilters(Paged):
    status: DeliveryStatus | None = None
    platform: str | None = Field(None, max_length=50)


class Range(Asked):
    """From `received_from` on and before `received_until`; one of them, or `status` unreadable."""

    received_from: Moment | None = None
    received_until: Moment | None = None
    status: DeliveryStatus | None = None
    platform: str | None = Field(None, max_length=50)


class DeliveryRow(Answer):
    """What came in when, without the body, which is kept whole."""

    id: UUID
    platform: str
    content_type: str
    status: DeliveryStatus
    error: str | None
    received_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> Self:
        return cls.model_validate(delivery)


class ReadAgain(Answer):
    deliveries: int
    has_more: bool = Field(description="More are like that than are read at once; ask again with a later start.")


@routes.get("/api/webhook_deliveries")
async def index(call: Call, query: DeliveryFilters) -> Listed[DeliveryRow]:
    """Deliveries as they came in, newest first."""
    async with call.db.transaction() as session:
        page = await webhook_deliveries.page(
            session, status=query.status, platform=query.platform, limit=query.limit, cursor=query.cursor
        )
        return listed(page, DeliveryRow.of)


@routes.post("/api/webhook_deliveries/{delivery_id}/replay", scope=Scope.OPERATE)
async def replay(call: Call, delivery_id: UUID) -> Accepted[DeliveryRow]:
    """Read one again; what it brought already is not brought twice."""
    async with call.db.transaction() as session:
        return Accepted(data=DeliveryRow.of(await recovery.replay(session, delivery_id)))


@routes.post("/api/webhook_deliveries/replay", scope=Scope.OPERATE)
async def replay_many(call: Call, body: Range) -> Accepted[ReadAgain]:
    """Read many again, the oldest first."""
    async with call.db.transaction() as session:
        number, has_more = await recovery.replay_range(
            session, body.received_from, body.received_until, platform=body.platform, status=body.status
        )
        return Accepted(data=ReadAgain(deliveries=number, has_more=has_more))
