"""Texts made to harm: whatever their shape, the event loop goes on and nothing of them passes unscrubbed."""

import asyncio

import pytest

from hub import hiding, pii, redaction
from hub.detectors.page import Page
from hub.detectors.phones import phones
from hub.pii import Known, ScrubbingFailed

SECRETS = ("bob.smith@example.com", "4111 1111 1111 1111", "+34 612 345 678", "ghp_" + "a1B2" * 9)
KNOWN = Known(
    name="Ana María Pérez-Gómez", email="ana@acme.example", phone="+34 699 345 678", company="Acme Robotics"
)
SHAPES = ["12 ", "1.", "@", "aB3", "password=\"'", "a\u0430", "e\u0301\u0327", "\ufdfa", "\u200b", "token=", "+1234567 ",
          "ES91 2100 ", "a@b.co ", "word ", "10.2.3.4 GET /a 200\n", "\n\n", "a (at) b "]  # fmt: skip
MEGABYTE = 1_000_000


@pytest.mark.parametrize("piece", SHAPES)
async def test_loop_goes_on_while_a_megabyte_is_scrubbed_or_refused(piece: str) -> None:
    await pii.scrub_all(["warm"], seconds=20)
    half = piece * (MEGABYTE // len(piece) // 2)
    turns = 0
    task = asyncio.ensure_future(
        pii.scrub_all([f"{half} \n{' , '.join(SECRETS)}\n {half}"], known=KNOWN, seconds=0.5)
    )
    while not task.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert turns > 1
    try:
        (scrubbed,) = await task
    except ScrubbingFailed:
        return
    assert not [secret for secret in SECRETS if secret in scrubbed.text]


@pytest.mark.parametrize("piece", SHAPES)
def test_secrets_are_found_amid_any_shape(piece: str) -> None:
    half = piece * (3_000 // len(piece))
    left = pii.scrub(f"{half} \n{' , '.join(SECRETS)}\n {half}", known=KNOWN).text
    assert not [secret for secret in SECRETS if secret in left]


async def test_text_longer_than_anybody_reports_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pii, "_scrub_in_child", None)
    with pytest.raises(ScrubbingFailed):
        await pii.scrub_all(["a" * redaction.LONGEST, "b"])
    with pytest.raises(ScrubbingFailed):
        pii.scrub("a" * (redaction.LONGEST + 1))


def test_text_with_more_to_hide_than_a_report_has_is_refused() -> None:
    with pytest.raises(ScrubbingFailed):
        pii.scrub("a@b.co " * (hiding.MOST_HIDDEN + 1))


def test_slow_questions_end_and_what_was_not_asked_is_hidden() -> None:
    """Spanish numbers have nine digits, so the tenth is left while libphonenumber is asked, and hidden afterwards."""
    page = Page.of("+34 612 345 678 9 | +34 612 345 678 9")
    page.questions = 2
    first, second = phones(page)
    assert (page.text[first.start : first.end], page.text[second.start : second.end]) == (
        "+34 612 345 678",
        "+34 612 345 678 9",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("call me at", "612345678"), ("your code is", "482913"), ("4111 1111", "1111 1111"), ("bob at", "gmail.com")],
)
def test_other_paragraph_says_nothing(before: str, after: str) -> None:
    assert pii.scrub(f"{before}\n\n{after}").redactions == ()


def test_private_key_is_hidden_across_paragraphs() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEabc\n-----END RSA PRIVATE KEY-----"
    assert pii.scrub(f"it is\n{key}\nthanks").text == "it is\n[SECRET_1]\nthanks"
