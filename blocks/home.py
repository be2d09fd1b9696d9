"""App Home: the backoffice in sections for agents, their own reports for everybody else."""

import re
from collections.abc import Iterator, Sequence

from blocks import badges, changelogs, dead_letters, deliveries, groups, kit, metrics, new_ticket, search, suggestions
from blocks.kit import Json
from hub.connecting import Trouble
from hub.showing import ReportLine
from hub.viewing import Screen

OPEN_REPORT = "report.open"
TICKETS = "home.tickets"
GROUPS = "home.groups"
SUGGESTIONS = "home.suggestions"
CHANGELOGS = "home.changelogs"
NOTIFICATIONS = "home.notifications"
DEAD_LETTERS = "home.dead_letters"
METRICS = "home.metrics"

REPORTS = 40
_TITLE = 120
_TROUBLE = 300
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")


def agent(
    screen: Screen, *, triage_channel: str, models_off: str | None = None, is_development: bool = False
) -> Json:
    """`triage_channel` is a channel's id, or its name, or empty when none is set; `models_off` why there is none."""
    many = search.all_at_once(models_off, groups.new_button()) if screen.choice.section == "tickets" else ()
    foot = [kit.divider(), *many, _where(triage_channel), kit.actions(_report(), _new_ticket())]
    section = _section(screen, is_development=is_development)
    return kit.home([*_troubles(screen.troubles), _sections(screen.choice.section), *section, *foot])


def _troubles(troubles: Sequence[Trouble]) -> Iterator[Json]:
    """First of all: while a connection is down, what one does here does not reach anybody."""
    for trouble in troubles:
        name = badges.CONNECTION.get(trouble.name, trouble.name)
        head = [kit.words(f"⚠️ {name}, since ", bold=True), kit.moment(trouble.since), kit.words(": ", bold=True)]
        yield kit.rich(kit.line(*head, kit.words(trouble.sentence, limit=_TROUBLE)))


def reporter(lines: Sequence[ReportLine]) -> Json:
    return kit.home([kit.header("Your reports"), kit.actions(_report()), *_reports(lines)])


def _sections(now: str) -> Json:
    return kit.actions(
        _marked(kit.button("Tickets", TICKETS, "home"), here=now == "tickets"),
        _marked(kit.button("Groups", GROUPS, "home"), here=now == "groups"),
        _marked(kit.button("Suggestions", SUGGESTIONS, "home"), here=now == "suggestions"),
        _marked(kit.button("Changelogs", CHANGELOGS, "home"), here=now == "changelogs"),
        _marked(kit.button("Notifications", NOTIFICATIONS, "home"), here=now == "notifications"),
        _marked(kit.button("Dead letters", DEAD_LETTERS, "home"), here=now == "dead_letters"),
        _marked(kit.button("Metrics", METRICS, "home"), here=now == "metrics"),
    )


def _marked(tab: Json, *, here: bool) -> Json:
    """The section one is at is said in words too: the style alone is not heard."""
    label = tab["text"]["text"]
    said = f"{label}, shown now" if here else f"Show {label}"
    return tab | {"accessibility_label": said} | ({"style": "primary"} if here else {})


def _section(screen: Screen, *, is_development: bool) -> Iterator[Json]:
    match screen.choice.section:
        case "tickets":
            yield from search.section(screen.content, screen.choice)
        case "groups":
            yield from groups.section(screen.content, screen.choice)
        case "suggestions":
            yield from suggestions.section(screen.content, screen.choice)
        case "changelogs":
            yield from changelogs.section(screen.content, screen.choice)
        case "notifications":
            yield from deliveries.section(screen.content, screen.choice)
        case "dead_letters":
            yield from dead_letters.section(screen.content, screen.choice, is_development=is_development)
        case "metrics":
            yield from metrics.section(screen.content)


def _where(channel: str) -> Json:
    if not channel:
        return kit.sentence("No triage channel is set, so tickets have no cards: set SLACK_TRIAGE_CHANNEL.")
    return kit.rich(kit.line(kit.words("Every ticket has a card in "), _mention(channel), kit.words(".")))


def _mention(channel: str) -> Json:
    if _CHANNEL_ID.fullmatch(channel):
        return {"type": "channel", "channel_id": channel}
    return kit.words("#" + channel.removeprefix("#"), limit=kit.LABEL)


def _report() -> Json:
    return kit.button("Report something", OPEN_REPORT, "home")


def _new_ticket() -> Json:
    return kit.button("New ticket", new_ticket.OPEN, "home")


def _reports(lines: Sequence[ReportLine]) -> Iterator[Json]:
    if not lines:
        yield kit.sentence("You have not reported anything yet.")
    for line in lines[:REPORTS]:
        yield kit.rich(_summary(line))
    if len(lines) > REPORTS:
        yield kit.context(f"{len(lines) - REPORTS} older reports are not shown.")


def _summary(line: ReportLine) -> Json:
    return kit.line(
        kit.words(f"#{line.number} ", bold=True),
        kit.words(line.title, limit=_TITLE),
        kit.words(f"\n{badges.status(line.status)} · reported "),
        kit.moment(line.reported_at),
    )
