"""The card of a ticket in the triage channel: everything an agent needs, and what they can press."""

from collections.abc import Iterator, Sequence

from blocks import badges, changelog, kit, notifications, search, ticket_assign, triage
from blocks.kit import Json, Message
from hub.showing import Attached, Grouped, Said, Similar, TicketCard
from storage.enums import AttachmentStatus, NotificationPurpose, TicketStatus
from storage.notifications import NOT_TOLD

TAKE = "ticket.take"
STATUS = "ticket.status"
REOPEN = "ticket.reopen"
GROUP = "ticket.group"

_TEXT = 600
_COMMENT = 300
_COMMENTS = 3
_ATTACHMENTS = 5
_NAME = 120
_ERROR = 300
_TAGS = 200
_SIMILAR, _SHARED = 3, 6
_SPOKEN_TEXT, _SPOKEN_PIECE = 1000, 160
_ROW = "ticket:"
RUNNING = "⏳ AI triage is running…"
DRAFTING = "⏳ The AI is writing a draft for the reporter…"
DRAFTED = "📝 A draft for the reporter waits in this card's thread."


def card(card: TicketCard, *, models_off: str | None) -> Message:
    """`models_off` is the sentence why there is no model; it then stands where its buttons would be."""
    return kit.message(_spoken(card), _blocks(card, models_off))


def ticket_of(block_id: str) -> str:
    """The id of the ticket whose status select stands in this row: unlike a button, a select carries no value."""
    return block_id.removeprefix(_ROW).partition(":")[0]


def _blocks(card: TicketCard, models_off: str | None) -> Iterator[Json]:
    yield kit.header(_name(card))
    yield state(card)
    yield people(card)
    yield from report(card)
    yield from _comments(card)
    yield from attachments(card.attachments)
    yield from similar(card)
    yield from triage.suggestion(card)
    yield from triaging(card, models_off)
    yield from notion(card)
    yield from _draft(card)
    yield from notifications.told(card.told)
    yield _buttons(card, models_off)
    if card.status == TicketStatus.RESOLVED:
        yield from closing_buttons(card, models_off)


def _name(card: TicketCard) -> str:
    return f"#{card.number} {card.title}"


def state(card: TicketCard) -> Json:
    return kit.fields(
        [
            ("Status", badges.status(card.status)),
            ("Priority", badges.priority(card.priority)),
            ("Type", badges.ticket_type(card.ticket_type)),
            ("Channel", badges.channel(card.channel)),
        ]
    )


def people(card: TicketCard) -> Json:
    elements = [
        kit.words("Reporter: ", bold=True),
        kit.words(f"{kit.cut(card.reporter, _NAME)}, "),
        kit.moment(card.reported_at),
        kit.words("\nTaken by: ", bold=True),
        kit.words(card.assignee or "nobody yet", limit=_NAME),
    ]
    if card.tags:
        elements += [kit.words("\nTags: ", bold=True), kit.words(", ".join(card.tags), limit=_TAGS)]
    if card.group:
        elements += [kit.words("\nGroup: ", bold=True), kit.words(_group(card.group), limit=_TAGS)]
    if card.source_url and kit.is_address(card.source_url):
        elements += [kit.words("\n"), kit.link(card.source_url, "Open the original message")]
    return kit.rich(kit.line(*elements))


def _group(group: Grouped) -> str:
    state = ", resolved" if group.is_resolved else ""
    return f"🧩 {kit.cut(group.name, _NAME)} ({group.size} tickets{state})"


def similar(card: TicketCard) -> Iterator[Json]:
    """What may be grouped with it; the words both share say why."""
    if not card.similar:
        return
    lines = [kit.line(kit.words(_like(each))) for each in card.similar[:_SIMILAR]]
    yield kit.rich(kit.line(kit.words(f"🔎 {len(card.similar)} similar", bold=True)), kit.listed(lines))


def _like(each: Similar) -> str:
    shared = ", ".join(each.shared[:_SHARED])
    return f"#{each.number} {kit.cut(each.title, 90)}{f' (both: {kit.cut(shared, 120)})' if shared else ''}"


def report(card: TicketCard) -> Iterator[Json]:
    if card.was_deleted_by_author:
        yield kit.context("🗑️ The reporter has deleted the original message.")
    yield kit.quote(card.description, _TEXT)
    if len(card.description) > _TEXT:
        shown = len(kit.cut(card.description, _TEXT)) - len("…")
        yield kit.context(f"{len(card.description) - shown:,} more characters are not shown here.")


def _comments(card: TicketCard) -> Iterator[Json]:
    newest = card.comments[-_COMMENTS:]
    if not newest:
        return
    count = f"💬 {card.comment_count} {'comment' if card.comment_count == 1 else 'comments'}"
    yield kit.context(f"{count}, the newest {len(newest)}:" if card.comment_count > len(newest) else f"{count}:")
    for comment in newest:
        yield _comment(comment)


def _comment(comment: Said) -> Json:
    who = [kit.words(f"{kit.cut(comment.author, _NAME)} ", bold=True), kit.moment(comment.sent_at)]
    if comment.is_deleted:
        return kit.rich(kit.line(*who, kit.words(" (deleted by its author)")))
    said = comment.text if comment.text.strip() else kit.BLANK
    return kit.rich(kit.line(*who), kit.quoted(kit.words(said, limit=_COMMENT)))


def attachments(files: Sequence[Attached], *, most: int = _ATTACHMENTS) -> Iterator[Json]:
    if not files:
        return
    lines = [kit.line(kit.words(_attachment(each))) for each in files[:most]]
    yield kit.rich(kit.line(kit.words(f"📎 Attachments ({len(files)})", bold=True)), kit.listed(lines))
    if len(files) > most:
        yield kit.context(f"{len(files) - most} more attachments are not shown.")


def _attachment(file: Attached) -> str:
    facts = [kit.cut(file.content_type, kit.LABEL), *([] if file.size is None else [_size(file.size)])]
    return f"{kit.cut(file.name, _NAME)} ({', '.join(facts)}): {_kept(file)}"


def _kept(file: Attached) -> str:
    if file.status == AttachmentStatus.STORED:
        return "kept"
    if file.status == AttachmentStatus.REFUSED:
        return kit.cut(f"not kept. {file.error or ''}".rstrip(), _ERROR)
    return "being fetched"


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    kilobytes = size / 1000
    return f"{kilobytes:.0f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"


def triaging(card: TicketCard, models_off: str | None) -> Iterator[Json]:
    if card.is_triaging:
        yield kit.context(_with(RUNNING, card.triage_error))
    elif card.triage_error:
        yield kit.context(_with("⚠️ AI triage failed.", card.triage_error))
    if models_off:
        yield kit.context(f"🤖 {kit.cut(models_off, _ERROR)}")


def notion(card: TicketCard) -> Iterator[Json]:
    elements = []
    if card.notion_url:
        elements.append(kit.link(card.notion_url, "Open in Notion"))
    if card.notion_status:
        elements.append(kit.words(f"{' · ' if elements else ''}{kit.cut(card.notion_status, kit.LABEL)}"))
    if card.notion_trashed:
        elements.append(kit.words(f"{' · ' if elements else ''}🗑️ its page is in Notion's trash"))
    if elements:
        yield kit.rich(kit.line(kit.words("Notion: ", bold=True), *elements))
    if card.notion_error:
        yield kit.context(_with("⚠️ Not up to date in Notion.", card.notion_error))


def _draft(card: TicketCard) -> Iterator[Json]:
    if card.is_drafting:
        yield kit.context(_with(DRAFTING, card.draft_error))
        return
    if card.draft_error:
        yield kit.context(_with("⚠️ No draft was written.", card.draft_error))
    if card.draft and not card.draft.is_approved:
        yield kit.context(DRAFTED)


def _with(sentence: str, error: str | None) -> str:
    return f"{sentence} {kit.cut(error, _ERROR)}" if error else sentence


def _buttons(card: TicketCard, models_off: str | None) -> Json:
    """The row's id changes with the status: under an id it knows, Slack keeps showing what was chosen last.

    docs.slack.dev, "Blocks": use a new block_id when a message is updated.
    """
    value = str(card.id)
    take = kit.button("Take", TAKE, value, accessibility_label=f"Take ticket #{card.number}")
    run = kit.button("Run AI triage", triage.RUN, value)
    is_open = card.status != TicketStatus.RESOLVED
    states = [kit.option(badges.status(each), each) for each in TicketStatus]
    status = kit.select(STATUS, states, chosen=card.status, placeholder="Status")
    more = kit.button("More", search.OPEN, value, accessibility_label=f"More of ticket #{card.number}")
    assign = kit.button(
        "Assign…", ticket_assign.ASSIGN, value, accessibility_label=f"Assign ticket #{card.number} to somebody"
    )
    return kit.actions(
        *([take] if is_open and not card.assignee else []),
        assign,
        *([run] if is_open and not (models_off or card.is_triaging) else []),
        status,
        group_button(card),
        more,
        block_id=row_of(card),
    )


def group_button(card: TicketCard) -> Json:
    said = f"Open the group of ticket #{card.number}" if card.group else f"Group ticket #{card.number} with others"
    return kit.button("Group" if card.group else "Group…", GROUP, str(card.id), accessibility_label=said)


def row_of(card: TicketCard) -> str:
    """The id of the row with the status select."""
    return f"{_ROW}{card.id}:{card.status}"


def closing_buttons(card: TicketCard, models_off: str | None) -> Iterator[Json]:
    value = str(card.id)
    buttons = []
    if _may_be_told(card):
        if not models_off:
            buttons.append(kit.button("Generate with AI", changelog.GENERATE, value, style="primary"))
        buttons.append(kit.button("Write it myself", changelog.WRITE, value))
    if card.comment_count:
        buttons.append(kit.button("Reopen", REOPEN, value, accessibility_label=f"Reopen ticket #{card.number}"))
    if buttons:
        yield kit.actions(*buttons)


def _may_be_told(card: TicketCard) -> bool:
    """Nobody is writing to the reporter, and no message has reached them or still may."""
    if card.is_drafting or card.draft:
        return False
    return not any(
        each.purpose == NotificationPurpose.RESOLUTION and each.status not in NOT_TOLD and not each.is_past
        for each in card.told
    )


def _spoken(card: TicketCard) -> str:
    """The card in words; every piece has its own limit, so that a long report cannot push out what follows."""
    pieces = [
        f"{kit.inert(_name(card), _SPOKEN_PIECE)}.",
        f"{badges.word(badges.status(card.status))},",
        f"{badges.word(badges.priority(card.priority))} priority,",
        f"{badges.word(badges.ticket_type(card.ticket_type))}.",
        f"From {kit.inert(card.reporter, _SPOKEN_PIECE)}",
        f"by {kit.inert(badges.word(badges.channel(card.channel)), _SPOKEN_PIECE)},",
        f"{kit.time_of(card.reported_at)}.",
        f"Taken by {kit.inert(card.assignee or 'nobody yet', _SPOKEN_PIECE)}.\n",
        f"{kit.inert(card.description, _SPOKEN_TEXT)}\n",
        *(f"{kit.inert(each, _SPOKEN_PIECE)}.\n" for each in _news(card)),
    ]
    return " ".join(pieces).strip()


def _news(card: TicketCard) -> Iterator[str]:
    if card.comment_count:
        yield f"Comments: {card.comment_count}"
    if card.is_triaging:
        yield "AI triage is running"
    elif card.triage_error:
        yield f"AI triage failed: {card.triage_error}"
    if card.suggestion:
        yield triage.spoken(card.suggestion)
    if card.is_drafting:
        yield "The AI is writing a draft for the reporter"
    elif card.draft and not card.draft.is_approved:
        yield "A draft for the reporter waits in this card's thread"
    for message in notifications.chosen(card.told):
        yield notifications.spoken(message)
