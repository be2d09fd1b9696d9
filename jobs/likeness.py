"""Tickets that changed are read for the words they can be found by."""

from hub import similarity
from hub.work import Work, promise
from jobs.job import Claim, job
from runtime.wiring import Runtime

BATCH = 200
BATCHES = 10
"""In one run; then others have their turn."""


@job(Work.WORDS)
async def learn_words(claim: Claim, runtime: Runtime) -> None:
    for _ in range(BATCHES):
        async with claim.step() as session:
            if not await similarity.learn(session, limit=BATCH):
                return
    async with claim.finish() as session:
        promise(session, Work.WORDS, "all")
