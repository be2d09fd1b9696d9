"""What must never be: looked for over and over, since a promise that was lost makes no noise.

Each is of the last day and older than ten minutes, so that nothing under way counts and nothing grows with the number
of tickets.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MOST = 1000
"""Of one sort are counted; the alert is for more than none."""
_NOBODY_WORKS = """
  NOT EXISTS (SELECT FROM jobs j WHERE j.key = {key} AND j.status = 'pending')
  AND NOT EXISTS (SELECT FROM jobs j WHERE j.key = {key} AND j.status = 'running')
"""
_SETTLED = "BETWEEN now() - interval '1 day' AND now() - interval '10 minutes'"
_MUST_BE_NONE = {
    "message_nobody_sends": f"""
      notifications n WHERE n.status IN ('pending', 'sending', 'failed') AND NOT n.asks_agent
      AND n.created_at {_SETTLED} AND n.updated_at < now() - interval '10 minutes'
      AND {_NOBODY_WORKS.format(key="'notification:' || n.id")}
      AND NOT EXISTS (SELECT FROM dead_letter_jobs d WHERE d.job_class IN ('dispatch', 'reconcile')
                      AND d.job_key = 'notification:' || n.id AND d.status = 'unresolved')""",
    "approved_and_told_to_nobody": f"""
      changelog_entries e WHERE e.status = 'approved' AND e.ticket_group_id IS NULL AND e.created_at {_SETTLED}
      AND e.approved_at < now() - interval '10 minutes'
      AND NOT EXISTS (SELECT FROM notifications n WHERE n.changelog_entry_id = e.id)""",
    "triage_nobody_runs": f"""
      tickets t WHERE t.triage_requested_at < now() - interval '10 minutes'
      AND {_NOBODY_WORKS.format(key="'triage:' || t.id")}""",
    "draft_nobody_writes": f"""
      tickets t WHERE t.draft_requested_at < now() - interval '10 minutes'
      AND {_NOBODY_WORKS.format(key="'draft:' || t.id")}""",
    "ticket_without_a_history": f"""
      tickets t WHERE t.created_at {_SETTLED}
      AND NOT EXISTS (SELECT FROM ticket_events v WHERE v.ticket_id = t.id)""",
    "death_without_a_letter": f"""
      jobs j WHERE j.status = 'dead' AND j.done_at {_SETTLED}
      AND NOT EXISTS (SELECT FROM dead_letter_jobs d WHERE d.job_class = j.kind AND d.job_key = j.key)""",
    "lease_nobody_took_over": """
      jobs j WHERE j.status = 'running' AND j.lease_until < now() - interval '10 minutes'""",
}
_COUNT = text(
    " UNION ALL ".join(
        f"SELECT '{name}', (SELECT count(*) FROM (SELECT FROM {what} LIMIT {MOST}) found)"  # noqa: S608 - ours
        for name, what in _MUST_BE_NONE.items()
    )
)
"""The keys are those of `hub.work`; a test holds them against it."""


async def found(session: AsyncSession) -> dict[str, int]:
    """How many there are of each sort; all 0 where everything is as it must be."""
    return {name: number for name, number in await session.execute(_COUNT)}  # noqa: C416 - rows are not pairs to mypy
