"""What groups there are and who is in them, for lists and windows: frozen values, no drawing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import grouping, listing, pii, resolution, similarity, triage
from hub.listing import TicketLine
from hub.resolution import Plan
from hub.triage import Question
from storage import agents, groups, notifications, suggestions, tickets
from storage.enums import SuggestionStatus
from storage.models import Analysis, ChangelogEntry, GroupSuggestion, Notification, Ticket, TicketGroup

ON_PAGE = 8
FIRST = 4
"""Members shown of a group in the list."""
MEMBERS_ON_PAGE = 10
SUGGESTED_ON_PAGE = 5
OFFERED = 10
"""Tickets one can choose from at once: what a row of checkboxes holds."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """`members` are the first few of `size`; `primary` is the number of the ticket whose channel is told."""

    id: UUID
    name: str
    status: str
    size: int
    primary: int | None
    members: tuple[TicketLine, ...]
    is_drafting: bool
    has_draft: bool
    is_proposed: bool
    created_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class GroupList:
    lines: tuple[GroupLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """`personal` counts by kind what would be hidden from a model."""

    line: TicketLine
    personal: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a resolved group's reporters were told: how many by each channel, and how many could not be."""

    content: str
    told: Mapping[str, int]
    lost: int


@dataclass(frozen=True, slots=True)
class GroupWindow:
    """A group and a page of its members; names are people's."""

    line: GroupLine
    members: tuple[Member, ...]
    page: int
    has_more: bool
    draft: str | None
    draft_model: str | None
    draft_error: str | None
    proposal: Plan | None
    proposed_by: str | None
    proposed_by_id: str | None
    answer: Answer | None
    """None while it is open, and where nobody was told."""
    resolution_note: str | None
    asked: tuple[Question, ...] = ()
    """What the members on this page say, to be looked through for what is personal."""


async def group_list(
    session: AsyncSession, *, status: str | None = None, words: str | None = None, cursor: str | None = None
) -> GroupList:
    page = await groups.page(session, status=status, words=words, limit=ON_PAGE, cursor=cursor)
    return GroupList(tuple(await _lines(session, page.rows)), page.next_cursor)


async def window(session: AsyncSession, group_id: UUID, *, page: int = 0) -> GroupWindow:
    """NotFound. With `with_kinds` it says what is personal."""
    group = await grouping.get(session, group_id)
    members = await groups.members(session, group.id)
    shown = members[page * MEMBERS_ON_PAGE : (page + 1) * MEMBERS_ON_PAGE]
    names = await agents.names(session, [group.proposed_by])
    (line,) = await _lines(session, [group])
    return GroupWindow(
        line=line,
        members=tuple(Member(each) for each in await listing.ticket_lines(session, shown)),
        page=page,
        has_more=len(members) > (page + 1) * MEMBERS_ON_PAGE,
        draft=group.draft,
        draft_model=group.draft_model,
        draft_error=group.draft_error,
        proposal=resolution.proposed(group),
        proposed_by=names.get(group.proposed_by or "", group.proposed_by),
        proposed_by_id=group.proposed_by,
        answer=await _answer(session, group),
        resolution_note=group.resolution_note,
        asked=tuple([await triage.question(session, ticket.id) for ticket in shown]),
    )


async def _answer(session: AsyncSession, group: TicketGroup) -> Answer | None:
    approved = (ChangelogEntry.ticket_id == group.primary_ticket_id, ChangelogEntry.ticket_group_id == group.id)
    entry = await session.scalar(select(ChangelogEntry).where(*approved))
    if entry is None:
        return None
    told: Counter[str] = Counter()
    lost = 0
    for channel, status, number in await _messages(session, group, entry):
        if status in notifications.NOT_TOLD:
            lost += number
        else:
            told[channel] += number
    return Answer(entry.content, dict(told.most_common()), lost)


async def _messages(session: AsyncSession, group: TicketGroup, entry: ChangelogEntry) -> list[tuple[str, str, int]]:
    """Channel, status and how many of them."""
    by = (Notification.channel, Notification.status)
    made_of_it = (Ticket.ticket_group_id == group.id, Notification.changelog_entry_id == entry.id)
    found = await session.execute(
        select(*by, func.count())
        .join(Ticket, Ticket.id == Notification.ticket_id)
        .where(*made_of_it)
        .group_by(*by)
        .order_by(Notification.channel)
    )
    return [(channel, status, number) for channel, status, number in found]


async def with_kinds(shown: GroupWindow) -> GroupWindow:
    """Looks through what the members say; away from the event loop and outside of any transaction."""
    kinds = [await personal(asked) for asked in shown.asked]
    members = tuple(replace(member, personal=found) for member, found in zip(shown.members, kinds, strict=True))
    return replace(shown, members=members, asked=())


async def personal(asked: Question) -> dict[str, int]:
    """How much of each kind would be hidden; nothing where it cannot be told in time."""
    try:
        scrubbed = await pii.scrub_all([asked.title, asked.text], known=asked.known)
    except pii.ScrubbingFailed:
        return {}
    counts: dict[str, int] = {}
    for one in scrubbed:
        for kind, number in pii.kinds(one).items():
            counts[kind] = counts.get(kind, 0) + number
    return counts


async def choices(
    session: AsyncSession, filters: tickets.Filters = tickets.EVERYTHING, *, cursor: str | None = None
) -> list[TicketLine]:
    """Tickets one may put in a group: those that are found and in none, the newest first."""
    page = await tickets.page(session, filters, limit=3 * OFFERED, cursor=cursor)
    return await listing.ticket_lines(session, [row for row in page.rows if row.ticket_group_id is None][:OFFERED])


async def choices_of(session: AsyncSession, ticket_ids: Sequence[UUID]) -> list[TicketLine]:
    """The first of these that are in no group, in this order."""
    found = {ticket.id: ticket for ticket in await _ungrouped(session, ticket_ids)}
    shown = [found[each] for each in dict.fromkeys(ticket_ids) if each in found]
    return await listing.ticket_lines(session, shown[:OFFERED])


async def choices_like(session: AsyncSession, ticket: Ticket) -> list[TicketLine]:
    """The ticket, those most like it, then the newest."""
    near = await similarity.candidates(session, ticket, limit=OFFERED)
    found = await _ungrouped(session, [one.ticket_id for one in near])
    place = {one.ticket_id: at for at, one in enumerate(near)}
    like = [ticket, *sorted(found, key=lambda each: place[each.id])]
    newest = await tickets.page(session, limit=2 * OFFERED)
    others = [each for each in newest.rows if each.ticket_group_id is None and each not in like]
    return await listing.ticket_lines(session, [*like, *others][:OFFERED])


async def lines_of(session: AsyncSession, ticket_ids: Collection[UUID]) -> list[TicketLine]:
    """By number."""
    return await listing.ticket_lines(session, await tickets.of_ids(session, ticket_ids))


async def _ungrouped(session: AsyncSession, ticket_ids: Collection[UUID]) -> list[Ticket]:
    found = await tickets.of_ids(session, ticket_ids)
    return [ticket for ticket in found if ticket.ticket_group_id is None]


async def _lines(session: AsyncSession, rows: Sequence[TicketGroup]) -> list[GroupLine]:
    ids = [row.id for row in rows]
    first = await groups.first_members(session, ids, limit=FIRST)
    sizes = await groups.sizes(session, ids)
    primaries = await tickets.of_ids(session, [row.primary_ticket_id for row in rows if row.primary_ticket_id])
    numbers = {ticket.id: ticket.number for ticket in primaries}
    shown = await listing.ticket_lines(session, [ticket for members in first.values() for ticket in members])
    by_id = {line.id: line for line in shown}
    return [
        GroupLine(
            id=row.id,
            name=row.name,
            status=row.status,
            size=sizes.get(row.id, 0),
            primary=numbers.get(row.primary_ticket_id) if row.primary_ticket_id else None,
            members=tuple(by_id[ticket.id] for ticket in first.get(row.id, ())),
            is_drafting=row.draft_requested_at is not None,
            has_draft=row.draft is not None,
            is_proposed=row.proposal is not None,
            created_at=row.created_at,
            resolved_at=row.resolved_at,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Suggested:
    """Tickets that look like one problem. `group` is the one some of them are in, `free` how many are in none."""

    id: UUID
    name: str
    reason: str
    status: str
    members: tuple[Member, ...]
    group: tuple[UUID, str] | None
    free: int


@dataclass(frozen=True, slots=True)
class Analysed:
    """How an analysis goes, or went."""

    status: str
    done: int
    total: int
    found: int
    error: str | None
    by_model: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SuggestionList:
    suggestions: tuple[Suggested, ...]
    analysis: Analysed | None
    next_cursor: str | None


async def suggestion_list(session: AsyncSession, *, cursor: str | None = None) -> SuggestionList:
    """Those nobody has answered yet, and the newest analysis: read first, so that all it says it found is there."""
    newest = await suggestions.newest_analysis(session)
    page = await suggestions.page(session, status=SuggestionStatus.OPEN, limit=SUGGESTED_ON_PAGE, cursor=cursor)
    return SuggestionList(tuple(await _suggested(session, page.rows)), _analysed(newest), page.next_cursor)


async def _suggested(session: AsyncSession, rows: Sequence[GroupSuggestion]) -> list[Suggested]:
    found = await tickets.of_ids(session, {ticket_id for row in rows for ticket_id in row.ticket_ids})
    lines = {line.id: line for line in await listing.ticket_lines(session, found)}
    into = {ticket.id: ticket.ticket_group_id for ticket in found}
    named = await groups.names(session, {group_id for group_id in into.values() if group_id})
    return [_suggestion(row, lines, into, named) for row in rows]


def _suggestion(
    row: GroupSuggestion,
    lines: Mapping[UUID, TicketLine],
    into: Mapping[UUID, UUID | None],
    named: Mapping[UUID, str],
) -> Suggested:
    members = [ticket_id for ticket_id in row.ticket_ids if ticket_id in lines]
    of_groups = {group_id for ticket_id in members if (group_id := into[ticket_id])}
    one = of_groups.pop() if len(of_groups) == 1 else None
    return Suggested(
        id=row.id,
        name=row.name,
        reason=row.reason,
        status=row.status,
        members=tuple(Member(lines[each], row.redactions.get(str(each), {})) for each in members),
        group=(one, named.get(one, "a group")) if one else None,
        free=sum(into[ticket_id] is None for ticket_id in members),
    )


def _analysed(row: Analysis | None) -> Analysed | None:
    if row is None:
        return None
    return Analysed(
        status=row.status,
        done=row.done,
        total=row.total,
        found=row.found,
        error=row.error,
        by_model=row.model is not None,
        created_at=row.created_at,
    )
