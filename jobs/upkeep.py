"""Who the agents are, which models there are, and what may be thrown away."""

from hub.work import Work
from jobs.job import Claim, job
from platforms.slack import directory
from runtime.wiring import Runtime
from storage import agents, counts, embeddings, jobs, served_models

DAY = 86_400.0
BATCH = 5_000


@job(Work.AGENTS)
async def refresh_agents(claim: Claim, runtime: Runtime) -> None:
    settings = runtime.settings
    if runtime.channels["slack"].off or not (settings.slack_agents or settings.slack_triage_channel):
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
    dropped = BATCH
    while dropped == BATCH:
        async with claim.step() as session:
            dropped = await jobs.drop_finished(session, older_than_seconds=DAY, limit=BATCH)
