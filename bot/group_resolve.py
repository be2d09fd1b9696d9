"""How a group is resolved: whom to tell, with which words, read once more, and then they leave once."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from blocks import group_resolve as draw
from blocks import groups as draw_groups
from blocks import problem
from bot import changelog as previews
from bot import groups as window
from bot.listener import Click, Json, metadata_of, on_action, on_submission, uuid_of, values_of
from bot.routes import Routes
from hub import changelog, drafting, grouping, resolution, showing
from hub.claims import claims
from hub.errors import Conflict, Stale
from hub.resolution import Notify, Outgoing, Plan
from runtime.wiring import Runtime
from storage import changelog_entries


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw_groups.RESOLVE, plan)
    on_action(routes, runtime, draw_groups.CONTINUE, plan_with_draft)
    on_action(routes, runtime, draw_groups.SECOND, read_proposal)
    on_submission(routes, runtime, draw.PLAN, planned, field=draw.HOW)
    on_submission(routes, runtime, draw.GENERATE, generate)
    on_submission(routes, runtime, draw.WRITE, preview, field=draw.TEXT)
    on_submission(routes, runtime, draw.SEND, send, field=draw.TEXT)
    on_submission(routes, runtime, draw.AGREE, agree)


async def plan(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        group = await grouping.hold_open(session, click.id)
        view = draw.plan(
            group_id=group.id,
            name=group.name,
            primary=(await resolution.primary_of(session, group)).number,
            languages=await resolution.languages_of(session, group),
            models_off=await click.runtime.why_no_model(session),
            has_approved=bool(await changelog_entries.approved_in(session, group.id)),
            channels=await resolution.channels_of(session, group),
            behind=window.behind(click),
        )
    await click.open(view)


async def plan_with_draft(click: Click) -> None:
    """The text is there: whom it goes to was chosen when it was asked for, and can be chosen again."""
    async with click.runtime.db.transaction() as session:
        group = await grouping.hold_open(session, click.id)
        kept = window.behind(click) | {"group_id": str(group.id)} | (group.draft_for or {})
    draft = group.draft or ""
    view = draw.write(kept=kept, content=draft or changelog.TEMPLATE, leaks=group.draft_leaks, claims=claims(draft))
    await click.open(view)


async def planned(click: Click) -> Json:
    typed, metadata = values_of(click.view), metadata_of(click.view)
    group_id = uuid_of(metadata.get("group_id"))
    kept = metadata | {
        "notify": typed.get(draw.WHOM) or Notify.PRIMARY.value,
        "channel": typed.get(draw.CHANNEL),
        "note": typed.get(draw.NOTE),
    }
    if typed.get(draw.HOW) == draw.AI:
        return _instead(await _prompt(click, group_id, kept))
    content = changelog.TEMPLATE
    if typed.get(draw.HOW) == draw.GATHERED:
        async with click.runtime.db.transaction() as session:
            content = await resolution.gathered(session, group_id)
    return _instead(draw.write(kept=kept, content=content))


async def generate(click: Click) -> Json | None:
    """The preview was confirmed."""
    metadata = metadata_of(click.view)
    async with click.runtime.db.transaction() as session:
        model = await click.runtime.chosen_model(session, values_of(click.view).get(draw.MODEL))
        await drafting.request(
            session,
            uuid_of(metadata.get("group_id")),
            model=model,
            by=click.actor,
            anew=True,
            meant_for={key: metadata.get(key) for key in ("notify", "channel", "note")},
        )
    await window.redraw_behind(click)
    return None


async def preview(click: Click) -> Json:
    content = str(values_of(click.view).get(draw.TEXT) or "")
    async with click.runtime.db.transaction() as session:
        return _instead(await _confirmation(session, click, content))


async def send(click: Click) -> Json | None:
    """What was confirmed leaves; if it would leave differently by now, it is shown again instead."""
    metadata, settings = metadata_of(click.view), click.runtime.settings
    content = str(values_of(click.view).get(draw.TEXT) or "")
    try:
        async with click.runtime.db.transaction() as session:
            outcome = await resolution.resolve(
                session,
                uuid_of(metadata.get("group_id")),
                _plan(metadata, content),
                by=click.actor,
                channels=click.runtime.channels,
                now=datetime.now(UTC),
                second_above=settings.second_approver_above,
                shown=str(metadata.get("shown")),
            )
    except Stale:
        return await preview(click)
    await window.redraw_behind(click)
    if outcome.is_done:
        return None
    said = "A second agent has to agree before so many people are told. They find it on App Home under Groups."
    return _instead(problem.told("Resolve group", said))


async def read_proposal(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        view = await _proposed(session, click, click.id, kept=window.behind(click))
    await click.open(view)


async def agree(click: Click) -> Json | None:
    metadata = metadata_of(click.view)
    group_id = uuid_of(metadata.get("group_id"))
    try:
        async with click.runtime.db.transaction() as session:
            await resolution.agree(
                session,
                group_id,
                by=click.actor,
                channels=click.runtime.channels,
                now=datetime.now(UTC),
                shown=str(metadata.get("shown")),
            )
    except Stale:
        async with click.runtime.db.transaction() as session:
            return _instead(await _proposed(session, click, group_id, kept=window.behind(click)))
    await window.redraw_behind(click)
    return None


async def _prompt(click: Click, group_id: UUID, kept: Json) -> Json:
    """Exactly what a model would be sent."""
    settings = click.runtime.settings
    async with click.runtime.db.transaction() as session:
        await click.runtime.require_model(session)
        asked = await drafting.questions(session, group_id)
        models = await click.runtime.offered_models(session)
    prompt, reports = await drafting.prompt(asked)
    return draw.preview(
        kept=kept,
        reports=len(asked),
        prompt=prompt.whole,
        redactions=previews.listed(drafting.redactions(asked, reports)),
        models=models,
        model=settings.openai_model,
    )


async def _confirmation(session: AsyncSession, click: Click, content: str) -> Json:
    metadata = metadata_of(click.view)
    changelog.must_be_whole(content)
    found = await _outgoing(session, click, uuid_of(metadata.get("group_id")), _plan(metadata, content))
    return draw.confirmation(
        kept=metadata,
        letters=[_letter(one) for one in found],
        content=content,
        shown=resolution.hash_of(resolution.leaving(found)),
        second=click.runtime.settings.second_approver_above,
    )


async def _proposed(session: AsyncSession, click: Click, group_id: UUID, *, kept: Json) -> Json:
    plan = resolution.proposed(await grouping.hold_open(session, group_id))
    if plan is None:
        raise Conflict("Nothing is proposed for this group any more; open the group again.")
    found = await _outgoing(session, click, group_id, plan)
    return draw.agreement(
        kept=kept | {"group_id": str(group_id)},
        letters=[_letter(one) for one in found],
        shown=resolution.hash_of(resolution.leaving(found)),
    )


async def _outgoing(session: AsyncSession, click: Click, group_id: UUID, plan: Plan) -> list[Outgoing]:
    now = datetime.now(UTC)
    return await resolution.outgoing(session, group_id, plan, channels=click.runtime.channels, now=now)


def _letter(one: Outgoing) -> draw.Letter:
    return draw.Letter(
        number=one.to.ticket.number,
        recipient=showing.recipient(one.to.reporter, one.to.letter.recipient),
        channel=one.to.notification.channel,
        kind=one.message.kind,
        text=one.message.text,
        language=one.to.letter.language,
        refusal=one.to.refusal,
        restored_at=one.to.restored_at,
    )


def _plan(metadata: Json, content: str) -> Plan:
    notify: Any = metadata.get("notify")
    whom = Notify(notify) if notify in set(Notify) else Notify.PRIMARY
    channel = metadata.get("channel") if whom is Notify.PRIMARY else None
    return Plan(content, whom, channel, metadata.get("note"))


def _instead(view: Json) -> Json:
    return {"response_action": "update", "view": view}
