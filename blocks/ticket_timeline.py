"""The tab of a ticket's window that tells, in a person's words, what has happened to it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from blocks import ai, badges, kit
from blocks.kit import Json
from hub.detailing import Happened, Timeline
from storage.enums import EventType, NotificationPurpose, NotificationStatus, Priority, TicketStatus, TicketType

Facts = Mapping[str, Any]
FIELDS = {"title": "title", "ticket_type": "type", "priority": "priority", "tags": "tags"}
PURPOSES: dict[str, str] = {
    NotificationPurpose.RESOLUTION: "the answer",
    NotificationPurpose.ACKNOWLEDGEMENT: "the acknowledgement",
    NotificationPurpose.REPLY: "the reply",
}
_NAME = 120
_SENTENCE = 600


def tab(shown: Timeline) -> Iterator[Json]:
    if not shown.events:
        yield kit.sentence("Nothing more has happened.")
    for event in shown.events:
        yield kit.rich(kit.line(kit.moment(event.at), kit.words(f"  {sentence(event)}", limit=_SENTENCE)))


def sentence(event: Happened) -> str:
    """Who did what; an event of a later version is told by its name."""
    who = kit.cut(event.who, _NAME)
    if event.event == EventType.ASSIGNED:
        return f"{who} {_assigned(event, who)}"
    if event.event in ARRIVED:
        message = _message(event.facts)
        return f"{message[0].upper()}{message[1:]} {ARRIVED[event.event]}."
    told = TOLD.get(event.event)
    return f"{who} {told(event.facts) if told else 'recorded: ' + event.event.replace('_', ' ')}."


ARRIVED: dict[str, str] = {
    EventType.NOTIFICATION_DELIVERED: "was delivered",
    EventType.NOTIFICATION_READ: "was read",
}
"""What nobody here did."""


def _assigned(event: Happened, who: str) -> str:
    if event.to is None:
        return "gave the ticket back: nobody has it now."
    to = kit.cut(event.to, _NAME)
    return "took the ticket." if to == who else f"assigned the ticket to {to}."


def _always(words: str) -> Callable[[Facts], str]:
    return lambda _facts: words


def _fields(facts: Facts) -> str:
    changed = [FIELDS.get(name, name) for name in facts.get("fields", [])]
    return f"changed the {' and the '.join(changed) or 'ticket'}"


def _status(facts: Facts) -> str:
    pretended = " (pretended, in development)" if facts.get("simulated") else ""
    return f"moved it from {_state(facts.get('was'))} to {_state(facts.get('now'))}{pretended}"


def _state(word: object) -> str:
    return badges.word(badges.status(str(word))) if word in set(TicketStatus) else str(word)


def _suggestion(facts: Facts) -> str:
    by = f" with {facts['model']}" if facts.get("model") else ""
    return f"got a suggestion from the AI{by}: {_kind(facts)}"


def _kind(facts: Facts) -> str:
    ticket_type, priority = facts.get("type"), facts.get("priority")
    kind = badges.word(badges.ticket_type(str(ticket_type))) if ticket_type in set(TicketType) else str(ticket_type)
    urgency = badges.word(badges.priority(int(str(priority)))) if priority in set(Priority) else str(priority)
    return f"{kind}, {urgency}"


def _modified(facts: Facts) -> str:
    suggested, confirmed = _kind(facts.get("suggested") or {}), _kind(facts.get("confirmed") or {})
    if suggested == confirmed:
        return f"accepted the AI's suggestion ({confirmed}) with another title"
    return f"accepted the AI's suggestion changed: {confirmed} instead of {suggested}"


def _asked(what: str) -> Callable[[Facts], str]:
    return lambda facts: f"asked {facts.get('model') or 'the AI'} {what}"


def _drafted(facts: Facts) -> str:
    by = f" with {facts['model']}" if facts.get("model") else " by hand"
    return f"wrote a draft for the reporter{by}"


def _redacted(facts: Facts) -> str:
    return f"hid what is personal before a text left: {ai.counted(facts.get('counts') or {}) or 'nothing'}"


def _flagged(facts: Facts) -> str:
    return f"found what looks personal in the model's answer: {ai.counted(facts.get('counts') or {})}"


def _created(facts: Facts) -> str:
    channel = facts.get("channel")
    return f"opened the ticket, from {badges.word(badges.channel(str(channel)))}" if channel else "opened the ticket"


def _synced(facts: Facts) -> str:
    return "made its page in Notion" if facts.get("created") else "brought its page in Notion up to date"


def _delivery(words: str) -> Callable[[Facts], str]:
    return lambda facts: words.format(_message(facts))


def _message(facts: Facts) -> str:
    name = PURPOSES.get(str(facts.get("purpose")), "the message")
    return f"{name} by {badges.word(badges.channel(str(facts.get('channel') or 'another way')))}"


def _failed(facts: Facts) -> str:
    again = facts.get("status") == NotificationStatus.FAILED
    return f"could not deliver {_message(facts)}; {'it will be tried again' if again else 'it was given up'}"


def _erased(facts: Facts) -> str:
    """The receipt: how many rows of each went."""
    counts = facts.get("receipt") or {}
    went = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items() if number)
    return f"had the reporter erased, with what they said{f': {went}' if went else ''}"


TOLD: dict[str, Callable[[Facts], str]] = {
    EventType.CREATED: _created,
    EventType.COMMENTED: _always("wrote a comment"),
    EventType.MESSAGE_EDITED: _always("changed a message"),
    EventType.MESSAGE_DELETED: _always("deleted a message"),
    EventType.TRIAGE_REQUESTED: _asked("to triage the ticket"),
    EventType.AI_TRIAGED: _suggestion,
    EventType.AI_TRIAGE_FAILED: _always("got no suggestion: AI triage failed"),
    EventType.SUGGESTION_ACCEPTED: lambda facts: (
        f"accepted the AI's suggestion: {_kind(facts.get('confirmed') or {})}"
    ),
    EventType.SUGGESTION_MODIFIED: _modified,
    EventType.SUGGESTION_REJECTED: _always("rejected the AI's suggestion"),
    EventType.SYNCED_TO_NOTION: _synced,
    EventType.NOTION_PAGE_TRASHED: _always("says its page was put in the trash"),
    EventType.STATUS_CHANGED: _status,
    EventType.FIELDS_CHANGED: _fields,
    EventType.CHANGELOG_REQUESTED: _asked("to write a draft for the reporter"),
    EventType.CHANGELOG_DRAFTED: _drafted,
    EventType.CHANGELOG_FAILED: _always("got no draft: the AI failed"),
    EventType.CHANGELOG_EDITED: _always("edited the draft"),
    EventType.CHANGELOG_APPROVED: _always("approved the text for the reporter"),
    EventType.REPLY_SENT: _always("wrote to the reporter"),
    EventType.NOTIFICATION_SENT: _delivery("sent {}"),
    EventType.NOTIFICATION_FAILED: _failed,
    EventType.NOTIFICATION_RETRIED: _delivery("had {} sent once more"),
    EventType.NOTIFICATION_UNSURE: _delivery("got no answer: {} may have arrived"),
    EventType.TICKET_GROUPED: _always("put the ticket in a group"),
    EventType.TICKET_UNGROUPED: _always("took the ticket out of its group"),
    EventType.GROUP_RESOLVED: _always("resolved its group"),
    EventType.PII_REDACTED: _redacted,
    EventType.AI_ANSWER_FLAGGED: _flagged,
    EventType.REPORTER_MERGED: _always("merged the reporter with another person"),
    EventType.REPORTER_SEPARATED: _always("undid a merge of the reporter"),
    EventType.REPORTER_ERASED: _erased,
}
