"""What a model was sent and answered is kept, whatever it answered."""

import pytest

from hub import triage
from hub.work import Work
from tests.jobs.conftest import Desk

ANSWERED = '{"suggested_type": "bug", "suggested_priority": 2, "summary": "It hangs."}'


@pytest.mark.parametrize(
    "answer", [f"{ANSWERED}\x00", "\ud800" + ANSWERED, ANSWERED.replace("hangs", "\\u0000hangs")]
)
async def test_a_call_is_kept_without_what_the_database_cannot_hold_and_made_once(desk: Desk, answer: str):
    desk.says["content"] = answer
    ticket = await desk.world.ticket()
    async with desk.world.db.transaction() as session:
        await triage.request(session, ticket.id, model="gpt-5.1", by=await desk.world.agent())
    assert (await desk.run(Work.TRIAGE))["status"] == "done"
    (kept,) = await desk.world.rows("SELECT outcome, answer FROM ai_calls")
    assert kept == {"outcome": "ok", "answer": answer.replace("\x00", "").replace("\ud800", "")}
    row = await desk.ticket(ticket.id)
    assert (row["ai_summary"], row["ai_outcome"]) == ("It hangs.", "waiting")
