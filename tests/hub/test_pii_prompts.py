"""Every prompt that is made can be scrubbed again, and nothing more is found: what a model is sent is what was scrubbed."""

from enum import StrEnum

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub import pii
from hub.pii import Known, Scrubbed, ScrubbingFailed

KNOWN = Known(name="Mark Rose", email="mark@acme.example", phone="+34 612 345 678", company="Acme Robotics S.L.")
PIECES = [
    "my password:", "password is", "the token", "call me at", "IBAN", "card", "your code is", "bob at", "gmail.com", "Title:",
    "bob@x.com", "+34 612 345 678", "4111 1111 1111 1111", "hunter2", "ES91 2100 0418 4502 0005 1332", "10.1.2.3", "\n", "612",
    "Mark", "Rose", "acme", "J.", "sk_live_", "a1B2c3D4e5F6g7H8", "report-", "https://u:", "p4ss@", "h.example", "-----BEGIN PRIVATE KEY-----",
    "[EMAIL_1]", "[SECRET_", "1]", "@", "(at)", "(dot)", "com", "\u200b", "１２３", "ext.", "=", ":", '"', "seed phrase:",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=7).flatmap(
    lambda parts: st.sampled_from([" ", "", "\n"]).map(lambda sign: sign.join(parts))
)


class Language(StrEnum):
    ENGLISH = "en"


def prompts(title: str, text: str) -> list[pii.Scrubbed]:
    one, two = pii.scrub_together([title, text], known=KNOWN)
    return [
        *(pii.fill(name, title=one, text=two, language=Language.ENGLISH) for name in ("triage", "changelog")),
        pii.fill("group", reports=[one, two], language=Language.ENGLISH),
        pii.fill("suggestions", reports=[one, two]),
    ]


@settings(max_examples=75)
@given(TEXTS, TEXTS)
@example("my password:", "hunter2")
@example("password is", "\nTr0ub4dor&3")
@example("-----BEGIN PRIVATE KEY-----", "MIIE")
def test_nothing_is_left_to_scrub_in_any_prompt(title: str, text: str) -> None:
    for prompt in prompts(title, text):
        again = pii.scrub(prompt.text, known=KNOWN)
        assert (again.text, again.redactions) == (prompt.text, ())


@pytest.mark.parametrize("name", ["triage", "changelog", "group", "suggestions"])
def test_instructions_are_left_alone(name: str) -> None:
    rules = pii.fill(name, "instructions", language=Language.ENGLISH)
    assert pii.scrub(rules.text, known=KNOWN).text == rules.text


async def test_what_is_sent_is_looked_at_once_more():
    await pii.check([pii.scrub("I am rita@example.com"), pii.fill("triage", "instructions")])
    smuggled = Scrubbed(pii._MAKER, "I am rita@example.com", ())
    with pytest.raises(ScrubbingFailed, match="nothing was sent"):
        await pii.check([smuggled])


async def test_what_a_model_should_not_know_is_counted_in_its_answer():
    known = Known(name="Zelda Fitz", agents=("Ana Lima",))
    said = 'Zelda wrote from z@example.com; Ana Lima knows. "[EMAIL_1]" stays what it is.'
    assert await pii.leaks(said, known=known) == {"NAME": 2, "EMAIL": 1}
    assert await pii.leaks("It stops at 100 rows, says [NAME_1].", known=known) == {}
