"""The eight steps of the tour, and how each is seen to have happened."""

from typing import Any

from sandbox.pages import drawing, log, slack
from sandbox.pages.tour import Answer, Look, Seen, Step, Tour


def _ticket_made(tour: Tour, row: log.Row) -> bool:
    if tour.card_ts or not _posted(row) or _body(row).get("channel") != tour.workspace.triage.id:
        return False
    tour.card_ts = str(_answered(row).get("ts", ""))
    return bool(tour.card_ts)


def _shown(label: str) -> Seen:
    return lambda tour, _row: tour.shows(label)


def _pressed(*labels: str) -> Seen:
    def seen(tour: Tour, row: log.Row) -> bool:
        payload = _payload(row)
        message = payload.get("message") or {}
        is_its = tour.card_ts in (message.get("ts"), message.get("thread_ts"))
        return is_its and any(_text(action) in labels for action in payload.get("actions") or [])

    return seen


def _decided(tour: Tour, row: log.Row) -> bool:
    edited = _is_sent(tour, row, "Edit the suggestion") and not _refusal(row)
    return edited or _pressed("Accept", "Reject")(tour, row)


def _approved(tour: Tour, row: log.Row) -> bool:
    """Confirmed, and taken by the hub; why it was not is remembered."""
    if not _is_sent(tour, row, "Approve & send"):
        return False
    tour.refusal = _refusal(row)
    return not tour.refusal


def _is_sent(tour: Tour, row: log.Row, title: str) -> bool:
    """Somebody sent the window of that title, about the ticket."""
    payload = _payload(row)
    view = payload.get("view") or {}
    is_it = payload.get("type") == "view_submission" and _text(view, "title") == title
    return is_it and tour.holds(str(view.get("private_metadata", "")))


def _refusal(row: log.Row) -> str:
    """What the hub said instead of letting a window close (docs.slack.dev, "Modals", response actions)."""
    if not row.is_good:
        return "The hub did not answer in time."
    errors = _answered(row).get("errors")
    if isinstance(errors, dict) and errors:
        return str(next(iter(errors.values())))
    if not _answered(row).get("response_action"):
        return ""
    said = (_text(block) for block in (_answered(row).get("view") or {}).get("blocks", []))
    return next((words for words in said if words), "What would be sent has changed meanwhile: read it again.")


def _told(tour: Tour, row: log.Row) -> bool:
    """The customer has it, now that it is approved: on their phone, in the messenger, or in Slack."""
    if tour.at == len(STEPS) - 1 and row.is_good and not row.to_hub and _answered(row):
        tour.answer = _on_the_phone(row) or _in_the_messenger(row) or _in_slack(tour, row)
    return tour.answer is not None


def _on_the_phone(row: log.Row) -> Answer | None:
    if row.platform != "whatsapp" or not row.title.endswith("/messages"):
        return None
    phone = str(_body(row).get("to") or _body(row).get("recipient"))
    (message,) = _answered(row)["messages"]
    return Answer({"pane": "whatsapp", "phone": phone}, f"wa-{drawing.slug(message['id'])}", "on the phone")


def _in_the_messenger(row: log.Row) -> Answer | None:
    if row.platform != "intercom" or not row.title.endswith("/reply"):
        return None
    talk = _answered(row)
    part = talk["conversation_parts"]["conversation_parts"][-1]
    return Answer({"pane": "intercom", "talk": talk["id"]}, f"ic-{part['id']}", "in the messenger")


def _in_slack(tour: Tour, row: log.Row) -> Answer | None:
    """Written to them, or into the thread they began."""
    if not _posted(row) or _answered(row)["channel"] == tour.workspace.triage.id:
        return None
    room, thread = tour.workspace.channels[_answered(row)["channel"]], _body(row).get("thread_ts")
    place = slack.anchor(room.id, _answered(row)["ts"])
    look: Look = {"pane": "slack", "as": room.im_with, "in": room.id, "thread": thread}
    return Answer(look, f"{place}-t" if thread else place, "in Slack")


def _posted(row: log.Row) -> bool:
    return row.is_good and row.title == "POST /api/chat.postMessage"


def _payload(row: log.Row) -> dict[str, Any]:
    """What was sent to the hub, whatever becomes of it: it may still be on its way when it is read here."""
    return _body(row) if row.to_hub else {}


def _body(row: log.Row) -> dict[str, Any]:
    return row.body if isinstance(row.body, dict) else {}


def _answered(row: log.Row) -> dict[str, Any]:
    """Nothing when it was too long to be kept."""
    return row.answer if isinstance(row.answer, dict) else {}


def _text(holder: dict[str, Any], key: str = "text") -> str:
    words = holder.get(key)
    return str(words.get("text")) if isinstance(words, dict) else ""


TRIAGE: Look = {"as": "U0ANA", "in": None, "thread": None, "pane": "slack"}

STEPS = (
    Step(
        "A customer writes",
        "This is a customer's phone, on WhatsApp. Send what is written there, or words of your own.",
        {"pane": "whatsapp", "phone": None},
        _ticket_made,
        press="Send",
    ),
    Step(
        "An agent takes it",
        "You are Ana, who works in Slack. The report has become a card in #feedback-triage: press “Take” on it.",
        TRIAGE,
        _pressed("Take"),
        press="Take",
    ),
    Step(
        "The AI suggests",
        "Press “Run AI triage”. The model, which is played here, is sent the report without personal data.",
        TRIAGE,
        _shown("Accept"),
        press="Run AI triage",
    ),
    Step(
        "A person decides",
        "Accept, edit or reject what the model suggests. The ticket and its page in Notion say what you decide.",
        TRIAGE,
        _decided,
        press="Accept",
    ),
    Step(
        "An engineer fixes it",
        "Now be the engineer: in Notion, move the ticket's page to Done. Drag it, or choose Done on it. "
        "The card in Slack follows.",
        {"pane": "notion"},
        _shown("Write it myself"),
    ),
    Step(
        "An answer is drafted",
        "The card is resolved. Press “Generate with AI”, read exactly what the model will be sent, and confirm.",
        TRIAGE,
        _shown("Approve & send"),
        press="Generate with AI",
    ),
    Step(
        "A person approves it",
        "The draft is in the card's thread. Edit it if you like, press “Approve & send”, read who will be told what, "
        "and send.",
        TRIAGE,
        _approved,
        press="Approve & send",
        in_thread=True,
    ),
    Step("The customer is told", "The answer is on its way to the customer.", {"pane": "whatsapp"}, _told),
)
