"""Suggested groups: found by words, verified by a model where there is one; a person makes or dismisses them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import grouping, pii, similarity, ticketing, triage
from hub.errors import Conflict, Invalid, NotFound, Stale
from hub.pii import Scrubbed
from hub.timeline import Actor
from hub.triage import Prompt, Question
from hub.work import Work, promise
from storage import suggestions, tickets
from storage.enums import AnalysisStatus, SuggestionStatus
from storage.models import Analysis, GroupSuggestion, Ticket, TicketGroup
from storage.suggestions import Pair

WINDOW = timedelta(minutes=30)
MOST = 200
"""Tickets of one analysis."""
LARGEST = 20
"""Tickets of one suggestion; a dismissed one is remembered pair by pair."""
AT_ONCE = 40
"""Reports a model is shown together."""
REPORT_LENGTH = 600
"""Characters of each."""
NEAREST = 5
NAME_LENGTH, REASON_LENGTH = 80, 300


class Together(BaseModel):
    """One group of a model's answer, by the numbers the reports were given."""

    model_config = ConfigDict(extra="forbid")
    name: str
    reason: str
    tickets: list[int] = Field(max_length=200)


class Answer(BaseModel):
    """What the model must answer; strict structured output makes the server hold to it, this checks it did."""

    model_config = ConfigDict(extra="forbid")
    groups: list[Together] = Field(max_length=100)


@dataclass(frozen=True, slots=True)
class Found:
    """Tickets that look like one problem."""

    name: str
    reason: str
    ticket_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A ticket and those most like it: `alike` so much that words alone say so. `shared` are words they share."""

    ticket_id: UUID
    title: str
    near: tuple[UUID, ...]
    alike: tuple[UUID, ...]
    shared: tuple[str, ...]


async def ask(
    session: AsyncSession,
    *,
    by: Actor,
    model: str | None,
    most: int = 50,
    oldest_first: bool = False,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Analysis:
    """Have the ungrouped tickets of a time looked through, by default of the last half hour. Invalid, Conflict."""
    until = end or datetime.now(UTC)
    since = start or until - WINDOW
    if since >= until:
        raise Invalid("The time has to begin before it ends.", field="start_time")
    if not 2 <= most <= MOST:
        raise Invalid(f"Between 2 and {MOST} tickets can be looked through at once.", field="limit")
    await suggestions.queue_up(session)
    newest = await suggestions.newest_analysis(session)
    if newest is not None and newest.status == AnalysisStatus.RUNNING:
        raise Conflict("An analysis is running already; wait for it.")
    analysis = Analysis(
        asked_by=by.id, model=model, most=most, oldest_first=oldest_first, start_time=since, end_time=until
    )
    session.add(analysis)
    await session.flush()
    promise(session, Work.ANALYSE, analysis.id, model=model or "")
    return analysis


async def analysis(session: AsyncSession, analysis_id: UUID) -> Analysis:
    """NotFound."""
    found = await session.get(Analysis, analysis_id)
    if found is None:
        raise NotFound(f"There is no analysis with the id {analysis_id}.", id=str(analysis_id))
    return found


async def begin(session: AsyncSession, analysis_id: UUID) -> list[UUID]:
    """What is to be looked through, in its order."""
    analysis = await session.get_one(Analysis, analysis_id)
    found = await suggestions.ungrouped(
        session,
        start=analysis.start_time,
        end=analysis.end_time,
        most=analysis.most,
        oldest_first=analysis.oldest_first,
    )
    analysis.total, analysis.done = len(found), 0
    return list(found)


async def look(session: AsyncSession, ticket_id: UUID, among: Collection[UUID]) -> Near:
    """What a ticket is like, among those looked through."""
    ticket = await ticketing.get(session, ticket_id)
    near = await similarity.candidates(session, ticket, limit=4 * NEAREST)
    alike = await similarity.alike(session, ticket, limit=4 * NEAREST)
    wanted = set(among)
    return Near(
        ticket_id=ticket_id,
        title=ticket.title,
        near=tuple([one.ticket_id for one in near if one.ticket_id in wanted][:NEAREST]),
        alike=tuple(one.ticket_id for one in alike if one.ticket_id in wanted),
        shared=tuple(word for one in alike if one.ticket_id in wanted for word in one.shared),
    )


async def progress(session: AsyncSession, analysis_id: UUID, done: int) -> None:
    (await session.get_one(Analysis, analysis_id)).done = done


async def left_to_words(session: AsyncSession, analysis_id: UUID) -> None:
    """No model verifies it, after all."""
    (await session.get_one(Analysis, analysis_id)).model = None


def by_words(looked: Sequence[Near]) -> list[Found]:
    """Without a model: tickets so alike that their words alone say so, directly or one after the other."""
    edges = [(one.ticket_id, other) for one in looked for other in one.alike]
    by_id = {one.ticket_id: one for one in looked}
    return [_named([by_id[each] for each in members if each in by_id]) for members in _joined(edges)]


def to_compare(looked: Sequence[Near]) -> list[list[UUID]]:
    """What a model is asked about: tickets near each other stay together, as many as it is shown at once."""
    edges = [(one.ticket_id, other) for one in looked for other in one.near]
    known = set(edges)
    mutual = [edge for edge in edges if edge[::-1] in known]
    batches: list[list[UUID]] = []
    for members in sorted(_joined(mutual), key=len, reverse=True):
        for part in _parts(members):
            room = next((batch for batch in batches if len(batch) + len(part) <= AT_ONCE), None)
            batches.append(part) if room is None else room.extend(part)
    return batches


async def questions(session: AsyncSession, ticket_ids: Sequence[UUID]) -> list[Question]:
    return [await triage.question(session, ticket_id) for ticket_id in ticket_ids]


async def scrubbed(asked: Sequence[Question]) -> list[Scrubbed]:
    """Each report as a model may see it; ScrubbingFailed when that took too long."""
    return await triage.scrub_reports(asked, longest=REPORT_LENGTH)


def prompt(reports: Sequence[Scrubbed]) -> Prompt:
    return Prompt(pii.fill("suggestions", "instructions"), pii.fill("suggestions", "content", reports=list(reports)))


def schema() -> dict[str, Any]:
    """The JSON schema of Answer in the form strict structured output takes."""
    together = {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "reason", "tickets"],
        "properties": {
            "name": {"type": "string"},
            "reason": {"type": "string"},
            "tickets": {"type": "array", "items": {"type": "integer"}},
        },
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["groups"],
        "properties": {"groups": {"type": "array", "items": together}},
    }


def parse(answer: str, sent: Sequence[UUID]) -> list[Found]:
    """The groups, by the tickets that were `sent`; a number that was not, or stands twice, is left out."""
    groups = triage.understood(Answer, answer, then="analyse again").groups
    taken: set[int] = set()
    found = []
    for group in groups:
        numbers = [n for n in dict.fromkeys(group.tickets) if 1 <= n <= len(sent) and n not in taken]
        taken.update(numbers)
        name = " ".join(group.name.split())[:NAME_LENGTH] or "The same problem"
        found.append(Found(name, group.reason[:REASON_LENGTH], tuple(sent[number - 1] for number in numbers)))
    return [one for one in found if len(one.ticket_ids) >= grouping.FEWEST]


async def record(
    session: AsyncSession, analysis_id: UUID, found: Sequence[Found], redactions: Mapping[UUID, Mapping[str, int]]
) -> None:
    """Keep what was found, without what people have said no to or are asked already; the analysis is done."""
    analysis = await session.get_one(Analysis, analysis_id)
    known = await suggestions.open_sets(session)
    for one in found:
        members = await _allowed(session, one.ticket_ids)
        if len(members) < grouping.FEWEST or frozenset(members) in known:
            continue
        await suggestions.withdraw_within(session, members)
        session.add(
            GroupSuggestion(
                analysis_id=analysis.id,
                name=one.name,
                reason=one.reason,
                ticket_ids=members,
                redactions={str(each): dict(redactions.get(each, {})) for each in members},
            )
        )
        analysis.found += 1
    analysis.status, analysis.done, analysis.finished_at = AnalysisStatus.DONE, analysis.total, datetime.now(UTC)


async def failed(session: AsyncSession, analysis_id: UUID, error: str) -> None:
    analysis = await session.get(Analysis, analysis_id)
    if analysis is not None:
        analysis.status, analysis.error, analysis.finished_at = AnalysisStatus.FAILED, error, datetime.now(UTC)


async def create_group(session: AsyncSession, suggestion_id: UUID, *, by: Actor) -> TicketGroup:
    """A group of those tickets of the suggestion that are in none. Stale, TooFewTickets."""
    suggestion = await _open(session, suggestion_id)
    free = [ticket.id for ticket in await _members(session, suggestion) if ticket.ticket_group_id is None]
    group = await grouping.create(session, name=suggestion.name, ticket_ids=free, by=by)
    _settle(suggestion, SuggestionStatus.USED, by, group.id)
    return group


async def add_to_group(session: AsyncSession, suggestion_id: UUID, *, by: Actor) -> TicketGroup:
    """The tickets that are in no group join the one group the others are in. Stale, Conflict."""
    suggestion = await _open(session, suggestion_id)
    members = await _members(session, suggestion)
    into = {ticket.ticket_group_id for ticket in members if ticket.ticket_group_id}
    if len(into) != 1:
        raise Conflict("These tickets are not in one group; look again, or dismiss the suggestion.")
    free = [ticket.id for ticket in members if ticket.ticket_group_id is None]
    group = await grouping.add(session, into.pop(), free, by=by)
    _settle(suggestion, SuggestionStatus.USED, by, group.id)
    return group


async def dismiss(session: AsyncSession, suggestion_id: UUID, *, by: Actor) -> GroupSuggestion:
    """They are not one problem: no two of them are suggested together again."""
    suggestion = await _open(session, suggestion_id)
    await suggestions.dismiss_pairs(session, suggestion.ticket_ids, by=by.id)
    _settle(suggestion, SuggestionStatus.DISMISSED, by, None)
    return suggestion


async def _allowed(session: AsyncSession, ticket_ids: Sequence[UUID]) -> list[UUID]:
    """Without who would make a pair that was dismissed: of two, the one that comes later leaves."""
    dismissed = await suggestions.dismissed_among(session, ticket_ids)
    kept: list[UUID] = []
    for each in ticket_ids[:LARGEST]:
        if not any(_pair(each, other) in dismissed for other in kept):
            kept.append(each)
    return kept


def _pair(one: UUID, other: UUID) -> Pair:
    return (one, other) if one < other else (other, one)


async def _open(session: AsyncSession, suggestion_id: UUID) -> GroupSuggestion:
    suggestion = await suggestions.find_locked(session, suggestion_id)
    if suggestion is None:
        raise NotFound("There is no such suggestion.", id=str(suggestion_id))
    if suggestion.status != SuggestionStatus.OPEN:
        raise Stale("This suggestion was answered already; nothing was changed.")
    return suggestion


async def _members(session: AsyncSession, suggestion: GroupSuggestion) -> Sequence[Ticket]:
    return await tickets.of_ids(session, suggestion.ticket_ids)


def _settle(suggestion: GroupSuggestion, status: SuggestionStatus, by: Actor, group_id: UUID | None) -> None:
    suggestion.status, suggestion.settled_by, suggestion.ticket_group_id = status, by.id, group_id


def _named(members: Sequence[Near]) -> Found:
    counted: dict[str, int] = {}
    for word in (word for one in members for word in one.shared):
        counted[word] = counted.get(word, 0) + 1
    words = sorted(counted, key=lambda word: -counted[word])[:5]
    said = f"They share these words: {', '.join(words)}." if words else "Their words are much alike."
    return Found(members[0].title[:NAME_LENGTH], said, tuple(one.ticket_id for one in members))


def _parts(members: Sequence[UUID]) -> Iterator[list[UUID]]:
    for at in range(0, len(members), AT_ONCE):
        yield list(members[at : at + AT_ONCE])


def _joined(edges: Iterable[Pair]) -> list[list[UUID]]:
    """Everything that hangs together, in the order it was met."""
    leader: dict[UUID, UUID] = {}

    def lead(one: UUID) -> UUID:
        leader.setdefault(one, one)
        while leader[one] != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for one, other in edges:
        first, second = lead(one), lead(other)
        leader[second] = first
    together: dict[UUID, list[UUID]] = {}
    for one in list(leader):
        together.setdefault(lead(one), []).append(one)
    return [members for members in together.values() if len(members) >= grouping.FEWEST]
