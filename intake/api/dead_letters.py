"""Work that came to nothing: list, one, resolve, run again, one or many."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from hub import recovery
from hub.errors import NotFound
from intake.api.replies import WRITTEN, Accepted, Answer, Asked, Data, Listed, Paged, listed
from intake.api.route import Call, Routes
from storage import dead_letters
from storage.enums import DeadLetterStatus, Scope
from storage.models import DeadLetterJob
from storage.paging import MOST

routes = Routes("Dead letters")


class LetterFilters(Paged):
    status: DeadLetterStatus | None = None
    job_class: str | None = Field(None, max_length=100)


class Reason(Asked):
    resolution: str = Field(
        "resolved by hand",
        max_length=recovery.LONGEST_REASON,
        pattern=WRITTEN,
        description="Why nothing has to be done.",
    )


class Many(Asked):
    ids: list[UUID] = Field(min_length=1, max_length=MOST)


class LetterRow(Answer):
    """A job that used up its attempts, or could never succeed; its arguments are ids and numbers only."""

    id: UUID
    job_class: str
    job_key: str
    job_args: dict[str, Any]
    error_class: str
    error_message: str
    queue: str
    attempts: int
    status: DeadLetterStatus
    failed_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None

    @classmethod
    def of(cls, letter: DeadLetterJob) -> Self:
        return cls.model_validate(letter)


class LetterDetail(LetterRow):
    backtrace: list[Any]


class NotRunAgain(Answer):
    id: UUID
    code: str
    message: str


class RunAgain(Answer):
    started: int = Field(description="Each a little after the other, for what broke them may still be weak.")
    refused: list[NotRunAgain]


@routes.get("/api/dead_letter_jobs")
async def index(call: Call, query: LetterFilters) -> Listed[LetterRow]:
    """Work that came to nothing: what nobody has dealt with first, then by time, newest first."""
    async with call.db.transaction() as session:
        page = await dead_letters.page(
            session, status=query.status, job_class=query.job_class, limit=query.limit, cursor=query.cursor
        )
        return listed(page, LetterRow.of)


@routes.get("/api/dead_letter_jobs/{letter_id:[0-9a-fA-F-]{36}}")
async def show(call: Call, letter_id: UUID) -> Data[LetterDetail]:
    """One dead letter, with where it went wrong."""
    async with call.db.transaction() as session:
        letter = await dead_letters.find(session, letter_id)
        if letter is None:
            raise NotFound(f"There is no dead letter with the id {letter_id}.", id=str(letter_id))
        return Data(data=LetterDetail.of(letter))


@routes.patch("/api/dead_letter_jobs/{letter_id}/resolve", scope=Scope.OPERATE)
async def resolve(call: Call, letter_id: UUID, body: Reason) -> Data[LetterRow]:
    """Say that nothing has to be done; nothing is run again."""
    async with call.db.transaction() as session:
        letter = await recovery.resolve(session, letter_id, by=call.holder.id, resolution=body.resolution)
        return Data(data=LetterRow.of(letter))


@routes.post("/api/dead_letter_jobs/{letter_id}/retry", scope=Scope.OPERATE)
async def retry(call: Call, letter_id: UUID) -> Accepted[LetterRow]:
    """Run the same work again, with all its attempts; what sends a message needs the scope `send`, too."""
    async with call.db.transaction() as session:
        if await recovery.sends(session, letter_id):
            call.holder.require(Scope.SEND)
        letter = await recovery.run_again(session, letter_id, by=call.holder.id)
        return Accepted(data=LetterRow.of(letter))


@routes.post("/api/dead_letter_jobs/retry", scope=Scope.OPERATE)
async def retry_many(call: Call, body: Many) -> Accepted[RunAgain]:
    """Run many again, paced, each by itself: what is refused for one does not hold up the others."""
    ids = list(dict.fromkeys(body.ids))
    may_send = Scope.SEND in call.holder.scopes
    started, refusals = await recovery.run_each_again(call.db, ids, by=call.holder.id, may_send=may_send)
    refused = [NotRunAgain(id=each, code=error.code, message=error.message) for each, error in refusals]
    return Accepted(data=RunAgain(started=started, refused=refused))
