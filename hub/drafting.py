"""A model writes what everybody in a group could be told; nothing leaves before a person has read it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog, grouping, pii, triage
from hub.changelog import Language
from hub.pii import Redaction, Scrubbed
from hub.timeline import Actor
from hub.triage import Prompt, Question
from hub.work import Work, promise
from storage import groups
from storage.models import TicketGroup

READ = 20
"""Reports a model is shown of one group: the first ones."""
REPORT_LENGTH = 2000
"""Characters of each."""


async def request(
    session: AsyncSession,
    group_id: UUID,
    *,
    model: str,
    by: Actor,
    anew: bool = False,
    meant_for: dict[str, Any] | None = None,
) -> TicketGroup:
    """Have `model` write the text. The one there is stays unless `anew`; asking twice is asking once.

    `meant_for` is kept with it: whom the agent meant to tell, to be offered when the text is there.
    """
    group = await grouping.hold_open(session, group_id)
    if group.draft_requested_at is not None or (group.draft and not anew):
        return group
    group.draft_requested_at, group.draft_error = datetime.now(UTC), None
    group.draft_for = meant_for
    promise(session, Work.GROUP_DRAFT, group.id, model=model, by=by.id)
    return group


async def questions(session: AsyncSession, group_id: UUID) -> list[Question]:
    """What may be asked about each report; whoever reported another one is looked for in all of them."""
    members = await groups.members(session, (await grouping.get(session, group_id)).id, limit=READ)
    asked = [await triage.question(session, ticket.id) for ticket in members]
    people = tuple(dict.fromkeys(each.known.name for each in asked if each.known.name))
    return [
        replace(
            each,
            known=replace(each.known, agents=tuple(dict.fromkeys((*each.known.agents, *people)))),
        )
        for each in asked
    ]


async def prompt(asked: Sequence[Question]) -> tuple[Prompt, list[Scrubbed]]:
    """What a model is sent, and each report as it stands in it; ScrubbingFailed when that took too long."""
    reports = await triage.scrub_reports(asked, longest=REPORT_LENGTH)
    instructions = pii.fill("group", "instructions", language=_language(asked))
    return Prompt(instructions, pii.fill("group", "content", reports=reports)), reports


def originals(asked: Sequence[Question]) -> list[str]:
    """The reports before anything was hidden, for the agent's own preview."""
    return [triage.report_of(each, REPORT_LENGTH) for each in asked]


def redactions(asked: Sequence[Question], reports: Sequence[Scrubbed]) -> list[tuple[Redaction, str]]:
    """Each redaction with what it hides: for the agent's own preview, never to be kept."""
    return [
        (one, original[one.start : one.end])
        for original, report in zip(originals(asked), reports, strict=True)
        for one in report.redactions
    ]


async def drafted(
    session: AsyncSession,
    group_id: UUID,
    content: str,
    *,
    model: str,
    prompt_tokens: int | None,
    completion_tokens: int | None,
    leaks: dict[str, int] | None = None,
) -> None:
    """Keep what the model wrote. A group resolved or dissolved meanwhile needs it no more."""
    group = await groups.find_locked(session, group_id)
    if group is None:
        return
    group.draft_requested_at, group.draft_error = None, None
    group.draft, group.draft_model = changelog.storable_content(content), model
    group.draft_leaks = leaks or None
    group.draft_prompt_tokens, group.draft_completion_tokens = prompt_tokens, completion_tokens


async def failed(session: AsyncSession, group_id: UUID, error: str) -> None:
    """It will not work out by itself: say why; it can be asked for again."""
    group = await groups.find_locked(session, group_id)
    if group is not None:
        group.draft_requested_at, group.draft_error = None, error


async def delayed(session: AsyncSession, group_id: UUID, error: str) -> None:
    """It will be tried again by itself; say why it takes so long."""
    group = await groups.find_locked(session, group_id)
    if group is not None:
        group.draft_error = error


def _language(asked: Sequence[Question]) -> Language:
    """The one most of them wrote in."""
    spoken = [each.language for each in asked]
    return max(Language, key=lambda language: spoken.count(language.value))
