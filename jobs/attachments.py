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
    await promise(session, Work.CARD, attachment.ticket_id)


@job(Work.ATTACHMENT, given_up=_give_up)
async def fetch(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        attachment = await session.get_one(Attachment, claim.subject)
    if attachment.status != AttachmentStatus.PENDING:
        return
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
    url = await runtime.files.save(attachment.file_name, content)
    async with claim.finish() as session:
        row = await session.get_one(Attachment, claim.subject, with_for_update=True)
        if row.status != AttachmentStatus.PENDING:  # its author was forgotten meanwhile
            await runtime.files.delete(url)
            return
        row.storage_url, row.file_size, row.status = url, len(content), AttachmentStatus.STORED
        await promise(session, Work.CARD, row.ticket_id)
