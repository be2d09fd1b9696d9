"""Read a webhook delivery again; what it brought already is not brought twice."""

from hub import ingestion, recovery
from hub.work import Work
from jobs.job import Claim, job
from runtime.wiring import Runtime
from storage.models import WebhookDelivery


@job(Work.READ)
async def read_again(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        delivery = await session.get_one(WebhookDelivery, claim.subject)
    payload = ingestion.parse(delivery.body, delivery.content_type)
    taken = await ingestion.take_again(runtime.db, runtime.channels[delivery.platform], payload)
    async with claim.finish() as session:
        await recovery.was_read(session, claim.subject, error="; ".join(taken.unreadable) or None)
