"""Have a model suggest type, priority and summary."""

from sqlalchemy.ext.asyncio import AsyncSession

from hub import triage
from hub.work import Work
from jobs.asking import ask
from jobs.job import Claim, job
from platforms.errors import Later, RateLimited, Unreachable
from runtime.wiring import Runtime

MEANWHILE = "This goes on by itself then; type and priority can be set by hand meanwhile."


async def _give_up(session: AsyncSession, claim: Claim, error: str) -> None:
    await triage.failed(session, claim.subject, error)


@job(Work.TRIAGE, given_up=_give_up)
async def run_triage(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        asked = await triage.question(session, claim.subject)
    prompt = await triage.prompt(asked)
    try:
        answer = await ask(
            claim, prompt, purpose="triage", known=asked.known, ticket_id=claim.subject, schema=triage.schema()
        )
    except (RateLimited, Unreachable) as error:
        async with claim.step() as session:
            await triage.delayed(session, claim.subject, error.message)
        raise
    except Later as closed:
        async with claim.step() as session:
            await triage.delayed(session, claim.subject, f"{closed.why} {MEANWHILE}")
        raise
    suggestion = triage.parse(answer.text)
    async with claim.finish() as session:
        triage.redacted(session, claim.subject, prompt.content)
        await triage.record(session, claim.subject, suggestion, model=answer.model, leaks=answer.leaks)
