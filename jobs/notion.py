"""Push a ticket to its page, and pull what people changed there."""

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from hub import tracking
from hub.tracking import Seen, ToPush
from hub.work import Work
from jobs.job import Claim, job
from platforms.errors import Unsure
from platforms.notion import TicketPage
from runtime import crashing
from runtime.wiring import Runtime
from storage.enums import TicketStatus

log = structlog.get_logger(__name__)
FIRST_LOOK_BACK = timedelta(days=1)
SAVE_EVERY = 100
"""Pages after which the cursor is kept, so that a long reading that is cut off goes on from there."""
MADE_AS = {TicketStatus.OPEN: "Open", TicketStatus.IN_PROGRESS: "In Progress", TicketStatus.RESOLVED: "Done"}
"""Notion's word for the state a page is made with."""


async def _say_why(session: AsyncSession, claim: Claim, error: str) -> None:
    await tracking.push_failed(session, claim.subject, error)


@job(Work.PUSH, given_up=_say_why)
async def push(claim: Claim, runtime: Runtime) -> None:
    """Create the page or bring it up to date; looked for by our id first, so that a crash never makes a second."""
    if runtime.notion_off:
        return
    async with claim.step() as session:
        wanted = await tracking.to_push(session, claim.subject)
    if wanted is None:
        return
    page = _page(wanted)
    if wanted.page_id is not None:
        await runtime.notion.update_page(wanted.page_id, page)
        found, url, status = wanted.page_id, None, None
    else:
        found, url, status = await _find_or_create(runtime, page)
        crashing.passed("page_made")
    async with claim.finish() as session:
        await tracking.pushed(session, claim.subject, page_id=found, url=url, status=status)


@job(Work.COMMENT)
async def comment(claim: Claim, runtime: Runtime) -> None:
    """Say on the page that its group was resolved. One whose answer was lost is not repeated."""
    if runtime.notion_off:
        return
    async with claim.step() as session:
        wanted = await tracking.to_comment(session, claim.subject)
    if wanted is None:
        return
    try:
        await runtime.notion.comment(*wanted)
    except Unsure as error:
        log.warning("comment_unsure", error=error.message)


@job(Work.PULL)
async def pull(claim: Claim, runtime: Runtime) -> None:
    """Read what changed since the cursor, less an overlap: Notion rounds times down to the minute."""
    if runtime.notion_off:
        return
    now = datetime.now(UTC)
    schema = await runtime.notion.schema()
    async with claim.step() as session:
        until = await tracking.read_until(session, schema.data_source_id)
    since = until - timedelta(seconds=runtime.settings.notion_overlap_seconds) if until else now - FIRST_LOOK_BACK
    newest, read = until or since, 0
    async for state in runtime.notion.changed_since(since):
        newest = max(newest, state.last_edited_at)
        seen = Seen(page_id=state.page_id, status=state.status, trashed=state.in_trash)
        async with claim.step() as session:
            await tracking.saw(session, seen, means=runtime.settings.notion_status_map)
            read += 1
            if read % SAVE_EVERY == 0 and not state.in_trash:  # edited pages come oldest first, trashed ones after
                await tracking.remember(session, schema.data_source_id, until=newest, now=now)
    async with claim.finish() as session:
        await tracking.remember(session, schema.data_source_id, until=newest, now=now)


@job(Work.LOOK)
async def look(claim: Claim, runtime: Runtime) -> None:
    """Read one page that Notion says has changed. A hint lost or late does no harm: the pull reads everything."""
    page_id = str(claim.subject)
    async with claim.step() as session:
        is_ours = await tracking.is_ours(session, page_id)
    state = await runtime.notion.page(page_id) if is_ours and not runtime.notion_off else None
    async with claim.finish() as session:
        if state is not None:
            seen = Seen(page_id=state.page_id, status=state.status, trashed=state.in_trash)
            await tracking.saw(session, seen, means=runtime.settings.notion_status_map)


async def _find_or_create(runtime: Runtime, page: TicketPage) -> tuple[str, str | None, str | None]:
    found = await runtime.notion.find_page(page.external_id)
    if found is None:
        try:
            made = await runtime.notion.create_page(page)
        except Unsure:
            found = await runtime.notion.find_page(page.external_id)
            if found is None:
                raise
        else:
            return made.page_id, made.url, page.status
    await runtime.notion.update_page(found.page_id, page)
    return found.page_id, found.url, page.status


def _page(wanted: ToPush) -> TicketPage:
    return TicketPage(
        external_id=str(wanted.ticket_id),
        title=wanted.title,
        priority=wanted.priority,
        ticket_type=wanted.ticket_type,
        channel=wanted.channel,
        status=MADE_AS[TicketStatus(wanted.status)],
    )
