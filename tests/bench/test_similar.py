"""The bench of similar tickets: reports are read a line each, answered by the product's own code, and judged."""

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from bench import classify, finding, lines, similar, table
from bench.lines import BadLine, Line
from hub.similarity import candidates
from sandbox.embedded import Servers
from tests.build import World

REPORTS = [
    {"id": 7, "title": "Login loop", "text": "I sign in and get sent back to the login page", "query": True},
    {"id": "b", "text": "Inicio sesión y me regresa a la pantalla de entrar, en bucle"},
    {"id": "c", "title": None, "text": "", "query": True},
    {"id": "d", "title": "Dark mode please"},
    {"id": "e", "title": "NUL \x00 and half \ud800 of a pair", "text": "odd"},
]


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """The bench sends logs elsewhere, for its whole process."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def written(reports: list[dict]) -> list[str]:
    return [json.dumps(report) for report in reports]


async def test_reports_are_answered_with_ids_best_first_and_never_with_themselves(world: World):
    given = lines.read(written(REPORTS))
    ids = await similar.load(world.db, given)
    assert sorted(map(str, ids.values())) == ["7", "b", "c", "d", "e"]
    assert await similar.ask(world.db, ids, given[:3], candidates) == [["b"], [7], []]


def test_missing_title_and_text_are_none_and_empty_and_blank_lines_are_passed_over():
    assert lines.read(['{"id": 1}', "", " "]) == [Line(1, None, "")]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "There is nothing to read"),
        (['{"id": 1}', '{"id": 2'], "Line 2 is not JSON"),
        (["[1]"], "Line 1 is no object"),
        (['{"title": "x"}'], 'Line 1: "id" should be a word or a whole number, and is missing'),
        (['{"id": true}'], 'Line 1: "id" should be a word or a whole number, and is true'),
        (['{"id": 1, "text": 3}'], 'Line 1: "text" should be text, and is 3'),
        (['{"id": 1, "query": "yes"}'], 'Line 1: "query" should be true or false, and is "yes"'),
        (['{"id": 1}', '{"id": 1}'], "Line 2: the id 1 is that of line 1 already"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(words: list[str], says: str):
    with pytest.raises(BadLine, match=says):
        lines.read(words)


def test_a_program_ends_with_the_sentence_and_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for main in (lambda: similar.main([]), classify.main):
        monkeypatch.setattr("sys.stdin", io.StringIO("nonsense\n"))
        assert main() == 2
        out, err = capsys.readouterr()
        assert (out, err.startswith("Line 1 is not JSON")) == ("", True)


def test_types_and_priorities_are_those_a_report_would_get(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    given = [
        {"id": 1, "title": "App crashes", "text": ""},
        {"id": "x", "text": "¿Cómo exporto mis datos? No hay prisa"},
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(written(given))))
    assert classify.main() == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {"id": 1, "type": "bug", "priority": 2}
    assert (second["id"], second["type"]) == ("x", "question")


def test_answers_are_held_against_labels():
    members = [Line(n, None, "", problem=problem) for n, problem in enumerate(["a", "a", "a", "b", "a/1"])]
    found = similar.score("", members, [[1, 3], [0, 2], [4], [], [0]], [[1], [], [], [], [0]])
    assert (found.recall, found.told, found.precision, found.told_recall) == (3 / 6, 2, 0.5, 1 / 6)


def test_both_halves_of_the_labelled_reports_have_many_problems_and_near_misses():
    for file in similar.LABELLED.values():
        given = lines.read((similar.HERE / file).read_text().splitlines())
        halves = similar.halves(given)
        problems = [{line.problem.partition("/")[0] for line in half} for half in halves.values()]
        assert all(len(some) >= 20 for some in problems)
        assert not problems[0] & problems[1]


async def test_searches_are_timed_at_every_size(embedded: Servers):
    rows = await finding.measure(embedded, (30, 60), say=lambda _: None, asked=3)
    assert [row.name for row in rows] == list(finding.FINDS)
    drawn = table.compose_finding(rows, where="here")
    assert (
        "| milliseconds, with | 30 tickets, p50 | 30 tickets, p95 | 60 tickets, p50 | 60 tickets, p95 | growth |"
        in drawn
    )
