"""A group says who is in it, what is personal, and what can be done now."""

from blocks import group_resolve, groups
from hub.membership import GroupList
from hub.resolution import Plan
from hub.viewing import Choice
from tests.blocks import make, make_groups
from tests.blocks.limits import action_ids, view_faults, words


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


def test_a_note_in_any_script_is_taken_along():
    note = {"kept": {"note": "ж" * 1000}}
    assert view_faults(confirmation(**note)) == []
    assert view_faults(group_resolve.write(content="x", **note)) == []


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


def test_what_is_waited_for_and_what_can_be_done_stand_above_the_tickets():
    drafting = seen(line=make_groups.line(is_drafting=True))
    assert drafting.index("Refresh") < drafting.index("#142 The export stops")
    assert acts(line=make_groups.line(is_drafting=True)).count("group.open") == 1
    for button in ("group.resolve", "group.continue", "group.open"):
        pressed = acts(draft=make.CONTENT)
        assert pressed.index(button) < pressed.index("group.remove")


def test_a_resolved_group_says_how_many_were_told_by_which_channels_and_what():
    resolved = make_groups.line(status="resolved", resolved_at=make.AT)
    answer = make_groups.Answer(make.CONTENT, {"slack": 3, "whatsapp": 3, "intercom": 2}, 0)
    said = seen(line=resolved, answer=answer)
    assert "8 people were told: 3 by Slack, 3 by WhatsApp, 2 by Intercom." in said
    assert "A new queue." in said
    assert "**" not in said
    one = make_groups.Answer(make.CONTENT, {"slack": 1}, 2)
    told = seen(line=resolved, answer=one)
    assert "1 person was told: 1 by Slack. 2 could not be: their tickets' deliveries say why." in told
    assert "Nobody was told anew" in seen(line=resolved)


def test_the_form_says_who_is_told_for_each_choice_and_what_primary_means():
    said = words(plan(primary=143))
    assert "its reporters are told once" not in said
    for expected in (
        "Only the reporter of #143, the primary ticket",
        "the other reporters hear nothing",
        "The reporter of every ticket, once each",
        "it was chosen when the group was created",
    ):
        assert expected in said


def test_more_than_one_language_is_said_before_anything_is_sent():
    assert "write in English (6) and Spanish (2)" in words(plan(languages={"en": 6, "es": 2}))
    assert "write in" not in words(plan(languages={"en": 8}))
    ana, bea = make_groups.letter(), make_groups.letter(number=143, language="es")
    assert "Those who are told write in English (1) and Spanish (1)" in words(confirmation(ana, bea))
    left_out = make_groups.letter(number=144, language="es", refusal="They were told already.")
    assert "write in" not in words(confirmation(ana, left_out))


def test_letters_to_people_from_before_a_restore_are_warned_of_by_their_numbers():
    old = [make_groups.letter(number=number, restored_at=make.AT) for number in (142, 143)]
    view = confirmation(*old, make_groups.letter(number=144))
    assert view_faults(view) == []
    said = words(view)
    assert "They may have been told already." in said
    assert "#142, #143 were reported before that" in said
    assert "if the answer is there, take that ticket out of the group." in said
    assert "2026-11-03 09:30 UTC" in str(view)
    assert said.index("may have been told") < said.index("Who is told")
    assert "One of them may have been told already." in words(confirmation(old[0]))
    assert "#142 was reported before that" in words(confirmation(old[0]))
    agreed = group_resolve.agreement(kept={}, letters=old, shown="f")
    assert "They may have been told already." in words(agreed)


def test_of_many_people_from_before_a_restore_some_are_named():
    many = [make_groups.letter(number=number, restored_at=make.AT) for number in range(100, 200)]
    assert view_faults(confirmation(*many)) == []
    assert "#118, #119 and 80 more were reported before that" in words(confirmation(*many))


def test_who_is_not_told_needs_no_look_into_the_conversation():
    old = make_groups.letter(restored_at=make.AT, refusal="They were told already.")
    assert "restored" not in words(confirmation(old, make_groups.letter(number=143)))


def plan(**changed) -> dict:
    facts = {"primary": 142, "languages": {"en": 2}, "channels": ["slack"], "behind": {}, "name": "Exports stop"}
    chosen = facts | {"group_id": make.ENTRY, "models_off": None, "has_approved": False} | changed
    return group_resolve.plan(**chosen)


def test_where_no_model_can_be_asked_the_form_says_why_and_offers_the_other_ways():
    view = plan(models_off="Today's budget is used up.", has_approved=True)
    assert view_faults(view) == []
    assert "Today's budget is used up." in words(view)
    assert "Have the AI write a text" not in words(view)
    assert "Write it myself" in words(view)
    assert "Gather the texts approved for its tickets" in words(view)


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
