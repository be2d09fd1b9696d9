"""Have what tickets mean turned into vectors, in batches; without a model this waits and everything else works."""

from hub import embedding
from hub.work import Work, promise
from jobs.job import Claim, job
from runtime.wiring import Runtime


@job(Work.EMBED)
async def embed(claim: Claim, runtime: Runtime) -> None:
    model = runtime.settings.openai_embedding_model
    async with claim.step() as session:
        found = [] if await runtime.why_no_model(session) else await embedding.waiting(session)
    if not found:
        return
    texts = await embedding.scrubbed(found)
    places = embedding.unknown(found, texts, model=model)
    asked = [texts[at] for at in places]
    made = await runtime.openai.embed(asked, model=model, dimensions=embedding.DIMENSIONS) if asked else []
    async with claim.finish() as session:
        await embedding.keep(session, found, texts, dict(zip(places, made, strict=True)), model=model)
        if len(found) == embedding.BATCH:
            promise(session, Work.EMBED, "all")
