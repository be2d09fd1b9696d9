"""Figures as a Markdown table, and where it stands in docs/performance.md."""

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import finding, lists, meaning, pii_score, pii_speed
from bench.arrival import Outcome
from bench.contender import Block
from hub.pii import RULES

HEADINGS = [
    "connections",
    "",
    "deliveries/s",
    "p50 ms",
    "p99 ms",
    "errors",
    "CPU ms, server",
    "CPU ms, PostgreSQL",
    "CPU ms, both",
]


def compose(outcome: Outcome, *, where: str) -> str:
    lines = [HEADINGS, ["---:", ":---", *["---:"] * 7]]
    for row in outcome.table:
        lines += [
            [str(row.connections), "intake", *_figures(row.intake)],
            ["", "reference", *_figures(row.reference)],
            ["", "**ratio**", f"**{row.throughput_ratio:.2f}**", *[""] * 5, f"**{row.cpu_ratio:.2f}**"],
        ]
    drawn = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([*drawn, "", where, *_circumstances(outcome)])


def _circumstances(outcome: Outcome) -> list[str]:
    bells = _median([block for row in outcome.table for block in row.intake], lambda block: block.redis_cpu)
    return [
        f"Medians of {outcome.rounds} rounds in which the two took turns; {outcome.sent} deliveries to each.",
        f"Not in the table: Redis, which the intake alone uses, took {bells:.2f} CPU ms per delivery.",
    ]


def _figures(blocks: Sequence[Block]) -> list[str]:
    """Medians over the rounds; errors are counted."""
    return [
        f"{_median(blocks, lambda block: block.per_second):.0f}",
        f"{_median(blocks, lambda block: block.p50):.1f}",
        f"{_median(blocks, lambda block: block.p99):.1f}",
        str(sum(block.errors for block in blocks)),
        f"{_median(blocks, lambda block: block.server_cpu):.2f}",
        f"{_median(blocks, lambda block: block.database_cpu):.2f}",
        f"{_median(blocks, lambda block: block.cpu):.2f}",
    ]


def _median(blocks: Sequence[Block], figure: Callable[[Block], float]) -> float:
    return statistics.median(figure(block) for block in blocks)


def compose_lists(rows: Sequence[lists.Row], *, where: str) -> str:
    sizes = sorted(rows[0].milliseconds)
    table = [
        ["milliseconds, with", *(f"{size:,} tickets" for size in sizes), "growth"],
        [":---", *["---:"] * (len(sizes) + 1)],
    ]
    table += [
        [row.name, *(f"{row.milliseconds[size]:.1f}" for size in sizes), f"**{row.growth:.2f}**"] for row in rows
    ]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in table), "", where])


def compose_finding(rows: Sequence[finding.Row], *, where: str) -> str:
    sizes = sorted(rows[0].median)
    table = [
        ["milliseconds, with", *(f"{size:,} tickets, {what}" for size in sizes for what in ("p50", "p95")), "growth"],
        [":---", *["---:"] * (2 * len(sizes) + 1)],
    ]
    for row in rows:
        figures = [f"{of[size]:.1f}" for size in sizes for of in (row.median, row.p95)]
        table.append([row.name, *figures, f"**{row.median[sizes[-1]] / row.median[sizes[0]]:.2f}**"])
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in table), "", where])


def compose_meaning(row: meaning.Row, *, where: str) -> str:
    sizes = sorted(row.median)
    table = [
        ["the ten nearest, of", *(f"{size:,} vectors" for size in sizes)],
        [":---", *["---:"] * len(sizes)],
        ["p50 ms", *(f"{row.median[size]:.1f}" for size in sizes)],
        ["p95 ms", *(f"{row.p95[size]:.1f}" for size in sizes)],
        ["recall@10 against looking at all", *(f"{row.recall[size]:.3f}" for size in sizes)],
        ["seconds to build the index", *(f"{row.built_seconds[size]:.0f}" for size in sizes)],
    ]
    return "\n".join([*(f"| {' | '.join(cells)} |" for cells in table), "", where])


def compose_scrubbing(
    halves: Mapping[str, Sequence[pii_score.Figure]],
    speeds: Mapping[str, float],
    rows: Sequence[pii_speed.Row],
    *,
    where: str,
) -> str:
    quality = [["", *(f"{half} | share" for half in halves)], [":---", *["---:"] * (2 * len(halves))]]
    quality += [
        [figures[0].name, *(f"{one.number} | {one.share:.1%}" for one in figures)]
        for figures in zip(*halves.values(), strict=True)
    ]
    shapes = [["a megabyte of", "seconds", "outcome", "loop held, ms"], [":---", "---:", ":---", "---:"]]
    for row in rows:
        outcome = "refused" if row.refused else "scrubbed"
        shapes.append([row.shape, f"{row.seconds:.1f}", outcome, f"{row.held_ms:.0f}"])
    drawn = ("\n".join(f"| {' | '.join(cells)} |" for cells in part) for part in (quality, shapes))
    said = ", ".join(f"{speed:,.0f} {which}" for which, speed in speeds.items())
    return "\n\n".join([*drawn, f"Short texts a second on one core (CPU time): {said}. Rules {RULES}. {where}"])


def write(page: Path, name: str, measured: str) -> None:
    """Replace what stands between the page's markers."""
    marked = re.compile(rf"(<!-- bench: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    after, replaced = marked.subn(lambda found: f"{found[1]}{measured}\n{found[2]}", page.read_text())
    if replaced != 1:
        raise ValueError(f"{page.name} has {replaced} places for the table.")
    page.write_text(after)
