"""Ask the platform who an account is."""

from hub import identity
from hub.work import Work
from jobs.job import Claim, job
from runtime.wiring import Runtime
from storage.models import ReporterIdentity


@job(Work.IDENTIFY)
async def identify(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        account = await session.get_one(ReporterIdentity, claim.subject)
    profile = await runtime.channels[account.platform].profile(account.platform_user_id)
    async with claim.finish() as session:
        await identity.learn(session, account.id, profile)
