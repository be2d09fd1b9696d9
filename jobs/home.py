"""Keeps the Homes people look at up to date: many changes, one drawing, and none that looks the same."""

import hashlib
import json

from blocks import home as draw
from hub import viewing
from hub.work import Work, promise
from jobs.job import Claim, job
from platforms.errors import PlatformError
from runtime.wiring import Runtime
from storage import homes


@job(Work.HOMES)
async def publish_homes(claim: Claim, runtime: Runtime) -> None:
    if not runtime.channels["slack"].off:
        async with claim.step() as session:
            watched = [(home.account_id, home.drawn) for home in await homes.watched(session, within=viewing.WATCHED)]
        for account_id, drawn in watched:
            await _publish(claim, runtime, account_id, drawn)


async def _publish(claim: Claim, runtime: Runtime, account_id: str, drawn: str | None) -> None:
    async with claim.step() as session:
        choice = await viewing.chosen(session, account_id)
        view = draw.agent(
            await viewing.screen(session, choice),
            triage_channel=runtime.settings.slack_triage_channel,
            models_off=await runtime.why_no_model(session),
            is_development=runtime.settings.is_development,
        )
    look = hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()
    if look == drawn:
        return
    team, _, user = account_id.partition(":")
    try:
        await runtime.slack(team).publish_view(user, view)
    except PlatformError:
        return  # whoever it was has gone, or opens it again: their Home is drawn then
    async with claim.step() as session:
        await homes.was_drawn(session, account_id, look)
        if await viewing.chosen(session, account_id) != choice:  # they went on meanwhile, and we put them back
            promise(session, Work.HOMES, "all")
