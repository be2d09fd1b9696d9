"""App Home: how many tickets there are for agents, their own reports for everybody else."""

import re
from collections.abc import Iterator, Sequence

from blocks import badges, kit
from blocks.kit import Json
from hub.showing import Counts, ReportLine
from storage.enums import TicketStatus

OPEN_REPORT = "report.open"

REPORTS = 40
_TITLE = 120
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{2,}")


def agent(counts: Counts, triage_channel: str) -> Json:
    """`triage_channel` is a channel's id, or its name, or empty when none is set."""
    figures = [(badges.status(status), str(getattr(counts, status))) for status in TicketStatus]
    return kit.home([kit.header("Tickets"), kit.fields(figures), _where(triage_channel), _report()])


def reporter(lines: Sequence[ReportLine]) -> Json:
    return kit.home([kit.header("Your reports"), _report(), *_reports(lines)])


def _where(channel: str) -> Json:
    if not channel:
        return kit.sentence("No triage channel is set, so tickets have no cards: set SLACK_TRIAGE_CHANNEL.")
    return kit.rich(kit.line(kit.words("Every ticket has a card in "), _mention(channel), kit.words(".")))


def _mention(channel: str) -> Json:
    if _CHANNEL_ID.fullmatch(channel):
        return {"type": "channel", "channel_id": channel}
    return kit.words("#" + channel.removeprefix("#"), limit=kit.LABEL)


def _report() -> Json:
    return kit.actions(kit.button("Report something", OPEN_REPORT, "home", style="primary"))


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
