"""What `python -m bot check` tries in Notion: whether the database is shared, its columns, what its words mean."""

from collections.abc import Collection, Sequence
from functools import partial

from hub.wording import listed
from platforms.checking import Finding, Probe, note, ok
from platforms.notion.client import Notion


def probes(notion: Notion, *, known: Collection[str], is_told: bool, poll_seconds: float) -> Sequence[Probe]:
    """`known` are the statuses that mean something to us; `is_told`: whether Notion's webhook is set up."""
    changes = partial(_changes, is_told=is_told, poll_seconds=poll_seconds)
    return [partial(_shared, notion), partial(_columns, notion, known), changes]


async def _shared(notion: Notion) -> list[Finding]:
    await notion.check()
    return [ok("The token is taken, and the database is shared with its connection.")]


async def _columns(notion: Notion, known: Collection[str]) -> list[Finding]:
    schema = await notion.schema()
    findings = [ok("The database has every column, each of the right kind.")]
    strange = [status for status in schema.statuses if status not in known]
    if strange:
        findings.append(note(f"{listed(strange)} in the column Status says nothing to the hub: NOTION_STATUS_MAP."))
    return findings


async def _changes(*, is_told: bool, poll_seconds: float) -> list[Finding]:
    if is_told:
        return [ok("There is a verification token; whether it is the right one shows with the first change.")]
    return [note(f"Changes are seen every {poll_seconds:g} seconds; NOTION_WEBHOOK_SECRET has them seen at once.")]
