"""What follows from a message that came in: its card, an acknowledgement, who wrote it, its files."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hub import notifying, similarity, triage
from hub.timeline import SYSTEM
from hub.work import Work, promise
from jobs.job import Claim, job
from runtime.wiring import Runtime
from storage.enums import AttachmentStatus, SourceKind
from storage.models import Attachment, Reporter, ReporterIdentity, Ticket, TicketComment, TicketSource


@job(Work.WELCOME)
async def welcome(claim: Claim, runtime: Runtime) -> None:
    async with claim.finish() as session:
        source = await session.get_one(TicketSource, claim.subject)
        ticket = await session.get_one(Ticket, source.ticket_id)
        files = await session.scalars(
            select(Attachment.id)
            .where(Attachment.source_id == source.id, Attachment.status == AttachmentStatus.PENDING)
            .order_by(Attachment.id)
        )
        for attachment_id in files:
            promise(session, Work.ATTACHMENT, attachment_id)
        promise(session, Work.CARD, ticket.id)
        is_report = source.kind == SourceKind.REPORT
        author = ticket.identity_id
        if not is_report:
            author = await session.scalar(
                select(TicketComment.identity_id).where(TicketComment.source_id == source.id)
            )
        identity = await session.get(ReporterIdentity, author) if author else None
        if identity is not None and await _is_worth_asking(session, identity):
            promise(session, Work.IDENTIFY, identity.id)
        if is_report and _is_answered(runtime, source):
            await notifying.acknowledge(session, ticket)
        if is_report and runtime.settings.triage_automatic and not runtime.models_off:
            await triage.request(session, ticket.id, model=runtime.settings.openai_model, by=SYSTEM)
        if is_report:
            await similarity.changed(session, ticket.id)


async def _is_worth_asking(session: AsyncSession, identity: ReporterIdentity) -> bool:
    """The platform was never asked who this is, or the account has shown an e-mail its person lacks."""
    if identity.profiled_at is None:
        return True
    reporter = await session.get_one(Reporter, identity.reporter_id)
    return reporter.email is None and bool(identity.attributes.get("email"))


def _is_answered(runtime: Runtime, source: TicketSource) -> bool:
    """A slash command or form was answered on the spot; it has no place to answer to."""
    return runtime.acknowledges(source.platform) and (source.platform != "slack" or bool(source.place))
