"""Look through ungrouped tickets for those that are one problem, and say how far that has come."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import pii, suggestion, triage, viewing
from hub.pii import Scrubbed
from hub.suggestion import Found, Near
from hub.triage import Question
from hub.work import Work
from jobs.asking import ask
from jobs.job import Claim, job
from platforms.errors import Later
from runtime.wiring import Runtime

STEP = 10
"""Tickets after which it is said how far it has come."""
Kinds = dict[UUID, dict[str, int]]


async def _give_up(session: AsyncSession, claim: Claim, error: str) -> None:
    await suggestion.failed(session, claim.subject, error)
    await viewing.changed(session)


@job(Work.ANALYSE, given_up=_give_up)
async def analyse(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        wanted = await suggestion.begin(session, claim.subject)
        await viewing.changed(session)
    looked = [near for at in range(0, len(wanted), STEP) for near in await _look(claim, wanted, at)]
    kinds: Kinds = {}
    found = await _by_model(claim, looked, kinds) if claim.held.args.get("model") else None
    if found is None:
        found = suggestion.by_words(looked)
        await _read(claim, [ticket_id for one in found for ticket_id in one.ticket_ids], kinds)
    async with claim.finish() as session:
        await suggestion.record(session, claim.subject, found, kinds)
        await viewing.changed(session)


async def _look(claim: Claim, wanted: Sequence[UUID], at: int) -> list[Near]:
    async with claim.step() as session:
        looked = [await suggestion.look(session, ticket_id, wanted) for ticket_id in wanted[at : at + STEP]]
        await suggestion.progress(session, claim.subject, at + len(looked))
        await viewing.changed(session)
    return looked


async def _by_model(claim: Claim, looked: Sequence[Near], kinds: Kinds) -> list[Found] | None:
    """None when today's budget is used up on the way: then words alone decide, rather than nobody until tomorrow."""
    try:
        return [one for batch in suggestion.to_compare(looked) for one in await _verified(claim, batch, kinds)]
    except Later:
        async with claim.step() as session:
            await suggestion.left_to_words(session, claim.subject)
        return None


async def _verified(claim: Claim, batch: Sequence[UUID], kinds: Kinds) -> list[Found]:
    asked, reports = await _read(claim, batch, kinds)
    prompt, known = suggestion.prompt(reports), triage.everybody(asked)
    answer = await ask(claim, prompt, purpose="suggestions", known=known, schema=suggestion.schema())
    return suggestion.parse(answer.text, batch)


async def _read(claim: Claim, ticket_ids: Sequence[UUID], kinds: Kinds) -> tuple[list[Question], list[Scrubbed]]:
    """The reports as a model may see them; `kinds` learns what was hidden in each, whether or not one is asked."""
    async with claim.step() as session:
        asked = await suggestion.questions(session, ticket_ids)
    reports = await suggestion.scrubbed(asked)
    kinds |= {each.ticket_id: pii.kinds(report) for each, report in zip(asked, reports, strict=True)}
    return asked, reports
