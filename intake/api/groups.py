"""Groups of tickets: list, get, create, add, remove, preview, generate, resolve, suggest."""

from datetime import UTC, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, drafting, grouping, membership, resolution, suggestion, triage
from hub.errors import Invalid
from hub.resolution import Notify, Outgoing, Plan
from intake.api import models
from intake.api.models import Model, Redacted
from intake.api.replies import (
    WRITTEN,
    Accepted,
    Answer,
    Asked,
    Created,
    Data,
    Listed,
    Moment,
    Paged,
    Restored,
    Whole,
    all_of,
    listed,
)
from intake.api.route import Call, Routes
from intake.api.tickets import TicketRow
from storage import groups, suggestions
from storage.database import settled
from storage.enums import AnalysisStatus, GroupStatus, Scope, SuggestionStatus
from storage.models import Analysis, TicketGroup

routes = Routes("Groups")


class GroupFilters(Paged):
    status: GroupStatus | None = None


class NewGroup(Asked):
    name: str = Field(max_length=grouping.NAME_LENGTH, pattern=WRITTEN)
    ticket_ids: list[UUID] = Field(max_length=grouping.MOST)
    primary_ticket_id: UUID | None = Field(None, description="The first of `ticket_ids` when left out.")


class More(Asked):
    ticket_ids: list[UUID] = Field(min_length=1, max_length=grouping.MOST)


class Which(Asked):
    ticket_id: UUID | None = Field(None, description="The ticket to take out, here or in the body.")


class Resolution(Asked):
    """Without `content` the text that was generated is sent, else what was approved for the tickets."""

    content: str | None = Field(None, max_length=changelog.LONGEST)
    channel: str | None = Field(None, max_length=50)
    resolution_note: str | None = Field(None, max_length=resolution.NOTE_LENGTH)
    notify: Notify = Notify.PRIMARY
    shown: str | None = Field(None, max_length=64, description="`hash` of the preview that was read; 409 otherwise.")


class Search(Asked):
    """Which tickets are looked through: those of the last half hour unless it is said otherwise."""

    limit: Whole = Field(50, ge=2, le=suggestion.MOST)
    order: Literal["newest", "oldest"] = "newest"
    start_time: Moment | None = None
    end_time: Moment | None = None


class GroupRow(Answer):
    id: UUID
    name: str
    status: GroupStatus
    primary_ticket_id: UUID | None
    draft: str | None
    draft_model: str | None
    draft_error: str | None
    is_drafting: bool
    waits_for_second_approver: bool
    resolved_via_channel: str | None
    resolution_note: str | None
    resolved_at: datetime | None
    created_at: datetime
    ticket_count: int

    @classmethod
    def of(cls, group: TicketGroup, ticket_count: int) -> Self:
        return cls(
            id=group.id,
            name=group.name,
            status=GroupStatus(group.status),
            primary_ticket_id=group.primary_ticket_id,
            draft=group.draft,
            draft_model=group.draft_model,
            draft_error=group.draft_error,
            is_drafting=group.draft_requested_at is not None,
            waits_for_second_approver=group.proposal is not None,
            resolved_via_channel=group.resolved_via_channel,
            resolution_note=group.resolution_note,
            resolved_at=group.resolved_at,
            created_at=group.created_at,
            ticket_count=ticket_count,
        )


class GroupDetail(GroupRow):
    tickets: list[TicketRow]


class Member(TicketRow):
    pii: dict[str, int] = Field(description="How much of each kind would be hidden from a model.")


class GroupWithKinds(GroupRow):
    tickets: list[Member]


class ResolvedGroup(GroupDetail):
    told: int = Field(description="Messages that were promised.")


class ToResolve(Asked):
    notify: Notify = Notify.PRIMARY
    channel: str | None = Field(None, max_length=50)


class GroupLetter(Answer):
    """What one person would be sent; with a `refusal` they are not, and it says why."""

    ticket_id: UUID
    channel: str
    recipient: str
    kind: str
    text: str
    refusal: str | None
    restored_at: Restored


class ResolutionPreview(Answer):
    letters: list[GroupLetter]
    hash: str = Field(description="Stands for everything that would leave.")


class GroupPreview(Answer):
    """What would be sent to a model, and what is hidden from it."""

    original_text: str
    scrubbed_text: str
    prompt: str
    redactions: list[Redacted]


class AnalysisRow(Answer):
    """How an analysis goes: `analysed` of `total` tickets so far."""

    id: UUID
    status: AnalysisStatus
    model: str | None
    start_time: datetime
    end_time: datetime
    analysed: int = Field(validation_alias="done")
    total: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, analysis: Analysis) -> Self:
        return cls.model_validate(analysis)


class SuggestedGroup(Answer):
    id: UUID
    name: str
    reason: str
    ticket_ids: list[UUID]
    pii_redactions: dict[str, dict[str, int]] = Field(validation_alias="redactions")
    status: SuggestionStatus
    ticket_group_id: UUID | None


class AnalysisDetail(AnalysisRow):
    suggestions: list[SuggestedGroup]


@routes.post("/api/ticket_groups/suggest", asks_model=True)
async def suggest(call: Call, body: Search) -> Accepted[AnalysisRow]:
    """Have groups suggested; `/api/ticket_groups/analyses/{analysis_id}` says how it goes and what it found."""
    async with call.db.transaction() as session:
        analysis = await suggestion.ask(
            session,
            by=call.actor,
            model=None if await call.runtime.why_no_model(session) else call.runtime.settings.openai_model,
            most=body.limit,
            oldest_first=body.order == "oldest",
            start=body.start_time,
            end=body.end_time,
        )
        return Accepted(data=AnalysisRow.of(await settled(session, analysis)))


@routes.get("/api/ticket_groups/analyses/{analysis_id}")
async def analysis(call: Call, analysis_id: UUID) -> Data[AnalysisDetail]:
    """How an analysis goes, and what it suggests so far."""
    async with call.db.transaction() as session:
        found = await suggestion.analysis(session, analysis_id)
        suggested = all_of(await suggestions.of_analysis(session, found.id), SuggestedGroup.model_validate)
        return Data(data=AnalysisDetail(**dict(AnalysisRow.of(found)), suggestions=suggested))


@routes.get("/api/ticket_groups")
async def index(call: Call, query: GroupFilters) -> Listed[GroupRow]:
    """Groups, newest first."""
    async with call.db.transaction() as session:
        page = await groups.page(session, status=query.status, limit=query.limit, cursor=query.cursor)
        sizes = await groups.sizes(session, [row.id for row in page.rows])
        return listed(page, lambda group: GroupRow.of(group, sizes.get(group.id, 0)))


@routes.get("/api/ticket_groups/{group_id:[0-9a-fA-F-]{36}}")
async def show(call: Call, group_id: UUID) -> Data[GroupWithKinds]:
    """One group with its tickets, and for each what would be hidden from a model."""
    async with call.db.transaction() as session:
        group = await _detailed(session, await grouping.get(session, group_id))
        asked = [await triage.question(session, ticket.id) for ticket in group.tickets]
    kinds = [await membership.personal(question) for question in asked]
    members = [Member(**dict(ticket), pii=found) for ticket, found in zip(group.tickets, kinds, strict=True)]
    return Data(data=GroupWithKinds(**dict(group) | {"tickets": members}))


@routes.post("/api/ticket_groups")
async def create(call: Call, body: NewGroup) -> Created[GroupDetail]:
    """Group tickets that are one problem: two at least, none of them in a group."""
    async with call.db.transaction() as session:
        group = await grouping.create(
            session,
            name=body.name,
            ticket_ids=body.ticket_ids,
            primary_ticket_id=body.primary_ticket_id,
            by=call.actor,
        )
        return Created(data=await _detailed(session, group))


@routes.post("/api/ticket_groups/{group_id}/add_tickets")
async def add(call: Call, group_id: UUID, body: More) -> Data[GroupDetail]:
    """Add tickets, none of them in a group."""
    async with call.db.transaction() as session:
        group = await grouping.add(session, group_id, body.ticket_ids, by=call.actor)
        return Data(data=await _detailed(session, group))


@routes.delete("/api/ticket_groups/{group_id}/remove_ticket")
async def remove(call: Call, group_id: UUID, query: Which, body: Which) -> Data[GroupDetail | None]:
    """Take a ticket out; null where the group is dissolved, having fewer than two."""
    ticket_id = query.ticket_id or body.ticket_id
    if ticket_id is None:
        raise Invalid("Say which ticket: `ticket_id`.", field="ticket_id")
    async with call.db.transaction() as session:
        group = await grouping.remove(session, group_id, ticket_id, by=call.actor)
        return Data(data=await _detailed(session, group) if group else None)


@routes.get("/api/ticket_groups/{group_id}/preview_content")
async def preview(call: Call, group_id: UUID) -> Data[GroupPreview]:
    """Exactly what a model would be sent, with each redaction."""
    async with call.db.transaction() as session:
        asked = await drafting.questions(session, group_id)
    prompt, reports = await drafting.prompt(asked)
    shown = GroupPreview(
        original_text="\n\n".join(drafting.originals(asked)),
        scrubbed_text="\n\n".join(report.text for report in reports),
        prompt=prompt.whole,
        redactions=models.redacted(drafting.redactions(asked, reports)),
    )
    return Data(data=shown)


@routes.post("/api/ticket_groups/{group_id}/generate_content", asks_model=True)
async def generate(call: Call, group_id: UUID, body: Model) -> Accepted[GroupRow]:
    """Have a model write the text: it is the group's `draft` when it is there."""
    async with call.db.transaction() as session:
        model = await call.runtime.chosen_model(session, body.model)
        group = await drafting.request(session, group_id, model=model, by=call.actor, anew=True)
        sizes = await groups.sizes(session, [group.id])
        return Accepted(data=GroupRow.of(await settled(session, group), sizes.get(group.id, 0)))


@routes.get("/api/ticket_groups/{group_id}/preview_resolution")
async def preview_resolution(call: Call, group_id: UUID, query: ToResolve) -> Data[ResolutionPreview]:
    """Who would be told what, by which channel, if the group were resolved now with the text there is."""
    async with call.db.transaction() as session:
        plan = Plan(await resolution.text_of(session, group_id), query.notify, query.channel, None)
        found = await resolution.outgoing(
            session, group_id, plan, channels=call.runtime.channels, now=datetime.now(UTC)
        )
    shown = ResolutionPreview(letters=all_of(found, _letter), hash=resolution.hash_of(resolution.leaving(found)))
    return Data(data=shown)


@routes.post("/api/ticket_groups/{group_id}/resolve", scope=Scope.SEND)
async def resolve(call: Call, group_id: UUID, body: Resolution) -> Data[ResolvedGroup] | Accepted[ResolvedGroup]:
    """Resolve every ticket and have reporters told.

    202 where a second person has to agree: the same call by another key sends it.
    """
    async with call.db.transaction() as session:
        content = body.content or await resolution.text_of(session, group_id)
        outcome = await resolution.resolve(
            session,
            group_id,
            Plan(content, body.notify, body.channel, body.resolution_note),
            by=call.actor,
            channels=call.runtime.channels,
            now=datetime.now(UTC),
            second_above=call.runtime.settings.second_approver_above,
            shown=body.shown,
        )
        found = ResolvedGroup(**dict(await _detailed(session, outcome.group)), told=outcome.told)
    return Data(data=found) if outcome.is_done else Accepted(data=found)


def _letter(one: Outgoing) -> GroupLetter:
    notification = one.to.notification
    return GroupLetter(
        ticket_id=notification.ticket_id,
        channel=notification.channel,
        recipient=notification.recipient,
        kind=one.message.kind,
        text=one.message.text,
        refusal=one.to.refusal,
        restored_at=one.to.restored_at,
    )


async def _detailed(session: AsyncSession, group: TicketGroup) -> GroupDetail:
    await settled(session, group)
    members = await groups.members(session, group.id)
    row = GroupRow.of(group, len(members))
    return GroupDetail(**dict(row), tickets=all_of(members, TicketRow.of))
