"""Asks Slack for the message somebody has put :ticket: on, and takes it in as if it had been sent along."""

from hub import ingestion
from hub.work import Work
from jobs.job import Claim, job
from platforms.slack.report import REPORT_SHORTCUT, as_form
from runtime.wiring import Runtime
from storage.arrivals import Delivery


@job(Work.FETCH)
async def fetch_message(claim: Claim, runtime: Runtime) -> None:
    """A message that is gone by now, or an app's, makes no ticket."""
    place = claim.held.args["place"]
    message = await runtime.slack(place["team"]).message_at(place["channel"], place["ts"])
    if message is not None and not message.get("bot_id"):
        payload = {
            "type": "message_action",
            "callback_id": REPORT_SHORTCUT,
            "team": {"id": place["team"]},
            "channel": {"id": place["channel"]},
            "user": {"id": place["by"]},
            "message_ts": place["ts"],
            "message": message,
        }
        delivery = Delivery("slack", ingestion.FORM, as_form(payload).encode())
        await ingestion.receive(runtime.db, runtime.channels["slack"], delivery, payload)
