"""Groups that are suggested: a section of App Home, and the form that asks for them."""

from collections.abc import Iterator

from blocks import ai, badges, groups, kit, pages
from blocks.kit import Json
from hub.membership import Analysed, Member, Suggested, SuggestionList
from hub.viewing import Choice
from storage.enums import AnalysisStatus

ANALYSE = "suggestions.analyse"
MOST = "suggestions.most"
ORDER = "suggestions.order"
WINDOW = "suggestions.window"
FROM = "suggestions.from"
UNTIL = "suggestions.until"
CREATE = "suggestion.create"
ADD = "suggestion.add"
DISMISS = "suggestion.dismiss"

NEWEST, OLDEST = "newest", "oldest"
NUMBERS = (10, 25, 50, 100, 200)
WINDOWS = {
    "30": "the last 30 minutes",
    "120": "the last 2 hours",
    "1440": "the last 24 hours",
    "10080": "the last 7 days",
}
"""By minutes."""
_NAME, _REASON, _TITLE, _PERSON = 120, 300, 90, 60
_BAR = 20


def section(found: SuggestionList, choice: Choice) -> Iterator[Json]:
    yield kit.actions(
        kit.button("Analyse…", ANALYSE, "home", accessibility_label="Look for tickets that are the same problem")
    )
    if found.analysis:
        yield kit.context(_state(found.analysis))
    if not found.suggestions:
        yield kit.sentence(
            "No suggestion waits for an answer. Analyse looks for tickets that are one problem; a person decides."
        )
    for each in found.suggestions:
        yield kit.divider()
        yield from _suggestion(each)
    yield from pages.turn(choice, found.next_cursor)


def form(*, models_off: str | None) -> Json:
    numbers = [kit.option(f"{number} tickets", str(number)) for number in NUMBERS]
    orders = [kit.option("The newest first", NEWEST), kit.option("The oldest first", OLDEST)]
    windows = [kit.option(said.capitalize(), minutes) for minutes, said in WINDOWS.items()]
    how = (
        f"🤖 {models_off} Words alone decide."
        if models_off
        else "🤖 A model verifies what words find; personal data are hidden from it."
    )
    return kit.modal(
        "Analyse",
        [
            kit.sentence("Looks through tickets that are in no group, for those that are the same problem."),
            kit.context(how),
            kit.entry("How many at most", kit.select(MOST, numbers, chosen="50")),
            kit.entry("Which first", kit.select(ORDER, orders, chosen=NEWEST)),
            kit.entry("Reported in", kit.select(WINDOW, windows, chosen="30")),
            kit.entry("Reported from", kit.moment_input(FROM), optional=True),
            kit.entry(
                "Reported until",
                kit.moment_input(UNTIL),
                optional=True,
                hint="What is given as from or until takes the place of “Reported in”.",
            ),
        ],
        callback_id=ANALYSE,
        submit="Analyse",
        close="Cancel",
    )


def _state(analysis: Analysed) -> str:
    when = kit.time_of(analysis.created_at)
    match analysis.status:
        case AnalysisStatus.RUNNING:
            filled = _BAR * analysis.done // analysis.total if analysis.total else 0
            return f"⏳ Analysing {analysis.done} of {analysis.total}… {'▓' * filled}{'░' * (_BAR - filled)}"
        case AnalysisStatus.FAILED:
            return f"⚠️ The analysis of {when} failed. {kit.cut(analysis.error or '', _REASON)}"
    how = "verified by a model" if analysis.by_model else "by words alone"
    looked = f"{analysis.total} {'ticket' if analysis.total == 1 else 'tickets'}"
    return f"✅ {when}: looked through {looked}, {how}; {analysis.found or 'nothing'} suggested."


def _suggestion(each: Suggested) -> Iterator[Json]:
    yield kit.header(f"🧩 {each.name}")
    yield kit.sentence(kit.cut(each.reason, _REASON))
    yield kit.rich(kit.listed(kit.line(*_member(member)) for member in each.members))
    yield kit.actions(*_acts(each))


def _member(member: Member) -> Iterator[Json]:
    line = member.line
    facts = [badges.channel(line.channel), badges.priority(line.priority), f"from {kit.cut(line.reporter, _PERSON)}"]
    if member.personal:
        facts.append(f"🔒 PII: {', '.join(ai.kind_of(kind) for kind in sorted(member.personal))}")
    yield kit.words(f"#{line.number} {kit.cut(line.title, _TITLE)}", bold=True)
    yield kit.words(f"\n{' · '.join(facts)}")


def _acts(each: Suggested) -> Iterator[Json]:
    value = str(each.id)
    if each.group is None and each.free >= 2:
        label = f"Create a group of {each.free} tickets: {kit.cut(each.name, 30)}"
        yield kit.button("Create group", CREATE, value, style="primary", accessibility_label=label)
    elif each.group and each.free:
        into = kit.cut(each.group[1], 40)
        yield kit.button(f"Add {each.free} to “{into}”", ADD, value, style="primary")
    if each.group:
        yield kit.button("View group", groups.OPEN, str(each.group[0]))
    asked = kit.confirmation(
        "Not the same problem?", "No two of these tickets are suggested together again.", confirm="Dismiss"
    )
    label = f"Dismiss the suggestion {kit.cut(each.name, 40)}"
    yield kit.button("Dismiss", DISMISS, value, confirm=asked, accessibility_label=label)
