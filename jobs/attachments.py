"""Fetch what somebody attached, from the platform's own hosts only."""

from sqlalchemy.ext.asyncio import AsyncSession

from hub.channel import File
from hub.work import Work, promise
from jobs.job import Claim, job
from platforms.errors import Refused
from runtime.wiring import Runtime
from storage.enums import AttachmentStatus
from storage.models import Attachment


async def _give_up(session: AsyncSession, claim: Claim, error: str) -> None:
    attachment = await session.get_one(Attachment, claim.subject)
    attachment.status, attachment.error = AttachmentStatus.REFUSED, error
    promise(session, Work.CARD, attachment.ticket_id)


@job(Work.ATTACHMENT, given_up=_give_up)
async def fetch(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        attachment = await session.get_one(Attachment, claim.subject, with_for_update=True)
        if not _is_wanted(attachment):
            return
        url = attachment.storage_url = attachment.storage_url or runtime.files.place(attachment.file_name)
    file = File(
        name=attachment.file_name,
        content_type=attachment.file_type,
        size=attachment.file_size,
        source=attachment.source,
    )
    try:
        content = await runtime.channels[attachment.source_platform].fetch(
            file, runtime.settings.attachment_max_bytes
        )
    except Refused as refusal:
        async with claim.finish() as session:
            await _give_up(session, claim, refusal.message)
        return
    await runtime.files.save(url, content)
    async with claim.step() as session:
        row = await session.get_one(Attachment, claim.subject, with_for_update=True)
        is_kept = _is_wanted(row)
        if is_kept:
            row.file_size, row.status, row.error = len(content), AttachmentStatus.STORED, None
            promise(session, Work.CARD, row.ticket_id)
    if not is_kept:
        await runtime.files.delete(url)


def _is_wanted(attachment: Attachment) -> bool:
    """Also one that was given up, when an agent has it run again; never one whose author was forgotten."""
    was_given_up = attachment.status == AttachmentStatus.REFUSED and attachment.source != ""
    return attachment.status == AttachmentStatus.PENDING or was_given_up
