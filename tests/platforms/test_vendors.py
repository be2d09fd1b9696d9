"""Every error a platform names has a class that fits and a sentence of its own that says what to do; others, a general one."""

import re

import pytest

from platforms.errors import PlatformError, Refused, Unreachable, Unsure
from platforms.openai import client as openai_client
from tests.platforms import errors_page
from tests.platforms.answering import READS, SENDS, body_of, error_of, met
from tests.platforms.vendors import INTERCOM, NOTION, OPENAI, SLACK, WHATSAPP, Named

ACTIONS = """
    add answer ask change check choose close enable find give have install invite look lower make open post press
    raise reach register report see set share shorten unarchive upgrade wait write
"""
GENERAL = {
    "slack": "look the word up in Slack's page of that method",
    "intercom": "Intercom refused this",
    "whatsapp": "look the code up in Meta's page",
    "notion": "look the code up in Notion's page",
    "openai": "look the code up in OpenAI's page",
}
UNKNOWN = {"whatsapp": "987654"}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_client, "BACKOFF_SECONDS", 0.001)


def says_what_to_do(sentence: str) -> bool:
    """It ends with a full stop, and its last clause begins with a verb for whoever reads it."""
    clauses = re.split(r"[:;.] ", sentence.removesuffix("."))
    first = re.sub(r"^(or|and|then) ", "", clauses[-1]).split()[0].lower().rstrip(",")
    return sentence.endswith(".") and first in ACTIONS.split()


async def explained(platform: str, named: Named) -> None:
    error = await met(platform, named)
    assert type(error) is named.kind
    assert says_what_to_do(error.message), error.message
    assert len(error.message) <= 300, "a card shows no more"
    if named.code is not None:
        assert GENERAL[platform] not in error.message
    if named.kind is Unsure:
        reading = await error_of(READS[platform], body_of(platform, named), named.status)
        assert type(reading) is Unreachable
        assert says_what_to_do(reading.message), reading.message


@pytest.mark.parametrize("named", SLACK, ids=str)
async def test_slack_s_word_has_its_class_and_its_sentence(named: Named):
    await explained("slack", named)


@pytest.mark.parametrize("named", INTERCOM, ids=str)
async def test_intercom_s_code_has_its_class_and_its_sentence(named: Named):
    await explained("intercom", named)


@pytest.mark.parametrize("named", WHATSAPP, ids=str)
async def test_meta_s_code_has_its_class_and_its_sentence(named: Named):
    await explained("whatsapp", named)


@pytest.mark.parametrize("named", NOTION, ids=str)
async def test_notion_s_code_has_its_class_and_its_sentence(named: Named):
    await explained("notion", named)


@pytest.mark.parametrize("named", OPENAI, ids=str)
async def test_openai_s_code_has_its_class_and_its_sentence(named: Named):
    await explained("openai", named)


@pytest.mark.parametrize("platform", SENDS)
async def test_a_code_nobody_knows_gives_the_general_sentence_with_the_code(platform: str):
    code = UNKNOWN.get(platform, "a_word_of_tomorrow")
    named = Named(200 if platform == "slack" else 400, code, Refused)
    error = await error_of(SENDS[platform], body_of(platform, named), named.status)
    assert (type(error), error.code) == (Refused, code)
    assert GENERAL[platform] in error.message
    assert code in error.message
    assert says_what_to_do(error.message), error.message


@pytest.mark.parametrize("platform", SENDS)
async def test_a_platform_that_cannot_be_reached_says_what_to_do_too(platform: str):
    with pytest.raises(Unreachable) as error:
        await SENDS[platform]("http://127.0.0.1:9")
    assert says_what_to_do(error.value.message), error.value.message


async def test_credit_that_is_used_up_is_known_by_its_type_as_well():
    body = {"error": {"message": "No", "type": "insufficient_quota", "code": "a_word_of_tomorrow"}}
    error = await error_of(SENDS["openai"], body, 429)
    assert (type(error), error.code) == (Refused, "insufficient_quota")


@pytest.mark.parametrize(
    "sentence",
    ["It failed.", "It is tried again.", "Slack asks for a pause.", "Check it: no", "Reset: it is 5 bytes."],
)
def test_a_sentence_without_a_next_step_would_be_noticed(sentence: str):
    assert not says_what_to_do(sentence)


async def test_the_page_for_operators_says_what_the_code_says():
    written = errors_page.PAGE.read_text()
    assert written == await errors_page.drawn(), f"run {errors_page.COMMAND}"


def test_the_page_explains_every_class():
    def below(kind: type) -> set[str]:
        return {kind.__name__}.union(*(below(each) for each in kind.__subclasses__()))

    named = set(re.findall(r"^\| (\w+) \|", errors_page.CLASSES, re.MULTILINE)) - {"class"}
    assert named == below(PlatformError) - {"PlatformError"} | {"Later"}
