"""Have a model draft what a reporter is told."""

from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, triage
from hub.timeline import agent
from hub.work import Work
from jobs.asking import BY_HAND, ask
from jobs.job import Claim, job
from platforms.errors import Later, RateLimited, Unreachable
from runtime.wiring import Runtime


async def _give_up(session: AsyncSession, claim: Claim, error: str) -> None:
    await changelog.draft_failed(session, claim.subject, error)


@job(Work.DRAFT, given_up=_give_up)
async def draft(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        asked = await triage.question(session, claim.subject)
    prompt = await changelog.prompt(asked)
    try:
        answer = await ask(claim, prompt, purpose="changelog", known=asked.known, ticket_id=claim.subject)
    except (RateLimited, Unreachable) as error:
        async with claim.step() as session:
            await changelog.draft_delayed(session, claim.subject, error.message)
        raise
    except Later as closed:  # whoever waits for it would wait until tomorrow
        async with claim.finish() as session:
            await changelog.draft_failed(session, claim.subject, f"{closed.why} {BY_HAND}")
        return
    async with claim.finish() as session:
        triage.redacted(session, claim.subject, prompt.content)
        await changelog.drafted(
            session,
            claim.subject,
            answer.text,
            model=answer.model,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            leaks=answer.leaks,
            by=agent(str(claim.held.args["by"])),
        )
