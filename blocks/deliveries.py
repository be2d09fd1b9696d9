"""What reporters were told, and what of it arrived: a section of App Home, and one message in a window."""

from collections.abc import Iterator
from datetime import datetime

from blocks import badges, kit, notifications, pages, passages, search
from blocks.kit import Json
from hub.listing import TicketLine
from hub.notifying import RETRIES
from hub.reviewing import NotificationLine, NotificationList, NotificationWindow
from hub.showing import Draft
from hub.viewing import Choice
from storage.enums import NotificationPurpose, NotificationStatus

DETAILS = "notification.details"
STATUS = "notifications.status"
CHANNEL = "notifications.channel"

_TITLE, _NAME, _ERROR = 100, 60, 500
_PAGES, _WEIGHT = 20, 90_000
_ARRIVED = {NotificationStatus.SENT, NotificationStatus.DELIVERED, NotificationStatus.READ}
_NEXT_STEP = {
    NotificationStatus.FAILED: "It is tried again by itself; nothing needs to be done.",
    NotificationStatus.PERMANENTLY_FAILED: "Retry once the cause is gone, or reach them another way and say so.",
    NotificationStatus.CHANNEL_RESTRICTED: "Reach them another way and say so, or retry once the channel allows it.",
}


def section(found: NotificationList, choice: Choice) -> Iterator[Json]:
    yield _filters(choice)
    if not found.lines:
        yield kit.sentence(
            "No message fits these filters." if choice.filters else "Nobody has been told anything yet."
        )
    for line in found.lines:
        yield kit.sentence(_line(line), accessory=_details(line))
    yield from pages.turn(choice, found.next_cursor)


def window(shown: NotificationWindow) -> Json:
    return kit.modal("Message", _blocks(shown), close="Close")


def _filters(choice: Choice) -> Json:
    """A new id whenever something else is chosen: under an id it knows Slack keeps what was chosen last."""
    states = [kit.option(_state(each), each) for each in NotificationStatus]
    channels = [kit.option(badges.channel(each), each) for each in badges.CHANNEL]
    clear = [kit.button("Clear filters", search.CLEAR, "all")] if choice.filters else []
    return kit.actions(
        kit.select(STATUS, states, chosen=choice.filters.get("status"), anything="Any status"),
        kit.select(CHANNEL, channels, chosen=choice.filters.get("channel"), anything="Any channel"),
        *clear,
        block_id=f"notifications.filters:{kit.mark(choice.filters)}",
    )


def _state(status: str) -> str:
    """The state alone, without what to do about it."""
    return badges.delivery(status).partition(",")[0]


def _details(line: NotificationLine) -> Json:
    label = f"Details of the message to {kit.cut(line.recipient, 20)}, ticket #{line.number}"
    return kit.button("Details", DETAILS, str(line.id), accessibility_label=label)


def _line(line: NotificationLine) -> str:
    facts = [_status(line), badges.channel(line.channel), *_retried(line)]
    rows = [
        f"{_subject(line)} · #{line.number} {kit.cut(line.title, _TITLE)}",
        " · ".join(facts),
        *([f"⚠️ {kit.cut(line.error, _ERROR)}"] if line.error and line.status not in _ARRIVED else []),
        kit.time_of(line.created_at),
    ]
    return "\n".join(rows)


def _subject(line: NotificationLine) -> str:
    what = "Acknowledgement to" if line.purpose == NotificationPurpose.ACKNOWLEDGEMENT else "To"
    return f"{what} {kit.cut(line.recipient, _NAME)}"


def _status(line: NotificationLine) -> str:
    return "❔ probably sent, not confirmed" if line.is_unsure else _state(line.status)


def _retried(line: NotificationLine) -> list[str]:
    times = line.retry_count
    return [f"tried again {times} {'time' if times == 1 else 'times'}"] if times else []


def _blocks(shown: NotificationWindow) -> Iterator[Json]:
    line = shown.line
    yield kit.header(_subject(line))
    yield kit.fields(
        [
            ("Status", _status(line)),
            ("Channel", badges.channel(line.channel)),
            ("Retries", f"{line.retry_count} of {RETRIES}"),
            ("How", _how(shown.kind)),
        ]
    )
    yield _receipts(shown)
    yield from _trouble(shown)
    yield from _ways(shown)
    yield kit.divider()
    yield from _text("As it was sent" if shown.sent_at else "As it would be sent now", shown.text, passages.read)
    yield kit.divider()
    yield kit.sentence(_ticket(shown.ticket), accessory=search.open_button(shown.ticket.id, shown.ticket.number))
    yield from search.related(shown.related)
    if shown.entry:
        yield from _entry(shown.entry)


def _how(kind: str | None) -> str:
    """Kinds are our own words."""
    return notifications.KINDS.get(kind, kind) if kind else "not sent yet"


def _receipts(shown: NotificationWindow) -> Json:
    times = (
        ("Created", shown.line.created_at),
        ("Sent", shown.sent_at),
        ("Delivered", shown.delivered_at),
        ("Read", shown.read_at),
    )
    account = (kit.words("Account: ", bold=True), kit.words(f"{shown.account}\n", limit=kit.HEADER))
    return kit.rich(kit.line(*account, *(element for name, at in times for element in _time(name, at))))


def _time(name: str, at: datetime | None) -> Iterator[Json]:
    yield kit.words(f"{name}: ", bold=True)
    yield kit.moment(at) if at else kit.words(f"{kit.BLANK} ")
    yield kit.words("\n")


def _trouble(shown: NotificationWindow) -> Iterator[Json]:
    line = shown.line
    if line.error:
        code = f" (code {kit.cut(shown.error_code, kit.LABEL)})" if shown.error_code else ""
        sign = "Last error, before it was sent" if line.status in _ARRIVED else "⚠️ Last error"
        yield kit.sentence(f"{sign}: {kit.cut(line.error, _ERROR)}{code}")
    if step := _next_step(shown):
        yield kit.context(f"👉 {step}")


def _next_step(shown: NotificationWindow) -> str | None:
    if shown.line.is_unsure:
        return "Say on the ticket's card whether it arrived."
    return shown.stays or _NEXT_STEP.get(NotificationStatus(shown.line.status))


def _ways(shown: NotificationWindow) -> Iterator[Json]:
    if shown.may_tell:
        line = shown.line
        yield kit.actions(*notifications.ways(str(line.id), may_retry=shown.may_retry, recipient=line.recipient))


def _text(label: str, text: str, shape: passages.Shape) -> Iterator[Json]:
    yield passages.label(label)
    yield from passages.whole(text, most=_PAGES, weight=_WEIGHT, shape=shape, missing=passages.ALL_COUNTS)


def _ticket(ticket: TicketLine) -> str:
    facts = f"{badges.status(ticket.status)} · {badges.priority(ticket.priority)}"
    return (
        f"Ticket #{ticket.number} {kit.cut(ticket.title, _TITLE)}\n{facts} · from {kit.cut(ticket.reporter, _NAME)}"
    )


def _entry(entry: Draft) -> Iterator[Json]:
    yield kit.divider()
    yield from _text("The changelog entry it was made of", entry.content, passages.written)
    written = f"🤖 Written by {kit.cut(entry.model, kit.LABEL)}" if entry.model else "✍️ Written by hand"
    approved = f"approved by {kit.cut(entry.approved_by or 'somebody', _NAME)}" if entry.is_approved else "a draft"
    yield kit.context(f"{written} · {approved}")
