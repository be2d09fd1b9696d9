"""A group says who is in it, what is personal, and what can be done now."""

from blocks import group_resolve, groups
from hub.membership import GroupList
from hub.resolution import Plan
from hub.viewing import Choice
from tests.blocks import make, make_groups
from tests.blocks.limits import action_ids, words


def seen(**changed) -> str:
    return words(groups.window(make_groups.window(**changed), viewer="T1:UANA"))


def acts(**changed) -> list[str]:
    return action_ids(groups.window(make_groups.window(**changed), viewer="T1:UANA")["blocks"])


def confirmation(*letters, **changed) -> dict:
    facts = {"kept": {}, "content": "x", "shown": "f", "second": 0} | changed
    return group_resolve.confirmation(letters=list(letters), **facts)


def test_the_list_names_members_and_says_what_waits():
    found = GroupList((make_groups.line(size=9, is_proposed=True, has_draft=True),), None)
    said = "\n".join(words(block) for block in groups.section(found, Choice("groups")))
    for expected in (
        "Exports stop",
        "9 tickets",
        "primary #142",
        "#142 The export stops",
        "and 7 more",
        "waits for a second agent",
        "a text is written",
    ):
        assert expected in said


def test_a_member_shows_channel_priority_and_what_is_personal():
    for expected in (
        "#142 The export stops",
        "WhatsApp",
        "High",
        "from Rita Rossi",
        "⭐ primary",
        "PII: e-mail address, phone",
    ):
        assert expected in seen()


def test_an_open_group_can_be_changed_and_resolved_and_a_resolved_one_not():
    assert {"group.remove", "group.add", "group.resolve"} <= set(acts())
    resolved = make_groups.line(status="resolved", resolved_at=make.AT)
    assert not {"group.remove", "group.add", "group.resolve"} & set(acts(line=resolved, draft="x"))


def test_a_text_that_is_written_can_be_sent_on():
    assert "group.continue" in acts(draft=make.CONTENT, draft_model="gpt-5.1")
    drafting = make_groups.line(is_drafting=True)
    assert "group.continue" not in acts(line=drafting, draft=make.CONTENT)
    assert "The AI is writing" in seen(line=drafting)


def test_who_proposed_cannot_agree_but_take_it_back():
    proposed = {"line": make_groups.line(is_proposed=True), "proposal": Plan("x"), "proposed_by": "Ana"}
    mine = acts(**proposed, proposed_by_id="T1:UANA")
    assert "group.decline" in mine
    assert "group.second" not in mine
    assert "group.second" in acts(**proposed, proposed_by_id="T1:UBEN")
    assert "group.resolve" not in mine


def test_the_last_question_lists_everybody_and_each_wording_once():
    view = confirmation(
        make_groups.letter(),
        make_groups.letter(number=143, recipient="Bo", channel="slack", kind="thread", text="*It* is fixed."),
        make_groups.letter(number=144, recipient="Cy", refusal="They were told already."),
    )
    said = words(view)
    assert "2 messages leave" in said
    assert "✋ #144 Cy: not told. They were told already." in said
    assert said.count("Exactly this text will be sent") == 1
    assert "by WhatsApp and Slack" in said
    assert view["submit"]["text"] == "Send 2"


def test_what_is_sent_to_nobody_or_to_many_is_called_so():
    assert confirmation()["submit"]["text"] == "Resolve"
    assert "Nobody will be told" in words(confirmation())
    many = [make_groups.letter(number=number) for number in range(4)]
    assert confirmation(*many, second=3)["submit"]["text"] == "Ask a second agent"
    assert group_resolve.agreement(kept={}, letters=many, shown="f")["submit"]["text"] == "Send 4"
