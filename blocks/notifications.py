"""What became of the messages owed to a reporter; the unsure ones ask an agent."""

from collections.abc import Iterator, Sequence

from blocks import badges, kit
from blocks.kit import Json
from hub.showing import Told
from storage.enums import NotificationPurpose
from storage.notifications import NOT_TOLD

ARRIVED = "notification.arrived"
SEND_AGAIN = "notification.send_again"
RETRY = "notification.retry"
TOLD = "notification.told"

SHOWN = 8
_ERROR = 300
UNSURE = "❔ probably sent: no answer came back. Did it arrive?"
TO_TELL = "✋ to be told by hand"
KINDS = {
    "session": "in full",
    "template": "as the approved template",
    "reply": "as a reply",
    "direct message": "as a direct message",
    "thread": "in the thread",
    "by hand": "by hand",
}


def told(messages: Sequence[Told], *, among: Sequence[Told] = ()) -> Iterator[Json]:
    """Each message with its state; what needs an answer is always among those shown.

    `among` are all that went to the reporter, where fewer are drawn: one of them may have told them since.
    """
    shown = chosen(messages)
    for message in shown:
        yield kit.rich(kit.line(kit.words(f"{_subject(message)}: ", bold=True), kit.words(_state(message))))
        if message.is_unsure:
            yield _question(message)
        elif _is_owed(message, among or messages):
            yield kit.actions(*ways(str(message.notification_id), may_retry=not message.is_by_hand))
    if len(messages) > len(shown):
        yield kit.context(f"{len(messages) - len(shown)} more messages are not shown.")


def ways(notification_id: str, *, may_retry: bool, recipient: str = "the reporter") -> list[Json]:
    """What an agent can do about a message that was given up, each after a question."""
    return [*([_retry(notification_id, recipient)] if may_retry else []), _told(notification_id, recipient)]


def _retry(notification_id: str, recipient: str) -> Json:
    again = kit.confirmation(
        "Send it now?", f"The message goes to {kit.cut(recipient, kit.LABEL)}, with all its attempts.", confirm="Send"
    )
    return kit.button("Retry", RETRY, notification_id, confirm=again, accessibility_label="Retry this message")


def _told(notification_id: str, recipient: str) -> Json:
    asked = kit.confirmation(
        "Have you told them?",
        f"Nothing is sent. It counts as told, by you: {kit.cut(recipient, kit.LABEL)} will not be told of it again.",
        confirm="I have told them",
    )
    return kit.button(
        "I have told them", TOLD, notification_id, confirm=asked, accessibility_label="I have told them myself"
    )


def spoken(message: Told) -> str:
    """The same for text that is read aloud."""
    state = "probably sent, not confirmed" if message.is_unsure else badges.word(badges.delivery(message.status))
    return f"{_subject(message)}: {state}"


def chosen(messages: Sequence[Told]) -> list[Told]:
    """The unsure ones and then the newest, in the order they came; unsure ones beyond the room wait their turn."""
    ranked = sorted(range(len(messages)), key=lambda at: (not messages[at].is_unsure, -at))
    return [messages[at] for at in sorted(ranked[:SHOWN])]


def _is_owed(message: Told, messages: Sequence[Told]) -> bool:
    """It was given up, and its reporter has not been told by another of them since."""
    if message.status not in NOT_TOLD or message.is_past:
        return False
    if message.purpose != NotificationPurpose.RESOLUTION:
        return False
    others = (each for each in messages if each.purpose == NotificationPurpose.RESOLUTION and not each.is_past)
    return all(each.status in NOT_TOLD for each in others)


_WHAT = {NotificationPurpose.ACKNOWLEDGEMENT: "Acknowledgement", NotificationPurpose.REPLY: "Reply"}


def _subject(message: Told) -> str:
    what = _WHAT.get(NotificationPurpose(message.purpose), "Message")
    how = f", {KINDS.get(message.kind, message.kind)}" if message.kind else ""
    return f"{what} by {badges.word(badges.channel(message.channel))}{how}"


def _state(message: Told) -> str:
    waits = message.is_by_hand and message.status in NOT_TOLD
    said = [UNSURE if message.is_unsure else TO_TELL if waits else badges.delivery(message.status)]
    if message.retry_count:
        said.append(f"tried again {message.retry_count} {'time' if message.retry_count == 1 else 'times'}")
    state = ", ".join(said)
    return f"{state}\n{kit.cut(message.error, _ERROR)}" if message.error else state


def _question(message: Told) -> Json:
    value = str(message.notification_id)
    again = kit.confirmation(
        "Send it again?",
        "If the first one did arrive, the reporter gets the same message twice.",
        confirm="Send again",
        style="danger",
    )
    subject = _subject(message)
    return kit.actions(
        kit.button("It arrived", ARRIVED, value, accessibility_label=f"It arrived: {subject}"),
        kit.button("Send again", SEND_AGAIN, value, confirm=again, accessibility_label=f"Send again: {subject}"),
    )
