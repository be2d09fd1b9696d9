"""The model suggests type, priority and a summary; a person accepts, edits or rejects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import pii, ticketing, timeline
from hub.errors import Conflict, HubError
from hub.pii import Known, Scrubbed
from hub.timeline import SYSTEM, Actor
from hub.work import Work, promise
from storage import agents, tickets
from storage.enums import EnrichmentStatus, EventType, Priority, SuggestionOutcome, TicketType
from storage.models import Ticket
from storage.text import storable

SUMMARY_LENGTH = 600
AT_ONCE = 50
"""Tickets a click may send to be triaged: each is a call that costs money."""
TEXT_LENGTH = 12_000
"""Characters of a report a model is shown."""
Form = TypeVar("Form", bound=BaseModel)


class NotUnderstood(HubError):
    """The model's answer is not what was asked for."""

    code = "not_understood"


class Answer(BaseModel):
    """What the model must answer; strict structured output makes the server hold to it, this checks it did."""

    model_config = ConfigDict(extra="forbid")
    suggested_type: TicketType
    suggested_priority: int = Field(ge=0, le=5)
    summary: str = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Question:
    """What is known of a ticket and its people: the text to scrub, and whom to look for in it."""

    ticket_id: UUID
    title: str
    text: str
    known: Known
    language: str | None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is sent: rules, and what reporters wrote as data."""

    instructions: Scrubbed
    content: Scrubbed

    @property
    def whole(self) -> str:
        return f"{self.instructions.text}\n\n{self.content.text}"


@dataclass(frozen=True, slots=True)
class ReportPrompt(Prompt):
    """About one report, of which `title` and `text` stand in it."""

    title: Scrubbed
    text: Scrubbed


async def request(session: AsyncSession, ticket_id: UUID, *, model: str, by: Actor) -> Ticket:
    """Have `model` triage the ticket; asking twice is asking once."""
    ticket = await ticketing.lock(session, ticket_id)
    if ticket.triage_requested_at is not None:
        return ticket
    ticket.triage_requested_at = datetime.now(UTC)
    ticket.enrichment_status, ticket.enrichment_error = EnrichmentStatus.PENDING, None
    timeline.record(session, ticket.id, EventType.TRIAGE_REQUESTED, by=by, model=model)
    promise(session, Work.CARD, ticket.id)
    promise(session, Work.TRIAGE, ticket.id, model=model, by=by.id)
    return ticket


async def request_pending(session: AsyncSession, *, model: str, by: Actor) -> int:
    """Have `model` triage the oldest tickets nobody has triaged, some at once; how many."""
    waiting = await tickets.untriaged(session, limit=AT_ONCE)
    for ticket_id in waiting:
        await request(session, ticket_id, model=model, by=by)
    return len(waiting)


async def question(session: AsyncSession, ticket_id: UUID) -> Question:
    """What may be asked about a ticket."""
    ticket = await ticketing.get(session, ticket_id)
    identity = await tickets.identity(session, ticket)
    reporter = await tickets.reporter(session, ticket)
    names = await agents.names(session, [ticket.assignee_id])
    attributes = identity.attributes if identity else {}
    name = (reporter.name if reporter else None) or (identity.display_name if identity else None)
    handle = attributes.get("handle")
    return Question(
        ticket_id=ticket.id,
        title=ticket.title,
        text=ticket.description[:TEXT_LENGTH],
        known=Known(
            name=name,
            email=reporter.email if reporter else None,
            phone=attributes.get("phone"),
            company=reporter.company if reporter else None,
            handles=(handle,) if handle else (),
            agents=tuple(names.values()),
        ),
        language=ticket.language,
    )


def everybody(asked: Sequence[Question]) -> Known:
    """The people of several reports, to be looked for in what a model says of all of them."""
    names = [(each.known.name, each.known.company, *each.known.handles, *each.known.agents) for each in asked]
    return Known(agents=tuple(dict.fromkeys(name for each in names for name in each if name)))


def report_of(asked: Question, longest: int) -> str:
    """What a report says in one text."""
    return f"{asked.title}\n\n{asked.text}"[:longest]


async def scrub_reports(asked: Sequence[Question], *, longest: int) -> list[Scrubbed]:
    """Each report as a model may read it; ScrubbingFailed when that took too long."""
    return [(await pii.scrub_all([report_of(each, longest)], known=each.known))[0] for each in asked]


async def prompt(asked: Question) -> ReportPrompt:
    """Scrub and fill in; ScrubbingFailed when it took too long: then nothing is sent."""
    title, text = await pii.scrub_all([asked.title, asked.text], known=asked.known)
    return ReportPrompt(
        instructions=pii.fill("triage", "instructions"),
        content=pii.fill("triage", "content", title=title, text=text),
        title=title,
        text=text,
    )


def schema() -> dict[str, Any]:
    """The JSON schema of Answer in the form strict structured output takes (no bounds, all required)."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["suggested_type", "suggested_priority", "summary"],
        "properties": {
            "suggested_type": {"type": "string", "enum": [word.value for word in TicketType]},
            "suggested_priority": {"type": "integer", "enum": [priority.value for priority in Priority]},
            "summary": {"type": "string"},
        },
    }


def parse(answer: str) -> Answer:
    return understood(Answer, answer, then="run triage again")


def understood(form: type[Form], answer: str, *, then: str) -> Form:
    """A model's answer in the form it was asked for, storable; NotUnderstood says `then` what to do."""
    try:
        return form.model_validate(storable(json.loads(answer)))
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(f"The model's answer was not in the form asked for; {then}.") from error


async def record(
    session: AsyncSession, ticket_id: UUID, answer: Answer, *, model: str, leaks: dict[str, int] | None = None
) -> None:
    """Keep the suggestion beside what people confirmed, and have the page in Notion made."""
    ticket = await ticketing.lock(session, ticket_id)
    ticket.triage_requested_at, ticket.enrichment_error = None, None
    ticket.enrichment_status = EnrichmentStatus.COMPLETED
    ticket.ai_suggested_type = answer.suggested_type
    ticket.ai_suggested_priority = answer.suggested_priority
    ticket.ai_summary = answer.summary[:SUMMARY_LENGTH]
    ticket.ai_model, ticket.ai_outcome, ticket.ai_leaks = model, SuggestionOutcome.WAITING, leaks or None
    ticket.version += 1
    timeline.record(
        session,
        ticket.id,
        EventType.AI_TRIAGED,
        by=SYSTEM,
        model=model,
        type=answer.suggested_type,
        priority=answer.suggested_priority,
    )
    promise(session, Work.CARD, ticket.id)
    promise(session, Work.PUSH, ticket.id)


def redacted(session: AsyncSession, ticket_id: UUID, scrubbed: Scrubbed) -> None:
    """Say on the timeline how much was hidden before a text left; never what."""
    counts = pii.kinds(scrubbed)
    if counts:
        timeline.record(session, ticket_id, EventType.PII_REDACTED, by=SYSTEM, counts=counts)


def flagged(session: AsyncSession, ticket_id: UUID, leaks: dict[str, int]) -> None:
    """Say on the timeline that a model's answer has what looks personal; never what."""
    timeline.record(session, ticket_id, EventType.AI_ANSWER_FLAGGED, by=SYSTEM, counts=leaks)


async def failed(session: AsyncSession, ticket_id: UUID, error: str) -> None:
    """It will not work out by itself: say why on the card; it can be run again."""
    ticket = await ticketing.lock(session, ticket_id)
    ticket.triage_requested_at = None
    ticket.enrichment_status, ticket.enrichment_error = EnrichmentStatus.FAILED, error
    timeline.record(session, ticket.id, EventType.AI_TRIAGE_FAILED, by=SYSTEM)
    promise(session, Work.CARD, ticket.id)


async def delayed(session: AsyncSession, ticket_id: UUID, error: str) -> None:
    """It will be tried again by itself; say why it takes so long."""
    ticket = await ticketing.lock(session, ticket_id)
    ticket.enrichment_error = error
    promise(session, Work.CARD, ticket.id)


async def accept(
    session: AsyncSession,
    ticket_id: UUID,
    *,
    by: Actor,
    ticket_type: TicketType | None = None,
    priority: Priority | None = None,
    title: str | None = None,
) -> Ticket:
    """Confirm the suggestion, with what the agent changed of it."""
    ticket = await _waiting(session, ticket_id)
    suggested = (ticket.ai_suggested_type, ticket.ai_suggested_priority)
    confirmed = (ticket_type or ticket.ai_suggested_type, suggested[1] if priority is None else priority)
    renamed = title is not None and title.strip() != ticket.title
    modified = confirmed != suggested or renamed
    ticket.ai_outcome = SuggestionOutcome.MODIFIED if modified else SuggestionOutcome.ACCEPTED
    timeline.record(
        session,
        ticket.id,
        EventType.SUGGESTION_MODIFIED if modified else EventType.SUGGESTION_ACCEPTED,
        by=by,
        suggested={"type": suggested[0], "priority": suggested[1]},
        confirmed={"type": confirmed[0], "priority": confirmed[1]},
    )
    await ticketing.change(
        session,
        ticket_id,
        by=by,
        title=title,
        ticket_type=TicketType(str(confirmed[0])),
        priority=None if confirmed[1] is None else Priority(confirmed[1]),
    )
    promise(session, Work.CARD, ticket.id)
    return ticket


async def reject(session: AsyncSession, ticket_id: UUID, *, by: Actor) -> Ticket:
    """Keep the ticket as it is."""
    ticket = await _waiting(session, ticket_id)
    ticket.ai_outcome = SuggestionOutcome.REJECTED
    timeline.record(session, ticket.id, EventType.SUGGESTION_REJECTED, by=by)
    promise(session, Work.CARD, ticket.id)
    return ticket


async def _waiting(session: AsyncSession, ticket_id: UUID) -> Ticket:
    ticket = await ticketing.lock(session, ticket_id)
    if ticket.ai_outcome != SuggestionOutcome.WAITING:
        raise Conflict(
            "There is no AI suggestion waiting on this ticket: "
            + ("it was dealt with already." if ticket.ai_outcome else "run AI triage first.")
        )
    return ticket
