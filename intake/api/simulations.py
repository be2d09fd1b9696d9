"""Made up, in development only: customers who write, what Notion would have said, work that fails."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field, JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from hub import recovery, tracking
from hub.work import KINDS
from intake.api.replies import Accepted, Answer, Asked, Data, all_of
from intake.api.route import Call, Routes
from intake.api.tickets import TicketRow
from platforms.simulator import Told
from storage import forced_failures
from storage.database import settled
from storage.enums import Scope, TicketStatus

routes = Routes("Development")


class NewReport(Asked):
    channel: Literal["slack", "intercom", "whatsapp"]
    pii: bool = False


class NewStatus(Asked):
    status: TicketStatus


class Failure(Asked):
    job_class: str = Field(json_schema_extra={"enum": list[JsonValue](sorted(KINDS))})
    enabled: bool = True


class Made(Answer):
    """What somebody wrote; `status` is what the hub answered to it."""

    channel: str
    name: str
    text: str
    pii: list[str] = Field(description="Kinds of personal data in it.")
    status: int

    @classmethod
    def of(cls, told: Told) -> Self:
        return cls.model_validate(told)


class Incident(Answer):
    reports: list[Made]


class ForcedRow(Answer):
    job_class: str = Field(validation_alias="kind")
    forced_by: str
    created_at: datetime


class Forced(Answer):
    """Kinds of work whose next run fails, once."""

    job_classes: list[ForcedRow]


@routes.post("/api/ticket_groups/simulate_ticket", scope=Scope.OPERATE)
async def ticket(call: Call, body: NewReport) -> Accepted[Made]:
    """Somebody reports something on a channel, through that channel's own webhook: the ticket follows."""
    return Accepted(data=Made.of(await call.runtime.simulator.report(body.channel, pii=body.pii)))


@routes.post("/api/ticket_groups/simulate_incident", scope=Scope.OPERATE)
async def incident(call: Call) -> Accepted[Incident]:
    """Eight people report one problem, on all channels and through their own webhooks: eight tickets follow."""
    return Accepted(data=Incident(reports=all_of(await call.runtime.simulator.incident(), Made.of)))


@routes.post("/api/tickets/{ticket_id}/simulate_status", scope=Scope.OPERATE)
async def status(call: Call, ticket_id: UUID, body: NewStatus) -> Data[TicketRow]:
    """Set a ticket's status as if Notion had said so."""
    async with call.db.transaction() as session:
        ticket = await tracking.pretend(session, ticket_id, body.status)
        return Data(data=TicketRow.of(await settled(session, ticket)))


@routes.post("/api/dead_letter_jobs/force_fail", scope=Scope.OPERATE)
async def force_fail(call: Call, body: Failure) -> Data[Forced]:
    """Have the next run of this kind of work fail once, or, not `enabled`, let it be."""
    async with call.db.transaction() as session:
        if body.enabled:
            await recovery.fail_next(session, body.job_class, by=call.holder.id)
        elif await recovery.is_to_fail(session, body.job_class):
            await recovery.take_back(session, body.job_class)
        return Data(data=await _forced(session))


@routes.get("/api/dead_letter_jobs/force_fail_status")
async def force_fail_status(call: Call) -> Data[Forced]:
    """Which kinds of work are to fail."""
    async with call.db.transaction() as session:
        return Data(data=await _forced(session))


async def _forced(session: AsyncSession) -> Forced:
    return Forced(job_classes=all_of(await forced_failures.every(session), ForcedRow.model_validate))
