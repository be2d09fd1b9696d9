"""An author changes or deletes a message: the ticket shows what it says now, what it said before is kept."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import identity, similarity, timeline
from hub.channel import Edit
from hub.timeline import Actor
from hub.work import Work, promise
from storage import tickets
from storage.accounts import is_account
from storage.enums import ActorType, EventType, SourceKind
from storage.models import MessageVersion, ReporterIdentity, Ticket, TicketComment, TicketSource


async def apply(session: AsyncSession, edit: Edit) -> None:
    """Keep what the message said before; the ticket shows what it says now. Unknown or unchanged: nothing."""
    source = await session.scalar(
        select(TicketSource)
        .where(TicketSource.platform == edit.platform, TicketSource.external_id == edit.external_id)
        .with_for_update()
    )
    if source is None or not await _is_by_its_author(session, source, edit):
        return
    before = await _change_text(session, source, edit)
    if before is None:
        return
    session.add(MessageVersion(source_id=source.id, text=before))
    event = EventType.MESSAGE_DELETED if edit.text is None else EventType.MESSAGE_EDITED
    author = Actor(ActorType.REPORTER, await identity.reporter_of(session, edit.platform, edit.account_id))
    timeline.record(session, source.ticket_id, event, by=author, source_id=str(source.id))
    promise(session, Work.CARD, source.ticket_id)
    if source.kind == SourceKind.REPORT:
        await similarity.changed(session, source.ticket_id)


async def _is_by_its_author(session: AsyncSession, source: TicketSource, edit: Edit) -> bool:
    said = await session.scalar(select(TicketComment.identity_id).where(TicketComment.source_id == source.id))
    author = said or await session.scalar(select(Ticket.identity_id).where(Ticket.id == source.ticket_id))
    editor = await session.scalar(select(ReporterIdentity.id).where(is_account(edit.platform, edit.account_id)))
    return author is not None and author == editor


async def _change_text(session: AsyncSession, source: TicketSource, edit: Edit) -> str | None:
    """What the message said before, or None when this changes nothing. A deleted report keeps its words."""
    comment = await session.scalar(select(TicketComment).where(TicketComment.source_id == source.id))
    if comment is not None:
        before = comment.text
        if edit.text is None:
            if comment.is_deleted:
                return None
            comment.is_deleted = True
        elif edit.text == before:
            return None
        else:
            comment.text = edit.text
        return before
    ticket = await tickets.find_locked(session, source.ticket_id)
    if ticket is None or edit.text == ticket.description:
        return None
    before = ticket.description
    if edit.text is not None:
        ticket.description = edit.text
        ticket.version += 1
    elif ticket.attributes.get("deleted_by_author"):
        return None
    else:
        ticket.attributes = ticket.attributes | {"deleted_by_author": True}
    return before
