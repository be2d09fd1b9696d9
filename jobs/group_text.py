"""Have a model write what everybody in a group could be told."""

from sqlalchemy.ext.asyncio import AsyncSession

from hub import drafting, triage, viewing
from hub.work import Work
from jobs.asking import BY_HAND, ask
from jobs.job import Claim, job
from platforms.errors import Later, RateLimited, Unreachable
from runtime.wiring import Runtime


async def _give_up(session: AsyncSession, claim: Claim, error: str) -> None:
    await drafting.failed(session, claim.subject, error)
    await viewing.changed(session)


@job(Work.GROUP_DRAFT, given_up=_give_up)
async def draft_group_text(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        asked = await drafting.questions(session, claim.subject)
    prompt, _ = await drafting.prompt(asked)
    try:
        answer = await ask(claim, prompt, purpose="group", known=triage.everybody(asked))
    except (RateLimited, Unreachable) as error:
        async with claim.step() as session:
            await drafting.delayed(session, claim.subject, error.message)
        raise
    except Later as closed:  # whoever waits for it would wait until tomorrow
        async with claim.finish() as session:
            await drafting.failed(session, claim.subject, f"{closed.why} {BY_HAND}")
            await viewing.changed(session)
        return
    async with claim.finish() as session:
        await drafting.drafted(
            session,
            claim.subject,
            answer.text,
            model=answer.model,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            leaks=answer.leaks,
        )
        await viewing.changed(session)
