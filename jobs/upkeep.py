"""Who the agents are, which models there are, and what may be thrown away."""

from collections.abc import Awaitable, Callable
from functools import partial

from hub.work import Work
from jobs.job import Claim, job
from platforms.slack import directory
from runtime.wiring import Runtime
from storage import agents, ai_calls, counts, dead_letters, embeddings, jobs, served_models, webhook_deliveries

DAY = 86_400.0
BATCH = 5_000
BATCHES = 20
"""Of each kind in one run: it has a time limit."""


@job(Work.AGENTS)
async def refresh_agents(claim: Claim, runtime: Runtime) -> None:
    settings = runtime.settings
    if runtime.channels["slack"].off:
        return
    if not (settings.slack_agents or settings.slack_triage_channel):
        async with claim.finish() as session:
            await agents.replace(session, {})  # nobody is said to be one any more
        return
    people = await directory.agents(
        runtime.slack(), agents_group=settings.slack_agents, triage_channel=settings.slack_triage_channel
    )
    async with claim.finish() as session:
        await agents.replace(
            session, {person.account_id: (person.name or person.account_id, person.email) for person in people}
        )


@job(Work.MODELS)
async def list_models(claim: Claim, runtime: Runtime) -> None:
    if runtime.models_off:
        return
    served = await runtime.openai.served()
    async with claim.finish() as session:
        await served_models.replace(session, served)


@job(Work.COUNTS)
async def fold_counts(claim: Claim, runtime: Runtime) -> None:
    async with claim.finish() as session:
        await counts.fold(session)


@job(Work.UPKEEP)
async def upkeep(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        await embeddings.renew(session, model=runtime.settings.openai_embedding_model)
    settings = runtime.settings
    await _drop(claim, partial(jobs.drop_finished, older_than_seconds=DAY))
    await _drop(claim, partial(webhook_deliveries.drop_old, days=settings.retention_deliveries_days))
    await _drop(claim, partial(ai_calls.drop_old, days=settings.retention_ai_calls_days))
    await _drop(claim, partial(dead_letters.drop_old, days=settings.retention_dead_letters_days))


async def _drop(claim: Claim, some: Callable[..., Awaitable[int]]) -> None:
    """Some at a time; what is left after many of them waits for the next run."""
    for _ in range(BATCHES):
        async with claim.step() as session:
            if await some(session, limit=BATCH) < BATCH:
                return
