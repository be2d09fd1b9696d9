"""What a reporter will be told: the preview of the prompt, the draft, and the question before it is sent."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from blocks import ai, badges, kit, passages
from blocks.kit import Json, Message
from blocks.passages import Shape
from hub.changelog import LONGEST
from hub.showing import Draft

GENERATE = "changelog.generate"
WRITE = "changelog.write"
EDIT = "changelog.edit"
REGENERATE = "changelog.regenerate"
APPROVE = "changelog.approve"
MODEL = "changelog.model"
NONE_OFFERED = "No model is offered: name at least one in OPENAI_MODELS."
CONTENT = "changelog.content"

KINDS = {
    "session": "A WhatsApp message in your own words: they wrote within the last 24 hours. "
    "Should WhatsApp say that this time is over, its approved template is sent with the beginning of the text.",
    "template": "More than 24 hours since their last message: WhatsApp allows only the approved template.",
    "reply": "A reply in the conversation they started.",
    "direct message": "A direct message from this app.",
    "thread": "A reply in the thread they wrote in.",
    "by hand": "Nothing leaves by itself: the text is kept, and somebody has to tell them.",
}
_ORIGINAL, _HOW = 150, 300
_SPOKEN = 2800
_REDACTION_PAGES, _REDACTION_WEIGHT = 20, 40_000
_PAGES, _WEIGHT = 60, 150_000
"""Of the text shown whole; a view may have 100 blocks and 250 kB (docs.slack.dev, "views.open")."""


def loading_modal(title: str) -> Json:
    """Opened at once, because a trigger lives three seconds; the real one takes its place."""
    return kit.modal(title, [kit.sentence("⏳ One moment…")], close="Close")


def preview_modal(
    *,
    ticket_id: UUID,
    number: int,
    prompt: str,
    redactions: Sequence[tuple[str, str, str]],
    models: Sequence[str],
    model: str,
    anew: bool,
    behind: Json,
) -> Json:
    """`redactions` are kind, placeholder, original; `anew` replaces the text of the draft there is.

    The metadata is JSON: `ticket_id`, `anew`, and as in every form here the window `behind` it, if there is one.
    """
    options, chosen = offered(models, model)
    return kit.modal(
        "Generate with AI",
        [
            kit.sentence(_announcement(number, anew=anew)),
            kit.entry("Model", kit.select(MODEL, options, chosen=chosen)) if options else kit.sentence(NONE_OFFERED),
            *redacted(redactions),
            *exactly("The prompt, exactly as it will be sent", kit.preformatted, prompt),
        ],
        callback_id=GENERATE,
        submit="Generate" if options else None,
        close="Cancel",
        private_metadata=json.dumps(behind | {"ticket_id": str(ticket_id), "anew": anew}),
    )


def write_modal(ticket_id: UUID, number: int, template: str, *, behind: Json) -> Json:
    return _content_modal(
        "Write it myself",
        f"What the reporter of #{number} will be told. Nothing is sent before it is approved.",
        template,
        callback_id=WRITE,
        private_metadata=json.dumps(behind | {"ticket_id": str(ticket_id)}),
    )


def edit_modal(draft: Draft, *, behind: Json) -> Json:
    return _content_modal(
        "Edit the draft",
        f"What the reporter of #{draft.ticket_number} will be told. Nothing is sent before it is approved.",
        draft.content,
        callback_id=EDIT,
        private_metadata=json.dumps(behind | {"entry_id": str(draft.entry_id)}),
    )


def draft_card(draft: Draft, *, models_off: str | None = None) -> Message:
    """The message in the ticket's thread; without a model the draft cannot be written anew."""
    return kit.message(_spoken(draft), _draft_blocks(draft, models_off))


def confirm_modal(
    *,
    entry_id: UUID,
    number: int,
    recipient: str,
    channel: str,
    kind: str,
    text: str,
    shown: str,
    restored_at: datetime | None,
    behind: Json,
) -> Json:
    """The last question. `kind` is how the message travels, `shown` the hash of what is confirmed.

    `restored_at`: the report is older than the restore of the database then, so its reporter may have been told.
    The metadata is JSON: `entry_id` and `shown`.
    """
    return kit.modal(
        "Approve & send",
        [
            *([_restored(restored_at)] if restored_at else []),
            destination(number, recipient, channel, kind),
            kit.divider(),
            *exactly("Exactly this text will be sent", passages.read, text),
        ],
        callback_id=APPROVE,
        submit="Approve" if kind == "by hand" else "Send",
        close="Back",
        private_metadata=json.dumps(behind | {"entry_id": str(entry_id), "shown": shown}),
    )


def _announcement(number: int, *, anew: bool) -> str:
    said = f"A draft for the reporter of #{number}. Below is what the model will be sent; nothing has left yet."
    return f"{said} The text of the present draft will be replaced." if anew else said


def offered(models: Sequence[str], model: str) -> tuple[list[Json], str]:
    """A choice of models, and which is chosen at first; no choice where no name fits an option."""
    names = [each for each in dict.fromkeys(models or [model]) if 0 < len(each) <= kit.OPTION_VALUE]
    return [kit.option(each, each) for each in names], model if model in names else next(iter(names), "")


def redacted(redactions: Sequence[tuple[str, str, str]]) -> Iterator[Json]:
    if not redactions:
        yield kit.context("🔒 Nothing personal was found, so nothing was redacted.")
        return
    yield passages.label(f"🔒 Redacted before it is sent ({len(redactions)})")
    lines = [_redaction(*each) for each in redactions]
    shown, left = kit.pages("\n".join(lines), most=_REDACTION_PAGES, weight=_REDACTION_WEIGHT)
    yield from (kit.rich(kit.line(kit.words(page))) for page in shown)
    if left:
        yield kit.context("There are more redactions than fit here; all of them are made.")


def _redaction(kind: str, placeholder: str, original: str) -> str:
    return f"{ai.kind_of(kind)}: {placeholder} stands for {kit.cut(' '.join(original.split()), _ORIGINAL)}"


def exactly(label: str, shape: Shape, text: str) -> Iterator[Json]:
    yield passages.label(label)
    yield from passages.whole(text, most=_PAGES, weight=_WEIGHT, shape=shape, missing=passages.ALL_COUNTS)


def _content_modal(title: str, said: str, content: str, *, callback_id: str, private_metadata: str) -> Json:
    element = kit.text_input(CONTENT, initial=content, multiline=True, longest=LONGEST)
    hint = "Keep the three headings with their colons and asterisks; each channel shows them in bold."
    return kit.modal(
        title,
        [kit.sentence(said), kit.entry("Text", element, hint=hint)],
        callback_id=callback_id,
        submit="Save draft",
        close="Cancel",
        private_metadata=private_metadata,
    )


def _draft_blocks(draft: Draft, models_off: str | None) -> Iterator[Json]:
    yield kit.header(_heading(draft))
    shown, _ = kit.pages(draft.content if draft.content.strip() else kit.BLANK, most=_PAGES, weight=_WEIGHT)
    yield from (passages.written(page) for page in shown)
    yield kit.context(_origin(draft))
    yield from ai.flagged(draft.leaks, () if draft.is_approved else draft.claims)
    if draft.is_approved:
        yield kit.rich(kit.line(*_approval(draft)))
        return
    if draft.unfit:
        yield kit.sentence(f"⚠️ {_unfit(draft)}")
    if models_off:
        yield kit.context(f"🤖 {models_off}")
    yield _draft_buttons(draft, models_off)


def _heading(draft: Draft) -> str:
    return f"{'Approved text' if draft.is_approved else 'Draft'} for the reporter of #{draft.ticket_number}"


def _origin(draft: Draft) -> str:
    if draft.model is None:
        return "✍️ Written by hand"
    tokens = "" if draft.tokens is None else f", {draft.tokens:,} tokens"
    return f"🤖 Written by {kit.cut(draft.model, kit.LABEL)}{tokens}"


def _approval(draft: Draft) -> Iterator[Json]:
    yield kit.words("✅ Approved by ")
    yield kit.words(draft.approved_by or "somebody", bold=True, limit=kit.LABEL)
    if draft.approved_at:
        yield kit.words(", ")
        yield kit.moment(draft.approved_at)


def _unfit(draft: Draft) -> str:
    return f"It cannot be approved like this. {draft.unfit}"


def _draft_buttons(draft: Draft, models_off: str | None) -> Json:
    value = str(draft.entry_id)
    anew = kit.confirmation(
        "Write it anew?", "What the model writes replaces this text.", confirm="Regenerate", style="danger"
    )
    regenerate = kit.button("Regenerate", REGENERATE, value, confirm=anew)
    return kit.actions(
        kit.button("Edit", EDIT, value, accessibility_label=f"Edit the draft for #{draft.ticket_number}"),
        *([] if models_off else [regenerate]),
        *([] if draft.unfit else [kit.button("Approve & send", APPROVE, value, style="primary")]),
    )


def _spoken(draft: Draft) -> str:
    said = [f"{_heading(draft)}. {kit.inert(badges.word(_origin(draft)), kit.HEADER)}."]
    if draft.is_approved:
        said.append(f"Approved by {kit.inert(draft.approved_by or 'somebody', kit.HEADER)}.")
    elif draft.unfit:
        said.append(kit.inert(_unfit(draft), kit.SECTION))
    return "\n".join([" ".join(said), kit.inert(draft.content, _SPOKEN)])


def _restored(at: datetime) -> Json:
    return restored(at, "They may have been told already.", "This was", "do not send this one")


def restored(at: datetime, doubt: str, what: str, step: str) -> Json:
    """Why somebody may be told a second time: `what` says of which reports ("This was"), `step` what to do then."""
    return kit.rich(
        kit.line(
            kit.words(f"⚠️ {doubt} ", bold=True),
            kit.words("The database was restored from a backup on "),
            kit.moment(at),
            kit.words(
                f". {what} reported before that, and an answer that was sent after the backup was made is not "
                f"known here. Look into the conversation first: if the answer is there, {step}."
            ),
        )
    )


def destination(number: int, recipient: str, channel: str, kind: str) -> Json:
    """What is about to leave where, before the text itself."""
    return kit.rich(
        kit.line(
            kit.words("Ticket: ", bold=True),
            kit.words(f"#{number}"),
            kit.words("\nTo: ", bold=True),
            kit.words(recipient, limit=kit.HEADER),
            kit.words("\nChannel: ", bold=True),
            kit.words(badges.channel(channel), limit=kit.HEADER),
            kit.words("\nHow: ", bold=True),
            kit.words(KINDS.get(kind, kind), limit=_HOW),
        )
    )
