"""Forget a person: deliveries and files first, then every row at once."""

from datetime import UTC, datetime, timedelta

from hub import privacy
from hub.work import Work
from jobs.job import Claim, job
from platforms.errors import Later
from runtime.wiring import Runtime
from storage import erasures

PAUSE = timedelta(seconds=2)


@job(Work.ERASE)
async def erase_person(claim: Claim, runtime: Runtime) -> None:
    """Begun anew after a crash, it finds less to do: what is gone is gone."""
    async with claim.step() as session:
        erasure = await privacy.get(session, claim.subject)
        if erasure.finished_at is not None:
            return
        to_erase = await privacy.begin(session, claim.subject)
    deliveries = await _forget_deliveries(claim, to_erase)
    for url in to_erase.files:
        await runtime.files.delete(url)
    async with claim.finish() as session:
        if not await privacy.is_quiet(session, claim.subject):
            raise Later(datetime.now(UTC) + PAUSE, "Something that has read their words is still under way.")
        await privacy.finish(session, claim.subject, deliveries=deliveries, files=len(to_erase.files))


async def _forget_deliveries(claim: Claim, to_erase: privacy.ToErase) -> int:
    """Some thousand at a time, each in a transaction of its own: there may be very many."""
    gone, until = 0, datetime.now(UTC)
    at, after = privacy.BEGINNING
    while True:
        async with claim.step() as session:
            number, last_at, last_id = await erasures.forget_deliveries(
                session, to_erase.marks, at=at, after=after, until=until
            )
        gone += number
        if last_at is None or last_id is None:
            return gone
        at, after = last_at, last_id
