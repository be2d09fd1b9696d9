"""The bench of the scrubber: labelled texts that anybody can make anew, answers to texts of one's own, and the bars."""

import io
import json

import pytest

from bench import pii, pii_lines, pii_score, pii_speed, pii_texts, table
from bench.lines import BadLine
from bench.pii_lines import Line
from bench.pii_score import Figure, Span, Text
from hub import hiding
from hub.pii import Known

MAKERS_LEAST, TEXTS_LEAST = 25, 1_000


def test_labelled_texts_are_those_the_generator_makes():
    made = list(pii_texts.make())
    assert [json.loads(line) for line in pii_score.TEXTS.read_text().splitlines()] == made
    assert len(made) >= TEXTS_LEAST
    assert len({text["id"] for text in made}) == len(made)


def test_keys_in_the_repository_do_not_begin_as_their_makers_keys_do():
    keys = [text for text in pii_score.texts() if text.about == "vendor"]
    raw = pii_score.TEXTS.read_text()
    assert len({key.text[span.start : span.start + 4] for key in keys for span in key.spans}) >= MAKERS_LEAST
    assert not [key.id for key in keys if key.text[key.spans[0].start : key.spans[0].end] in raw]


def test_texts_of_one_sentence_are_in_the_same_half_and_both_halves_have_every_kind():
    halves = pii_score.halves(pii_score.texts())
    sentences = [{text.id.partition(".")[0] for text in half} for half in halves.values()]
    assert not sentences[0] & sentences[1]
    for half in halves.values():
        assert {span.kind for text in half for span in text.spans} >= set(pii_score.KINDS)


@pytest.mark.parametrize("half", pii_score.HALVES)
def test_bars_hold(half: str):
    shares = {figure.name: figure.share for figure in pii_score.figures(pii_score.halves(pii_score.texts())[half])}
    assert shares["**all of these** hidden"] >= 0.98
    assert shares["known person or company hidden"] >= 0.95
    assert shares["hard negatives untouched"] >= 0.95
    assert shares["of these and those, a telephone seen in"] <= 0.03


def test_span_is_hidden_when_no_letter_of_it_is_left():
    text = Text("a.0", "email", "mail <bob@x.com> now", (Span("EMAIL", 5, 16),))
    half = Text("a.1", "name", "I am Bob Smith", (Span("NAME", 5, 14),), Known(name="Bob"))
    assert pii_score.is_hidden(text, text.spans[0])
    assert not pii_score.is_hidden(half, half.spans[0])


def test_texts_are_answered_with_offsets_into_what_was_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    given = [
        {"id": 1, "text": "I\u200b am \x00Ana, ｂob@x.com", "known": {"name": "Ana", "phone": None}},
        {"id": "b", "text": "half of a pair \ud800"},
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(map(json.dumps, given)) + "\n\n"))
    assert pii.main(["scrub"]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["text"] == "I\u200b am \x00[NAME_1], [EMAIL_1]"
    cut = [given[0]["text"][each["start"] : each["end"]].strip("\x00") for each in first["redactions"]]
    assert [(each["kind"], said) for each, said in zip(first["redactions"], cut, strict=True)] == [
        ("NAME", "Ana"),
        ("EMAIL", "ｂob@x.com"),
    ]
    assert second == {"id": "b", "text": given[1]["text"], "redactions": []}


def test_text_that_is_refused_says_so_and_has_no_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hiding, "ROUNDS", 1)
    (answer,) = pii.scrub([Line(1, "bob@x.com")])
    assert (answer["text"], answer["redactions"]) == (None, [])
    assert "nothing was sent" in str(answer["error"])


def test_long_text_is_scrubbed_with_the_deadline_of_the_hub():
    (answer,) = pii.scrub([Line(1, "word " * pii.LONG + "bob@x.com")])
    assert str(answer["text"]).endswith("word [EMAIL_1]")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "There is nothing to read"),
        (['{"id": 1, "text": ""}', '{"id": 2'], "Line 2 is not JSON"),
        (["[1]"], "Line 1 is no object"),
        (['{"text": "x"}'], 'Line 1: "id" should be a word or a whole number, and is missing'),
        (['{"id": 1}'], 'Line 1: "text" should be text, and is missing'),
        (['{"id": 1, "text": 3}'], 'Line 1: "text" should be text, and is 3'),
        (['{"id": 1, "text": "", "known": "Ana"}'], 'Line 1: "known" should have some of name, email'),
        (['{"id": 1, "text": "", "known": {"nick": "A"}}'], 'Line 1: "known" should have some of name, email'),
        (['{"id": 1, "text": "", "known": {"name": 7}}'], 'Line 1: "name" in "known" should be text, and is 7'),
        (['{"id": 1, "text": ""}', "", '{"id": 1, "text": ""}'], "Line 3: the id 1 is that of line 1 already"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(words: list[str], says: str):
    with pytest.raises(BadLine, match=says):
        pii_lines.read(words)


def test_program_ends_with_the_sentence_and_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"id": 1, "text": "fine"}\nnonsense\n'))
    assert pii.main(["scrub"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith("Line 2 is not JSON")) == ("", True)


async def test_every_shape_is_timed_and_drawn():
    rows = await pii_speed.worst(length=2_000)
    assert [row.shape for row in rows] == list(pii_speed.SHAPES)
    assert pii_speed.per_second([Text("a.0", "email", "bob@x.com", ())]) > 0
    halves = {"tuned on": [Figure("e-mail hidden", 2, 0.5)], "kept aside": [Figure("e-mail hidden", 3, 1.0)]}
    drawn = table.compose_scrubbing(halves, {"of these": 5000.0}, rows, where="here")
    assert "| e-mail hidden | 2 | 50.0% | 3 | 100.0% |" in drawn
    assert "5,000 of these. Rules" in drawn
