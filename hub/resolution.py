"""A group is resolved: every ticket closed, and the right people told once, with words a person has read."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, grouping, notifying, showing, ticketing, timeline
from hub.channel import Channel, Letter, Message
from hub.errors import Conflict, Invalid, Stale
from hub.timeline import Actor
from hub.work import Work, promise
from storage import changelog_entries, groups, reporters
from storage.enums import ChangelogStatus, EventType, GroupStatus, NotificationPurpose, TicketStatus
from storage.models import ChangelogEntry, Notification, ReporterIdentity, Ticket, TicketGroup

NOTE_LENGTH = 1000


class Notify(StrEnum):
    PRIMARY = "primary"
    """One message, on the primary ticket's channel."""
    EVERYONE = "everyone"
    """Every reporter once, each on their own channel."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be told to whom; `channel` is where the primary ticket's reporter is, None for where they wrote."""

    content: str
    notify: Notify = Notify.PRIMARY
    channel: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody with a ticket in the group. `refusal` says why no word leaves to them; `letter` is what does.

    `restored_at`: when the database was, if their report is older; they may have been told, unknown to us.
    """

    ticket: Ticket
    reporter: str
    notification: Notification
    letter: Letter
    refusal: str | None
    restored_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter as its channel would send it now."""

    to: Addressee
    message: Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """`is_done` is False where a second person has to agree first."""

    group: TicketGroup
    is_done: bool
    told: int


async def outgoing(
    session: AsyncSession, group_id: UUID, plan: Plan, *, channels: Mapping[str, Channel], now: datetime
) -> list[Outgoing]:
    """Everybody concerned, whether they would be told and how: what a person reads before anything leaves."""
    group = await grouping.get(session, group_id)
    members = await groups.members(session, group_id)
    return _composed(await _addressees(session, group, members, plan), channels, now)


async def text_of(session: AsyncSession, group_id: UUID) -> str:
    """What is sent where nobody gives a text: the one that was generated, else what was approved for the tickets."""
    group = await grouping.get(session, group_id)
    if group.draft_requested_at is not None:
        raise Invalid("A text is being written for this group; wait for it, or give one.", field="content")
    return group.draft or await gathered(session, group_id)


async def resolve(
    session: AsyncSession,
    group_id: UUID,
    plan: Plan,
    *,
    by: Actor,
    channels: Mapping[str, Channel],
    now: datetime,
    second_above: int = 0,
    shown: str | None = None,
) -> Outcome:
    """Close every ticket and tell who is to be told; more than `second_above` people (0: any) need a second agent.

    `shown` is the hash of what the person confirmed; Stale when it is no longer what would be sent.
    """
    group = await grouping.hold_open(session, group_id)
    letters = await _confirmed(session, group, plan, channels=channels, now=now, shown=shown)
    if 0 < second_above < len(letters) and not _is_seconded(group, plan, by):
        group.proposal, group.proposed_by, group.proposed_at = _kept(plan, letters), by.id, now
        await _redraw(session, group)
        return Outcome(group, is_done=False, told=0)
    await _carry_out(session, group, plan, letters, by=by, now=now)
    return Outcome(group, is_done=True, told=len(letters))


async def agree(
    session: AsyncSession,
    group_id: UUID,
    *,
    by: Actor,
    channels: Mapping[str, Channel],
    now: datetime,
    shown: str | None = None,
) -> Outcome:
    """The second person sends what the first one proposed. Conflict for the first one, Stale when it has changed."""
    group = await grouping.hold_open(session, group_id)
    plan = proposed(group)
    if plan is None:
        raise Stale("Nothing is proposed for this group any more; look again.")
    if group.proposed_by == by.id:
        raise Conflict("So many people are told only when a second person agrees; you have proposed it yourself.")
    letters = await _confirmed(session, group, plan, channels=channels, now=now, shown=shown)
    await _carry_out(session, group, plan, letters, by=by, now=now)
    return Outcome(group, is_done=True, told=len(letters))


async def decline(session: AsyncSession, group_id: UUID) -> TicketGroup:
    """Nothing is sent; what was proposed may be proposed anew."""
    group = await grouping.hold_open(session, group_id)
    if group.proposal is None:
        raise Stale("Nothing is proposed for this group any more; look again.")
    grouping.withdraw(group)
    await _redraw(session, group)
    return group


def proposed(group: TicketGroup) -> Plan | None:
    if group.proposal is None:
        return None
    kept = group.proposal
    return Plan(kept["content"], Notify(kept["notify"]), kept["channel"], kept["note"])


def _is_seconded(group: TicketGroup, plan: Plan, by: Actor) -> bool:
    """Somebody else has proposed the very same."""
    return proposed(group) == plan and group.proposed_by != by.id


def hash_of(letters: Sequence[Outgoing]) -> str:
    """What a person confirms: every text, to whom, and how it travels."""
    each = sorted(changelog.hash_of(one.to.notification.channel, one.to.letter, one.message) for one in letters)
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


def leaving(found: Sequence[Outgoing]) -> list[Outgoing]:
    """Those that are sent."""
    return [one for one in found if one.to.refusal is None]


async def primary_of(session: AsyncSession, group: TicketGroup) -> Ticket:
    return await session.get_one(Ticket, group.primary_ticket_id)


async def languages_of(session: AsyncSession, group: TicketGroup) -> dict[str, int]:
    """How many of its tickets were reported in each language, where it is known; the most spoken first."""
    members = await groups.members(session, group.id)
    return dict(Counter(ticket.language for ticket in members if ticket.language).most_common())


async def channels_of(session: AsyncSession, group: TicketGroup) -> list[str]:
    """Where the primary ticket's reporter can be told, the channel they wrote on first."""
    primary = await primary_of(session, group)
    known = await reporters.platforms_of(session, primary.reporter_id) if primary.reporter_id else []
    return [primary.original_channel, *(each for each in known if each != primary.original_channel)]


async def gathered(session: AsyncSession, group_id: UUID) -> str:
    """The approved texts of the tickets as one, section by section; each thing said once. Conflict when none is."""
    entries = await changelog_entries.approved_in(session, group_id)
    if not entries:
        raise Conflict("No text of these tickets has been approved yet, so there is nothing to gather.")
    parts = [changelog.sections(entry.content) for entry in entries]
    whole = []
    for heading in changelog.HEADINGS:
        said = dict.fromkeys(part[heading] for part in parts if part.get(heading))
        whole.append("\n".join([heading, *said]))
    return changelog.storable_content("\n\n".join(whole))


async def _confirmed(
    session: AsyncSession,
    group: TicketGroup,
    plan: Plan,
    *,
    channels: Mapping[str, Channel],
    now: datetime,
    shown: str | None,
) -> list[Outgoing]:
    """The letters that leave, all tickets being held; a sentence why they may not."""
    changelog.must_be_whole(plan.content)
    members = await groups.lock_members(session, group.id)
    letters = leaving(_composed(await _addressees(session, group, members, plan), channels, now))
    if shown is not None and shown != hash_of(letters):
        raise Stale("What would be sent has changed since you were shown it. Read it again, then send.")
    return letters


async def _addressees(
    session: AsyncSession, group: TicketGroup, members: Sequence[Ticket], plan: Plan
) -> list[Addressee]:
    primary = next(ticket for ticket in members if ticket.id == group.primary_ticket_id)
    if plan.notify is Notify.PRIMARY:
        account = await _account(session, primary, plan.channel)
        return [await _addressee(session, primary, plan.content, account)]
    if plan.channel not in (None, primary.original_channel):
        raise Invalid(
            "Everybody is told where they wrote; a channel can only be chosen for one message.", field="channel"
        )
    return [await _addressee(session, ticket, plan.content) for ticket in _one_each(primary, members)]


def _one_each(primary: Ticket, members: Sequence[Ticket]) -> list[Ticket]:
    """One ticket a person: the primary one of its reporter, the newest of everybody else; all that name nobody."""
    chosen: dict[UUID, Ticket] = {}
    for ticket in sorted(members, key=lambda each: (each.id == primary.id, each.number)):
        chosen[ticket.reporter_id or ticket.id] = ticket
    return sorted(chosen.values(), key=lambda each: each.number)


async def _account(session: AsyncSession, ticket: Ticket, channel: str | None) -> ReporterIdentity | None:
    """The reporter's account on another channel than they wrote on; Invalid when they have none there."""
    if channel is None or channel == ticket.original_channel:
        return None
    account = await reporters.account_on(session, ticket.reporter_id, channel) if ticket.reporter_id else None
    if account is None:
        raise Invalid(
            f"The reporter of ticket #{ticket.number} has no account on {channel}. "
            "Leave the channel out to tell them where they wrote.",
            field="channel",
        )
    return account


async def _addressee(
    session: AsyncSession, ticket: Ticket, content: str, account: ReporterIdentity | None = None
) -> Addressee:
    purpose = NotificationPurpose.RESOLUTION
    owed = await notifying.owed(session, ticket, content.strip(), purpose=purpose, identity=account)
    return Addressee(
        ticket=ticket,
        reporter=await showing.reporter_name(session, ticket),
        notification=owed,
        letter=await notifying.letter_of(session, owed),
        refusal=await _why_not(session, ticket),
        restored_at=await changelog.restored_since(session, ticket),
    )


async def _why_not(session: AsyncSession, ticket: Ticket) -> str | None:
    if ticket.identity_id is None:
        return f"Nobody is named on ticket #{ticket.number}."
    return await notifying.why_told(session, ticket)


def _composed(addressees: Sequence[Addressee], channels: Mapping[str, Channel], now: datetime) -> list[Outgoing]:
    return [Outgoing(to, channels[to.notification.channel].compose(to.letter, now)) for to in addressees]


async def _carry_out(
    session: AsyncSession, group: TicketGroup, plan: Plan, letters: Sequence[Outgoing], *, by: Actor, now: datetime
) -> None:
    members = await groups.members(session, group.id)
    for ticket in members:
        if ticket.status != TicketStatus.RESOLVED:
            ticketing.move(session, ticket, TicketStatus.RESOLVED, by=by, group_id=str(group.id))
        timeline.record(session, ticket.id, EventType.GROUP_RESOLVED, by=by, group_id=str(group.id))
    _close(group, plan, letters, now)
    owed = await _approve(session, group, plan, letters, by=by, now=now)
    _promise_all(session, members, owed)


def _close(group: TicketGroup, plan: Plan, letters: Sequence[Outgoing], now: datetime) -> None:
    group.status, group.resolved_at = GroupStatus.RESOLVED, now
    group.resolved_via_channel = letters[0].to.notification.channel if letters else None
    group.resolution_note = (plan.note or "").strip()[:NOTE_LENGTH] or None


async def _approve(
    session: AsyncSession, group: TicketGroup, plan: Plan, letters: Sequence[Outgoing], *, by: Actor, now: datetime
) -> list[Notification]:
    """The text as approved for the group, and what is owed for it. Nothing is kept where nobody is told."""
    first = group.proposed_by
    grouping.withdraw(group)
    if not letters or group.primary_ticket_id is None:
        return []
    entry = ChangelogEntry(
        ticket_id=group.primary_ticket_id,
        ticket_group_id=group.id,
        content=changelog.storable_content(plan.content),
        status=ChangelogStatus.APPROVED,
        ai_model=group.draft_model,
        ai_prompt_tokens=group.draft_prompt_tokens,
        ai_completion_tokens=group.draft_completion_tokens,
        created_by=first or by.id,
        approved_by=by.id,
        approved_at=now,
        approved_hash=hash_of(letters),
        attributes={"proposed_by": first} if first else {},
    )
    session.add(entry)
    await session.flush()
    for one in letters:
        one.to.notification.changelog_entry_id = entry.id
        one.to.notification.created_at = datetime.now(UTC)  # after every ticket was resolved
        session.add(one.to.notification)
        timeline.record(session, one.to.ticket.id, EventType.CHANGELOG_APPROVED, by=by, entry_id=str(entry.id))
    await session.flush()
    return [one.to.notification for one in letters]


def _promise_all(session: AsyncSession, members: Sequence[Ticket], owed: Sequence[Notification]) -> None:
    grouping.redraw(session, members)
    for notification in owed:
        promise(session, Work.DISPATCH, notification.id)
    for ticket in members:
        if ticket.notion_page_id is not None:
            promise(session, Work.COMMENT, ticket.id)


async def _redraw(session: AsyncSession, group: TicketGroup) -> None:
    grouping.redraw(session, await groups.members(session, group.id))


def _kept(plan: Plan, letters: Sequence[Outgoing]) -> dict[str, Any]:
    return {
        "content": plan.content,
        "notify": plan.notify.value,
        "channel": plan.channel,
        "note": plan.note,
        "people": len(letters),
    }
