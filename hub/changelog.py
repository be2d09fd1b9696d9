"""The release valve: nothing reaches a customer but what a person drafted or read, and approved."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from hub import notifying, pii, ticketing, timeline
from hub.channel import Channel, Letter, Message
from hub.claims import claims
from hub.errors import Conflict, Invalid, NotADraft, NotFound, NotResolved, Stale
from hub.pii import Redaction
from hub.timeline import Actor
from hub.triage import Question, ReportPrompt
from hub.wording import listed
from hub.work import Work, promise
from storage import changelog_entries, restoring, served_models
from storage.database import NO_KEY
from storage.enums import ChangelogStatus, EventType, NotificationPurpose, TicketStatus
from storage.models import ChangelogEntry, Notification, Ticket
from storage.text import storable

HEADINGS = ("**What happened:**", "**How we fixed it:**", "**Going forward:**")
TEMPLATE = "\n\n".join(f"{heading}\n" for heading in HEADINGS)
LONGEST = 3000
"""Characters; what a Slack input can hold, so that every draft can be edited."""


class Language(StrEnum):
    """What a draft can be written in; the words are the model's."""

    ENGLISH = "en"
    SPANISH = "es"


async def models(session: AsyncSession, configured: Sequence[str]) -> list[str]:
    """Those of the configured models the account serves; all of them while none is known to be."""
    served = await served_models.among(session, configured)
    return [model for model in configured if model in served or not served]


async def request(session: AsyncSession, ticket_id: UUID, *, model: str, by: Actor, anew: bool = False) -> Ticket:
    """Have a draft written by `model`. A live draft is kept unless `anew`; asking twice is asking once."""
    ticket = await _resolved(session, ticket_id)
    if ticket.draft_requested_at is not None:
        return ticket
    if not anew and await changelog_entries.find_draft(session, ticket.id):
        return ticket
    ticket.draft_requested_at, ticket.draft_error = datetime.now(UTC), None
    timeline.record(session, ticket.id, EventType.CHANGELOG_REQUESTED, by=by, model=model)
    promise(session, Work.CARD, ticket.id)
    promise(session, Work.DRAFT, ticket.id, model=model, by=by.id)
    return ticket


async def prompt(asked: Question) -> ReportPrompt:
    """What a model is sent to draft from; ScrubbingFailed when the text could not be scrubbed in time."""
    title, text = await pii.scrub_all([asked.title, asked.text], known=asked.known)
    language = Language(asked.language) if asked.language in set(Language) else Language.ENGLISH
    return ReportPrompt(
        instructions=pii.fill("changelog", "instructions", language=language),
        content=pii.fill("changelog", "content", title=title, text=text),
        title=title,
        text=text,
    )


def redactions(asked: Question, prompt: ReportPrompt) -> list[tuple[Redaction, str]]:
    """Each redaction with what it hides: for the agent's own preview, never to be kept."""
    found = []
    for original, scrubbed in ((asked.title, prompt.title), (asked.text, prompt.text)):
        found += [(one, original[one.start : one.end]) for one in scrubbed.redactions]
    return found


async def write(session: AsyncSession, ticket_id: UUID, content: str, *, by: Actor) -> ChangelogEntry:
    """A draft by hand. Conflict when there is a live one: that one is to be edited."""
    ticket = await _resolved(session, ticket_id)
    entry = ChangelogEntry(ticket_id=ticket.id, content=checked(content), created_by=by.id)
    try:
        async with session.begin_nested():
            session.add(entry)
    except IntegrityError:
        raise Conflict("There is a draft already; edit that one.") from None
    _drafted(session, ticket, entry, by=by)
    return entry


async def drafted(
    session: AsyncSession,
    ticket_id: UUID,
    content: str,
    *,
    model: str,
    prompt_tokens: int | None,
    completion_tokens: int | None,
    by: Actor,
    leaks: dict[str, int] | None = None,
) -> ChangelogEntry | None:
    """Keep what a model wrote: as the live draft, or in its place. None when the ticket was reopened meanwhile."""
    ticket = await ticketing.lock(session, ticket_id)
    ticket.draft_requested_at, ticket.draft_error = None, None
    promise(session, Work.CARD, ticket.id)
    if ticket.status != TicketStatus.RESOLVED:
        return None
    entry = await changelog_entries.find_draft(session, ticket.id, locked=True)
    if entry is None:
        entry = ChangelogEntry(ticket_id=ticket.id, created_by=by.id)
        session.add(entry)
    entry.content = storable_content(content)
    entry.ai_model, entry.ai_leaks = model, leaks or None
    entry.ai_prompt_tokens, entry.ai_completion_tokens = prompt_tokens, completion_tokens
    await session.flush()
    _drafted(session, ticket, entry, by=by)
    return entry


async def draft_failed(session: AsyncSession, ticket_id: UUID, error: str) -> None:
    ticket = await ticketing.lock(session, ticket_id)
    ticket.draft_requested_at, ticket.draft_error = None, error
    timeline.record(session, ticket.id, EventType.CHANGELOG_FAILED, by=timeline.SYSTEM)
    promise(session, Work.CARD, ticket.id)


async def edit(session: AsyncSession, entry_id: UUID, content: str, *, by: Actor) -> ChangelogEntry:
    entry, ticket = await _draft(session, entry_id)
    if ticket.draft_requested_at is not None:
        raise Conflict(
            "A new text is being written for this ticket, which would replace yours; wait for it, then change it."
        )
    entry.content = checked(content)
    timeline.record(session, entry.ticket_id, EventType.CHANGELOG_EDITED, by=by, entry_id=str(entry.id))
    promise(session, Work.CARD, entry.ticket_id)
    return entry


async def approve(
    session: AsyncSession,
    entry_id: UUID,
    *,
    by: Actor,
    channels: Mapping[str, Channel],
    now: datetime,
    shown: str | None = None,
    on_behalf_of: str | None = None,
) -> Notification:
    """Approve the draft and owe its reporter the letter.

    `shown` is the hash of what the person confirmed; Stale when it is no longer what would be sent.
    `on_behalf_of` is recorded beside the actor, never instead.
    """
    entry, ticket = await _draft(session, entry_id)
    must_be_whole(entry.content)
    _must_be_resolved(ticket)
    await _must_not_be_told(session, ticket)
    if ticket.draft_requested_at is not None:
        raise Conflict("A new text is being written for this ticket; wait for it, then decide which one to send.")
    notification = await _owed(session, entry, ticket)
    letter = await notifying.letter_of(session, notification)
    fingerprint = hash_of(notification.channel, letter, channels[notification.channel].compose(letter, now))
    if shown is not None and shown != fingerprint:
        raise Stale("What would be sent has changed since you were shown it. Read it again, then send.")
    entry.status = ChangelogStatus.APPROVED
    entry.approved_by, entry.approved_at, entry.approved_hash = by.id, now, fingerprint
    if on_behalf_of:
        entry.attributes = entry.attributes | {"on_behalf_of": on_behalf_of}
    session.add(notification)
    await session.flush()
    timeline.record(session, ticket.id, EventType.CHANGELOG_APPROVED, by=by, entry_id=str(entry.id))
    promise(session, Work.CARD, ticket.id)
    promise(session, Work.DISPATCH, notification.id)
    return notification


async def draft_of(session: AsyncSession, ticket_id: UUID) -> ChangelogEntry:
    """The live draft of a ticket; a sentence why there is none."""
    await ticketing.lock_after_group(session, ticket_id)
    draft = await changelog_entries.find_draft(session, ticket_id)
    if draft is not None:
        return draft
    if await changelog_entries.of_ticket(session, ticket_id):
        raise NotADraft("This ticket's text was approved already; it can no longer be changed or sent again.")
    raise Conflict("This ticket has no draft; generate one or write it by hand first.")


async def draft_delayed(session: AsyncSession, ticket_id: UUID, error: str) -> None:
    """It will be tried again by itself; say why it takes so long."""
    ticket = await ticketing.lock(session, ticket_id)
    ticket.draft_error = error
    promise(session, Work.CARD, ticket.id)


async def outgoing(session: AsyncSession, entry: ChangelogEntry, ticket: Ticket) -> tuple[Letter, str]:
    """The letter this entry would become, and the channel it would leave by."""
    owed = await _owed(session, entry, ticket)
    return await notifying.letter_of(session, owed), owed.channel


async def restored_since(session: AsyncSession, ticket: Ticket) -> datetime | None:
    """When the database was restored, if the ticket is older: its reporter may have been told, unknown to us."""
    return await restoring.restored_after(session, ticket.reported_at)


async def _owed(session: AsyncSession, entry: ChangelogEntry, ticket: Ticket) -> Notification:
    """What the ticket's reporter would be owed for this entry; not yet promised."""
    purpose = NotificationPurpose.RESOLUTION
    return await notifying.owed(session, ticket, entry.content, purpose=purpose, changelog_entry_id=entry.id)


def hash_of(channel: str, letter: Letter, message: Message) -> str:
    """What a person confirms: the text, to whom, and how it travels."""
    parts = (channel, letter.recipient, message.kind, message.text, letter.text)
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def lacks(content: str) -> list[str]:
    """Which of the three headings are missing or have no words under them."""
    return [heading for heading in HEADINGS if not _words_under(heading, content)]


def sections(content: str) -> dict[str, str]:
    """The words under each heading there is."""
    return {heading: words for heading in HEADINGS if (words := _under(heading, content)) is not None}


def must_be_whole(content: str) -> None:
    """Invalid says which headings are to be filled or put back."""
    refusal = why_not_whole(checked(content))
    if refusal is not None:
        raise Invalid(refusal, field="content")


def claims_of(entry: ChangelogEntry) -> tuple[str, ...]:
    """What of a model's words somebody has to answer for; what a person wrote themselves they know."""
    return claims(entry.content) if entry.ai_model else ()


def why_not_whole(content: str) -> str | None:
    """Why the text cannot be approved as it is, in a sentence, or None when it can."""
    missing = lacks(content)
    if not missing:
        return _why_not_sent(content)
    gone = [heading for heading in missing if heading not in content]
    if gone:
        return f"A heading is missing: {_named(gone)}. Put it back with its colon, between double asterisks."
    return f"Write something under {_named(missing)}: there are no words yet."


def _why_not_sent(content: str) -> str | None:
    """A model was shown placeholders where something personal was; a reporter would wonder what they are."""
    left = pii.placeholders(content)
    if not left:
        return None
    return f"{' and '.join(left)} stands for something the model was not shown. Write what it is, or leave it out."


def _named(headings: Sequence[str]) -> str:
    """As people say them."""
    return listed(f"“{heading.strip('*:')}”" for heading in headings)


def _words_under(heading: str, content: str) -> bool:
    return any(character.isalnum() for character in _under(heading, content) or "")


def _under(heading: str, content: str) -> str | None:
    _, found, rest = content.partition(heading)
    others = (rest.find(other) for other in HEADINGS)
    end = min((at for at in others if at >= 0), default=len(rest))
    return rest[:end].strip() if found else None


def storable_content(content: str) -> str:
    cleaned: str = storable(content)
    return cleaned.strip()[:LONGEST]


def _drafted(session: AsyncSession, ticket: Ticket, entry: ChangelogEntry, *, by: Actor) -> None:
    timeline.record(
        session, ticket.id, EventType.CHANGELOG_DRAFTED, by=by, entry_id=str(entry.id), model=entry.ai_model
    )
    promise(session, Work.CARD, ticket.id)


async def _resolved(session: AsyncSession, ticket_id: UUID) -> Ticket:
    ticket = await ticketing.lock_after_group(session, ticket_id)
    _must_be_resolved(ticket)
    await _must_not_be_told(session, ticket)
    return ticket


async def _must_not_be_told(session: AsyncSession, ticket: Ticket) -> None:
    """Once is enough for one resolution; one that was reopened and resolved again can be told again."""
    refusal = await notifying.why_told(session, ticket)
    if refusal is not None:
        raise Conflict(refusal)


def _must_be_resolved(ticket: Ticket) -> None:
    if ticket.status != TicketStatus.RESOLVED:
        raise NotResolved(
            f"Ticket #{ticket.number} is {ticket.status.replace('_', ' ')}. "
            "Its reporter can be told once it is resolved."
        )


async def _draft(session: AsyncSession, entry_id: UUID) -> tuple[ChangelogEntry, Ticket]:
    """The entry, held after its ticket and that one's group: everybody takes them in this order."""
    known = await changelog_entries.find(session, entry_id)
    if known is None:
        raise NotFound(f"There is no changelog entry with the id {entry_id}.", id=str(entry_id))
    ticket = await ticketing.lock_after_group(session, known.ticket_id)
    entry = await session.get_one(ChangelogEntry, entry_id, with_for_update=NO_KEY, populate_existing=True)
    if entry.status != ChangelogStatus.DRAFT:
        raise NotADraft("This text was approved already; it can no longer be changed or sent again.")
    return entry, ticket


def checked(text: str, *, field: str = "content") -> str:
    """Words for a reporter, without the blanks around them; Invalid when there are none or too many."""
    words = text.strip()
    if not words:
        raise Invalid("The text is empty.", field=field)
    if len(words) > LONGEST:
        raise Invalid(f"The text has {len(words)} characters; {LONGEST} fit.", field=field)
    return words
