"""What is kept of a person: export it, erase it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import structlog
from pydantic import Field

from hub import privacy
from intake.api.replies import Accepted, Answer, Data
from intake.api.route import Call, Routes
from storage.enums import Scope
from storage.models import Erasure

routes = Routes("Privacy")
log = structlog.get_logger(__name__)


class ErasureRow(Answer):
    """A person who was to be forgotten. `receipt` counts what went, once it is `finished_at`."""

    id: UUID
    reporter_id: UUID
    asked_by: str | None
    receipt: dict[str, int]
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, erasure: Erasure) -> Self:
        return cls.model_validate(erasure)


class Export(Answer):
    """By kind, each row with its columns by name."""

    profiles: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    tickets: list[dict[str, Any]]
    messages: list[dict[str, Any]] = Field(description="As the platforms delivered them.")
    comments: list[dict[str, Any]]
    earlier_versions: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    changelog_entries: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
    ai_calls: list[dict[str, Any]]
    events: list[dict[str, Any]]


@routes.get("/api/reporters/{reporter_id}/export", scope=Scope.PRIVACY)
async def export(call: Call, reporter_id: UUID) -> Data[Export]:
    """Everything that is kept of a person; whoever was merged into them is part of it."""
    async with call.db.transaction() as session:
        exported = Export(**await privacy.export(session, reporter_id))
    log.info("person_exported", reporter_id=str(reporter_id), by=call.actor.id)
    return Data(data=exported)


@routes.delete("/api/reporters/{reporter_id}", scope=Scope.PRIVACY)
async def erase(call: Call, reporter_id: UUID) -> Accepted[ErasureRow]:
    """Forget a person, for good: words, accounts, files, deliveries, what models saw, cards and pages."""
    async with call.db.transaction() as session:
        return Accepted(data=ErasureRow.of(await privacy.ask(session, reporter_id, by=call.actor)))


@routes.get("/api/erasures/{erasure_id}", scope=Scope.PRIVACY)
async def erasure(call: Call, erasure_id: UUID) -> Data[ErasureRow]:
    """Whether a person is forgotten by now, and what went."""
    async with call.db.transaction() as session:
        return Data(data=ErasureRow.of(await privacy.get(session, erasure_id)))
