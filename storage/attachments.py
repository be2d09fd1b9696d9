"""Where files of reports are kept."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.enums import AttachmentStatus
from storage.models import Attachment

AT_ONCE = 200


async def kept_under(session: AsyncSession, scheme: str, *, after: UUID | None) -> Sequence[Attachment]:
    """The next ones whose storage URL begins so, after the one with that id."""
    found = select(Attachment).where(
        Attachment.status == AttachmentStatus.STORED, Attachment.storage_url.startswith(scheme, autoescape=True)
    )
    found = found if after is None else found.where(Attachment.id > after)
    return (await session.scalars(found.order_by(Attachment.id).limit(AT_ONCE))).all()


async def move(session: AsyncSession, attachment_id: UUID, *, old: str, new: str) -> bool:
    """Whether it still was where we thought; who erases takes it away from there."""
    attachment = await session.get_one(Attachment, attachment_id, with_for_update=True)
    if attachment.storage_url != old:
        return False
    attachment.storage_url = new
    return True
