"""Figures as a Markdown table, and where it stands in docs/performance.md."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import arrival, clicks, finding, idle, lists, loop, meaning, pii_score, pii_speed, promises
from bench.contender import Block
from bench.figures import median, quotient
from hub.pii import RULES

HEADINGS = [
    "channel",
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


def compose(outcome: arrival.Outcome, *, where: str) -> str:
    lines = [HEADINGS, [":---", "---:", ":---", *["---:"] * 7]]
    for row in outcome.table:
        load = row.load
        lines += [
            [load.channel, str(load.connections), row.server, *_figures(row.hub)],
            ["", "", "reference", *_figures(row.reference)],
            ["", "", "**ratio**", f"**{row.throughput_ratio:.2f}**", *[""] * 5, f"**{row.cpu_ratio:.2f}**"],
        ]
    return "\n".join([*_drawn(lines), "", where, *_circumstances(outcome)])


def _circumstances(outcome: arrival.Outcome) -> list[str]:
    bells = median([block for row in outcome.table for block in row.hub], lambda block: block.redis_cpu)
    return [
        f"Medians of {outcome.rounds} rounds in which the two took turns; {outcome.sent} deliveries to each.",
        f"Not in the table: Redis, which the hub alone uses, took {bells:.2f} CPU ms per delivery.",
    ]


def _figures(blocks: Sequence[Block]) -> list[str]:
    """Medians over the rounds; errors are counted."""
    return [
        f"{median(blocks, lambda block: block.per_second):.0f}",
        f"{median(blocks, lambda block: block.p50):.1f}",
        f"{median(blocks, lambda block: block.p99):.1f}",
        str(sum(block.errors for block in blocks)),
        f"{median(blocks, lambda block: block.server_cpu):.2f}",
        f"{median(blocks, lambda block: block.database_cpu):.2f}",
        f"{median(blocks, lambda block: block.cpu):.2f}",
    ]


def _drawn(rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in rows]


def compose_promises(outcome: promises.Outcome, *, where: str) -> str:
    figures: list[Callable[[promises.Block], float]] = [
        lambda block: block.p50,
        lambda block: block.p99,
        lambda block: block.per_second,
        lambda block: block.worker_cpu,
        lambda block: block.database_cpu,
        lambda block: block.redis_cpu,
        lambda block: block.cpu,
    ]
    ratios = {2, 6}
    rows = [
        [
            "",
            "p50 ms",
            "p99 ms",
            "jobs/s",
            *(f"CPU ms, {of}" for of in ("worker", "PostgreSQL", "Redis", "first two")),
        ],
        [":---", *["---:"] * len(figures)],
    ]
    for name, blocks in {"worker": outcome.worker, "arq alone": outcome.bare}.items():
        rows.append([name, *(f"{median(blocks, figure):.{_digits(place)}f}" for place, figure in enumerate(figures))])
    compared = [
        f"**{quotient(outcome.worker, outcome.bare, figure):.2f}**" if place in ratios else ""
        for place, figure in enumerate(figures)
    ]
    plan = outcome.plan
    rounds = (
        f"Medians of {plan.rounds} rounds in which the two took turns: {plan.alone} promises that each met a worker"
        f" at rest, then {plan.many} at once."
    )
    return "\n".join([*_drawn([*rows, ["**ratio**", *compared]]), "", where, rounds])


def _digits(place: int) -> int:
    """Whole jobs a second, tenths of latencies, hundredths of CPU time."""
    return 1 if place < 2 else 0 if place == 2 else 2


def compose_clicks(outcome: clicks.Outcome, *, where: str) -> str:
    rows = [
        ["", "at", "p50 ms", "p99 ms", "errors", "CPU ms, server", "CPU ms, PostgreSQL"],
        [":---", ":---", *["---:"] * 5],
    ]
    for row in outcome.table:
        for place, (name, blocks) in enumerate(row.blocks.items()):
            _, p50, p99, errors, server, database, _ = _figures(blocks)
            rows.append(["" if place else row.name, name, p50, p99, errors, server, database])
        few, many, bare = row.blocks.values()
        for what, others in (("many ÷ few", few), ("many ÷ bare", bare)):
            p50, p99 = (f"**{quotient(many, others, of):.2f}**" for of in (lambda b: b.p50, lambda b: b.p99))
            rows.append(["", f"**{what}**", p50, p99, "", "", ""])
    plan = outcome.plan
    paced = f"{plan.count} clicks in each, {plan.per_second} a second"
    rounds = f"Medians of {plan.rounds} rounds in which all took turns; {paced}."
    return "\n".join([*_drawn(rows), "", where, rounds])


def compose_idle(outcome: idle.Outcome, *, where: str) -> str:
    rows = [
        ["", "PSS MB", "RSS MB", "processes", "seconds to `/up`", "CPU seconds until then"],
        [":---", *["---:"] * 5],
    ]
    for name, seen in outcome.table.items():
        figures = [median(seen, lambda one: one.pss), median(seen, lambda one: one.rss)]
        times = [median(seen, lambda one: one.up), median(seen, lambda one: one.cpu)]
        processes = str(seen[0].processes)
        if name == idle.TOGETHER:
            cells = [f"**{name}**", f"**{figures[0]:.0f}**", f"{figures[1]:.0f}", processes, "", f"{times[1]:.1f}"]
        else:
            cells = [name, *(f"{figure:.0f}" for figure in figures), processes, *(f"{one:.1f}" for one in times)]
        rows.append(cells)
    rounds = f"Medians of {outcome.plan.rounds} starts, after {outcome.plan.idle:.0f} seconds in which nothing came."
    return "\n".join([*_drawn(rows), "", where, rounds])


def compose_loop(outcome: loop.Outcome, *, where: str) -> str:
    channels = list(loop.PEOPLE)
    rows = [
        ["milliseconds", *(cell for channel in channels for cell in (channel, "of it the platform"))],
        [":---", *["---:"] * (2 * len(channels))],
    ]
    for name, by_channel in outcome.steps.items():
        cells = [_step(by_channel[channel], name) for channel in channels]
        rows.append([name, *(cell for pair in cells for cell in pair)])
    total = [_step(_rounds(outcome, channel), "") for channel in channels]
    rows.append(["**all**", *(f"**{cell}**" for pair in total for cell in pair)])
    return "\n".join([*_drawn(rows), "", where, f"Medians of {outcome.plan.rounds} rounds of each channel in turn."])


def _step(steps: Sequence[loop.Step], name: str) -> tuple[str, str]:
    outside = median(steps, lambda step: step.outside)
    return f"{median(steps, lambda step: step.whole):.0f}", f"{outside:.0f}" if outside or not name else ""


def _rounds(outcome: loop.Outcome, channel: str) -> list[loop.Step]:
    """All steps of each round together."""
    rounds = zip(*(by_channel[channel] for by_channel in outcome.steps.values()), strict=True)
    return [loop.Step(sum(one.whole for one in each), sum(one.outside for one in each)) for each in rounds]


def compose_lists(rows: Sequence[lists.Row], *, where: str) -> str:
    sizes = sorted(rows[0].milliseconds)
    table = [
        ["milliseconds, with", *(f"{size:,} tickets" for size in sizes), "growth"],
        [":---", *["---:"] * (len(sizes) + 1)],
    ]
    table += [
        [row.name, *(f"{row.milliseconds[size]:.1f}" for size in sizes), f"**{row.growth:.2f}**"] for row in rows
    ]
    return "\n".join([*_drawn(table), "", where])


def compose_finding(rows: Sequence[finding.Row], *, where: str) -> str:
    sizes = sorted(rows[0].median)
    table = [
        ["milliseconds, with", *(f"{size:,} tickets, {what}" for size in sizes for what in ("p50", "p95")), "growth"],
        [":---", *["---:"] * (2 * len(sizes) + 1)],
    ]
    for row in rows:
        figures = [f"{of[size]:.1f}" for size in sizes for of in (row.median, row.p95)]
        table.append([row.name, *figures, f"**{row.median[sizes[-1]] / row.median[sizes[0]]:.2f}**"])
    return "\n".join([*_drawn(table), "", where])


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
    return "\n".join([*_drawn(table), "", where])


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
    drawn = ("\n".join(_drawn(part)) for part in (quality, shapes))
    said = ", ".join(f"{speed:,.0f} {which}" for which, speed in speeds.items())
    return "\n\n".join([*drawn, f"Short texts a second on one core (CPU time): {said}. Rules {RULES}. {where}"])


def write(page: Path, name: str, measured: str) -> None:
    """Replace what stands between the page's markers."""
    marked = re.compile(rf"(<!-- bench: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    after, replaced = marked.subn(lambda found: f"{found[1]}{measured}\n{found[2]}", page.read_text())
    if replaced != 1:
        raise ValueError(f"{page.name} has {replaced} places for the table.")
    page.write_text(after)
