"""Dead letters: a section of App Home, the answer to /dead-letters, a letter in a window, failing on purpose."""

from collections.abc import Iterator, Sequence

from blocks import badges, kit, pages, passages, search
from blocks.kit import Json, Message
from hub.mending import Forced, LetterDetails, LetterLine, LetterList, UnreadDelivery
from hub.recovery import LONGEST_REASON, PACE_SECONDS
from hub.viewing import Choice
from hub.work import KINDS

DETAILS = "dead_letter.details"
RESOLVE = "dead_letter.resolve"
REASON = "dead_letter.reason"
RETRY = "dead_letter.retry"
RETRY_ALL = "dead_letter.retry_all"
READ_AGAIN = "delivery.read_again"
READ_ALL = "delivery.read_all"
KIND = "force_fail.kind"
FAIL = "force_fail.fail"
TAKE_BACK = "force_fail.take_back"

_CLASS, _TITLE, _NAME, _ERROR = 40, 80, 60, 300
_PAGES, _WEIGHT = 20, 60_000
_FORCED = 30


def section(found: LetterList, choice: Choice, *, is_development: bool) -> Iterator[Json]:
    yield kit.context("🪦 Work that used up its attempts, or could never succeed. What is unresolved comes first.")
    yield from _rows(found.lines, "Nothing is broken: there are no dead letters.")
    yield from _retry_all(found.lines)
    yield from pages.turn(choice, found.next_cursor)
    yield from _deliveries(found)
    if is_development:
        yield from _force_fail(found.forced)


def answer(found: LetterList, asked: str) -> Message:
    """What /dead-letters says, to who asked alone."""
    said = f"Dead letters for “{asked}”" if asked else "Unresolved dead letters"
    more = " or more; App Home has the rest" if found.next_cursor else ""
    summary = f"{said}: {len(found.lines)}{more}"
    return kit.message(
        kit.inert("\n".join([f"{summary}.", *(_spoken(line) for line in found.lines)])),
        [kit.context(f"🪦 {summary}"), *_rows(found.lines, "There is none.")],
    )


def usage(examples: Sequence[str]) -> str:
    listed = "\n".join(f"• `{f'/dead-letters {example}'.strip()}`" for example in examples)
    return (
        "Lists work that came to nothing, to look into, resolve or run again. For example:\n"
        f"{listed}\nKinds of work: {', '.join(sorted(KINDS))}."
    )


def window(shown: LetterDetails) -> Json:
    return kit.modal("Dead letter", _whole(shown), close="Close")


def resolve_form(letter: LetterLine) -> Json:
    reason = kit.text_input(
        REASON, longest=LONGEST_REASON, placeholder="Mended by hand; a duplicate; no longer needed"
    )
    return kit.modal(
        "Resolve",
        [
            kit.sentence(f"{_subject(letter)}\nIt is marked as dealt with; nothing is run again."),
            kit.entry("Why does nothing have to be done?", reason),
        ],
        callback_id=RESOLVE,
        submit="Resolve",
        close="Cancel",
        private_metadata=str(letter.id),
    )


def ids_of(value: str) -> list[str]:
    """What the button for all that are shown carries."""
    return value.split(",")


def retried(started: int, refusals: Sequence[str]) -> str:
    """What became of a click on that button."""
    paced = f"{started} letters are run again, {PACE_SECONDS:g} seconds apart."
    said = ["1 letter is run again." if started == 1 else paced]
    if refusals:
        said.append(f"{len(refusals)} could not be: {refusals[0]}")
    return " ".join(said)


def read_again(number: int, *, more: bool = False) -> str:
    """`more`: there are others, which are not."""
    if not number:
        return "Nothing is waiting: every delivery has been read."
    rest = " There are more; press it once more when these are done." if more else ""
    deliveries = "delivery is" if number == 1 else "deliveries are"
    return f"{number} {deliveries} read again; what stays unreadable comes back.{rest}"


def _rows(lines: Sequence[LetterLine], nothing: str) -> Iterator[Json]:
    if not lines:
        yield kit.sentence(nothing)
    for line in lines:
        yield kit.rich(kit.line(kit.words(_subject(line), bold=True), kit.words(_trouble(line))))
        yield kit.actions(_details(line), *_acts(line))


def _trouble(line: LetterLine) -> str:
    facts = [_state(line), f"queue {line.queue}", _tries(line.attempts), kit.time_of(line.failed_at)]
    return "\n".join(["", f"{kit.cut(line.error_class, _NAME)}: {kit.cut(line.error, _ERROR)}", " · ".join(facts)])


def _subject(line: LetterLine) -> str:
    if line.ticket is None:
        return line.job_class
    return f"{line.job_class} · ticket #{line.ticket.number} {kit.cut(line.ticket.title, _TITLE)}"


def _state(line: LetterLine) -> str:
    return "✅ Resolved" if line.is_resolved else "❌ Unresolved"


def _tries(attempts: int) -> str:
    return f"{attempts} {'attempt' if attempts == 1 else 'attempts'}"


def _spoken(line: LetterLine) -> str:
    return f"{_subject(line)}: {kit.cut(line.error, _ERROR)} {badges.word(_state(line))}."


def _details(line: LetterLine) -> Json:
    label = f"Details of the dead letter {kit.cut(line.job_class, _CLASS)}"
    return kit.button("Details", DETAILS, str(line.id), accessibility_label=label)


def _acts(line: LetterLine) -> Iterator[Json]:
    if not line.is_resolved:
        yield _retry(line)
        label = f"Resolve the dead letter {kit.cut(line.job_class, _CLASS)}"
        yield kit.button("Resolve", RESOLVE, str(line.id), accessibility_label=label)
    if line.ticket is not None:
        yield search.open_button(line.ticket.id, line.ticket.number, label="Open ticket")


def _retry(line: LetterLine) -> Json:
    asked = kit.confirmation(
        "Run it again?",
        "The same work is done anew, with all its attempts. A message that was given up is sent to its reporter.",
        confirm="Run again",
    )
    label = f"Run {kit.cut(line.job_class, _CLASS)} again"
    return kit.button("Retry", RETRY, str(line.id), confirm=asked, accessibility_label=label)


def _retry_all(lines: Sequence[LetterLine]) -> Iterator[Json]:
    waiting = [line for line in lines if not line.is_resolved]
    if len(waiting) < 2:
        return
    asked = kit.confirmation(
        f"Run these {len(waiting)} again?",
        f"One starts every {PACE_SECONDS:g} seconds. Messages that were given up are sent to their reporters.",
        confirm="Run all again",
    )
    value = ",".join(str(line.id) for line in waiting)
    yield kit.actions(kit.button(f"Retry all {len(waiting)} shown", RETRY_ALL, value, confirm=asked))


def _whole(shown: LetterDetails) -> Iterator[Json]:
    line = shown.line
    yield kit.header(line.job_class)
    yield kit.fields(
        [
            ("State", _state(line)),
            ("Attempts", str(line.attempts)),
            ("Queue", line.queue),
            ("Failed", kit.time_of(line.failed_at)),
        ]
    )
    yield kit.sentence(f"{line.error_class}: {line.error}")
    yield from _ending(shown)
    if acts := list(_acts(line)):
        yield kit.actions(*acts)
    yield from _exactly(f"Arguments of {kit.cut(shown.job_key, kit.HEADER)}", shown.arguments)
    yield from _exactly("Where it failed", shown.backtrace or "No backtrace was kept: nothing of it ran.")


def _ending(shown: LetterDetails) -> Iterator[Json]:
    if shown.resolved_at is None:
        return
    by = kit.cut(shown.resolved_by or "somebody", _NAME)
    yield kit.sentence(f"✅ Resolved by {by}, {kit.time_of(shown.resolved_at)}: {shown.resolution or kit.BLANK}")


def _exactly(label: str, text: str) -> Iterator[Json]:
    yield passages.label(label)
    yield from passages.whole(text, most=_PAGES, weight=_WEIGHT, shape=kit.preformatted)


def _deliveries(found: LetterList) -> Iterator[Json]:
    if not found.unread:
        return
    yield kit.header("Deliveries nobody could read")
    for one in found.unread:
        yield kit.sentence(_delivery(one), accessory=_read(one))
    if found.more_unread:
        yield kit.context("There are older ones too; reading all again takes them with it.")
    asked = kit.confirmation(
        "Read all again?",
        "Every delivery that could not be read is read anew. Nothing comes in twice.",
        confirm="Read",
    )
    yield kit.actions(kit.button("Read all again", READ_ALL, "unreadable", confirm=asked))


def _delivery(one: UnreadDelivery) -> str:
    return f"{badges.channel(one.platform)}, {kit.time_of(one.received_at)}\n{kit.cut(one.error, _ERROR)}"


def _read(one: UnreadDelivery) -> Json:
    label = f"Read again what {kit.cut(badges.word(badges.channel(one.platform)), 40)} sent"
    return kit.button("Read again", READ_AGAIN, str(one.id), accessibility_label=label)


def _force_fail(forced: Sequence[Forced]) -> Iterator[Json]:
    """A new id whenever one was made to fail: under an id it knows Slack keeps what was chosen last."""
    kinds = kit.select(KIND, [kit.option(name, name) for name in sorted(KINDS)], placeholder="A kind of work")
    mark = kit.mark([(one.kind, one.at.isoformat()) for one in forced])
    yield kit.header("Fail on purpose")
    yield kit.entry(
        "The next run of this fails, once (development only)", kinds, optional=True, block_id=f"{KIND}:{mark}"
    )
    yield kit.actions(kit.button("Make it fail", FAIL, "once"))
    for one in forced[:_FORCED]:
        yield kit.sentence(_to_fail(one), accessory=_take_back(one))


def _to_fail(one: Forced) -> str:
    return f"💣 The next {one.kind} fails, said {kit.cut(one.by, _NAME)}, {kit.time_of(one.at)}"


def _take_back(one: Forced) -> Json:
    label = f"Let {kit.cut(one.kind, _CLASS)} be"
    return kit.button("Take back", TAKE_BACK, kit.cut(one.kind, kit.LABEL), accessibility_label=label)
