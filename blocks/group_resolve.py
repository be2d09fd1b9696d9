"""How a group is resolved: whom to tell, with which words, read once more before they leave."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from blocks import ai, badges, changelog, kit, passages
from blocks.kit import Json
from hub.changelog import LONGEST
from hub.grouping import NAME_LENGTH
from hub.resolution import NOTE_LENGTH, Notify

PLAN = "group.plan"
HOW = "group.how"
WHOM = "group.whom"
CHANNEL = "group.channel"
NOTE = "group.note"
GENERATE = "group.generate"
MODEL = "group.model"
WRITE = "group.write"
TEXT = "group.text"
SEND = "group.send"
AGREE = "group.agree"

AI, HAND, GATHERED = "ai", "hand", "gathered"
_DOUBTFUL = 20
_NAMES_PAGES, _NAMES_WEIGHT = 6, 20_000
_PAGES, _WEIGHT = 40, 120_000
_PRIMARY = (
    "The primary ticket stands for the group: it was chosen when the group was created, else it is the first one "
    "reported."
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One that would leave, or the `refusal` why it does not. `kind` is how it travels."""

    number: int
    recipient: str
    channel: str
    kind: str
    text: str
    language: str | None
    """What its reader wrote in."""
    refusal: str | None
    restored_at: datetime | None
    """When the database was, if their report is older: they may have been told, unknown to us."""


def plan(
    *,
    group_id: UUID,
    name: str,
    primary: int,
    languages: Mapping[str, int],
    models_off: str | None,
    has_approved: bool,
    channels: Sequence[str],
    behind: Json,
) -> Json:
    """`primary` is a ticket's number, `channels` where its reporter has an account, `languages` those of the reports.

    The metadata is JSON: `group_id`.
    """
    ways = (
        [] if models_off else [kit.option("Have the AI write a text", AI, description="You read it before it leaves")]
    )
    ways.append(kit.option("Write it myself", HAND))
    if has_approved:
        ways.append(kit.option("Gather the texts approved for its tickets", GATHERED))
    return kit.modal(
        "Resolve group",
        [
            kit.sentence(
                f"Every ticket of “{kit.cut(name, NAME_LENGTH)}” is resolved. You read what leaves before it does."
            ),
            *_in_languages("Its reporters", languages),
            *([kit.context(f"🤖 {models_off}")] if models_off else []),
            kit.entry("The text", kit.radio(HOW, ways)),
            kit.entry("Who is told", kit.radio(WHOM, _whom(primary)), hint=_PRIMARY),
            *_channel(channels),
            kit.entry(
                "Note for colleagues",
                kit.text_input(NOTE, multiline=True, longest=NOTE_LENGTH),
                optional=True,
                hint="Kept with the group and said on the pages in Notion; no customer reads it.",
            ),
        ],
        callback_id=PLAN,
        submit="Next",
        close="Cancel",
        private_metadata=json.dumps(behind | {"group_id": str(group_id)}, ensure_ascii=False),
    )


def preview(
    *,
    kept: Mapping[str, Any],
    reports: int,
    prompt: str,
    redactions: Sequence[tuple[str, str, str]],
    models: Sequence[str],
    model: str,
) -> Json:
    """Exactly what a model would be sent; `kept` goes on in the metadata."""
    said = (
        f"A text for the reporters of {reports} tickets. Below is what the model will be sent; nothing has left yet."
    )
    options, chosen = changelog.offered(models, model)
    return kit.modal(
        "Resolve group",
        [
            kit.sentence(said),
            kit.entry("Model", kit.select(MODEL, options, chosen=chosen))
            if options
            else kit.sentence(changelog.NONE_OFFERED),
            *changelog.redacted(redactions),
            *changelog.exactly("The prompt, exactly as it will be sent", kit.preformatted, prompt),
        ],
        callback_id=GENERATE,
        submit="Generate" if options else None,
        close="Cancel",
        private_metadata=json.dumps(kept, ensure_ascii=False),
    )


def write(
    *, kept: Mapping[str, Any], content: str, leaks: Mapping[str, int] | None = None, claims: Sequence[str] = ()
) -> Json:
    """The words, before it is shown whom they reach; `leaks` and `claims` are what to look at in those of a model."""
    return kit.modal(
        "Resolve group",
        [
            kit.sentence("What the reporters will be told. Nothing is sent before you have seen it whole."),
            *ai.flagged(leaks or {}, claims),
            _text("Text", content, hint=_HINT),
        ],
        callback_id=WRITE,
        submit="Preview",
        close="Cancel",
        private_metadata=json.dumps(kept, ensure_ascii=False),
    )


def confirmation(
    *, kept: Mapping[str, Any], letters: Sequence[Letter], content: str, shown: str, second: int
) -> Json:
    """The last question: whom it reaches and the exact words. `second`: above so many a second agent has to agree.

    The metadata is JSON: what was `kept`, and `shown`, the hash of what is confirmed.
    """
    count = len(_sent(letters))
    change = _text("Change it", content, hint="What you change is shown once more before it is sent.")
    return kit.modal(
        "Resolve group",
        [*_what_leaves(letters), kit.divider(), change],
        callback_id=SEND,
        submit="Ask a second agent" if 0 < second < count else _submit(count),
        close="Cancel",
        private_metadata=json.dumps({**kept, "shown": shown}, ensure_ascii=False),
    )


def agreement(*, kept: Mapping[str, Any], letters: Sequence[Letter], shown: str) -> Json:
    """The same question to the second agent, who sends it as it is or not at all."""
    return kit.modal(
        "Resolve group",
        _what_leaves(letters),
        callback_id=AGREE,
        submit=_submit(len(_sent(letters))),
        close="Cancel",
        private_metadata=json.dumps({**kept, "shown": shown}, ensure_ascii=False),
    )


_HINT = "Keep the three headings with their colons and asterisks; each channel shows them in bold."


def _whom(primary: int) -> list[Json]:
    return [
        kit.option(
            f"Only the reporter of #{primary}, the primary ticket",
            Notify.PRIMARY,
            description="One message, on that ticket's channel; the other reporters hear nothing",
        ),
        kit.option(
            "The reporter of every ticket, once each",
            Notify.EVERYONE,
            description="On the channel each of them wrote on; not those told already",
        ),
    ]


def _in_languages(who: str, languages: Mapping[str, int]) -> Iterator[Json]:
    """One text cannot be in all of them: better known before it is sent."""
    if len(languages) > 1:
        named = " and ".join(f"{badges.LANGUAGE.get(each, each)} ({number})" for each, number in languages.items())
        yield kit.sentence(f"🌐 {who} write in {named}; the text goes to each of them in the one language it is in.")


def _channel(channels: Sequence[str]) -> Iterator[Json]:
    if len(channels) < 2:
        return
    options = [kit.option(badges.channel(each), each) for each in channels]
    yield kit.entry(
        "The primary reporter's channel",
        kit.select(CHANNEL, options, chosen=channels[0]),
        optional=True,
        hint="Only where one message leaves; everybody is told where they wrote.",
    )


def _text(label: str, initial: str, *, hint: str) -> Json:
    """The same block in both windows: what is being typed stays when one takes the other's place."""
    return kit.entry(label, kit.text_input(TEXT, initial=initial, multiline=True, longest=LONGEST), hint=hint)


def _what_leaves(letters: Sequence[Letter]) -> Iterator[Json]:
    yield kit.sentence(_summary(len(_sent(letters))))
    yield from _restored([letter for letter in _sent(letters) if letter.restored_at is not None])
    languages = Counter(letter.language for letter in _sent(letters) if letter.language)
    yield from _in_languages("Those who are told", dict(languages.most_common()))
    yield from _people(letters)
    yield kit.divider()
    yield from _texts(_sent(letters))


def _restored(doubtful: Sequence[Letter]) -> Iterator[Json]:
    at = max((letter.restored_at for letter in doubtful if letter.restored_at), default=None)
    if at is None:
        return
    doubt = "One of them may have been told already." if len(doubtful) == 1 else "They may have been told already."
    what = _numbers([letter.number for letter in doubtful])
    yield changelog.restored(at, doubt, what, "take that ticket out of the group")


def _numbers(numbers: Sequence[int]) -> str:
    said = ", ".join(f"#{number}" for number in numbers[:_DOUBTFUL])
    more = f" and {len(numbers) - _DOUBTFUL} more" if len(numbers) > _DOUBTFUL else ""
    return f"{said}{more} {'was' if len(numbers) == 1 else 'were'}"


def _sent(letters: Sequence[Letter]) -> list[Letter]:
    return [letter for letter in letters if letter.refusal is None]


def _summary(count: int) -> str:
    if not count:
        return "Nobody will be told: the group's tickets are resolved, and no message leaves."
    return f"{'1 message leaves' if count == 1 else f'{count} messages leave'}, and every ticket is resolved."


def _submit(count: int) -> str:
    return "Resolve" if not count else "Send" if count == 1 else f"Send {count}"


def _people(letters: Sequence[Letter]) -> Iterator[Json]:
    """Everybody concerned, a line each."""
    lines = "\n".join(_person(letter) for letter in letters)
    shown, left = kit.pages(lines or kit.BLANK, most=_NAMES_PAGES, weight=_NAMES_WEIGHT)
    yield passages.label("Who is told")
    yield from (kit.rich(kit.line(kit.words(page))) for page in shown)
    if left:
        yield kit.context("More people belong here than fit; all of them are told.")


def _person(letter: Letter) -> str:
    who = f"#{letter.number} {kit.cut(letter.recipient, 100)}"
    if letter.refusal is not None:
        return f"✋ {who}: not told. {kit.cut(letter.refusal, 300)}"
    how = changelog.KINDS.get(letter.kind, letter.kind).partition(". ")[0].rstrip(".")
    return f"📨 {who} · {badges.word(badges.channel(letter.channel))}. {how}."


def _texts(sent: Sequence[Letter]) -> Iterator[Json]:
    """Each wording once, with the channels that send it so."""
    wordings: dict[str, list[str]] = {}
    for letter in sent:
        channels = wordings.setdefault(letter.text, [])
        name = badges.word(badges.channel(letter.channel))
        if name not in channels:
            channels.append(name)
    for text, channels in wordings.items():
        label = f"Exactly this text will be sent by {' and '.join(channels)}"
        yield passages.label(label)
        yield from passages.whole(
            text,
            most=_PAGES // len(wordings),
            weight=_WEIGHT // len(wordings),
            shape=passages.read,
            missing=passages.ALL_COUNTS,
        )
