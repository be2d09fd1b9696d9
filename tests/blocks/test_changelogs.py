"""The list of texts reporters are told, and one of them in a window."""

from blocks import changelogs, kit
from hub.reviewing import ChangelogList, ChangelogWindow
from hub.viewing import Choice
from tests.blocks import make, make_lists
from tests.blocks.limits import action_ids, elements, view_faults, words

AT_FIRST = Choice("changelogs")


def section(*lines, choice: Choice = AT_FIRST, next_cursor: str | None = None) -> list:
    return list(changelogs.section(ChangelogList(lines, next_cursor), choice))


def test_a_line_says_what_it_is_about_how_it_was_made_and_who_approved_it():
    said = words(section(make_lists.text()))
    for part in ("#142 The export stops", "✅ Approved", "gpt-5.1, 1,234 tokens read and 321 written"):
        assert part in said
    assert "Approved by Ana, 2026-11-03 09:30 UTC" in said
    assert "“What happened: Exports stopped. How we fixed it:" in said


def test_a_draft_by_hand_has_no_tokens_and_no_approver():
    line = make_lists.text(is_approved=False, model=None, approved_by=None, approved_at=None)
    said = words(section(line))
    assert "📝 Draft · ✍️ by hand" in said
    assert "tokens" not in said
    assert "Approved by" not in said


def test_tokens_nobody_counted_are_not_zero():
    assert "? tokens read" in words(section(make_lists.text(prompt_tokens=None)))


def test_only_the_beginning_of_a_long_text_stands_in_the_list_and_the_whole_in_the_window():
    long = make_lists.text(content=f"{make.CONTENT} {'word ' * 2000}the end")
    assert "the end" not in words(section(long))
    view = changelogs.window(ChangelogWindow(long, (make_lists.ticket(number=143),)))
    assert view_faults(view) == []
    assert "the end" in words(view)
    assert "Others of its group" in words(view)
    assert "#143 The export stops" in words(view)


def test_every_line_can_be_shown_and_its_ticket_opened():
    buttons = {each["action_id"]: each["value"] for each in elements(section(make_lists.text())) if "value" in each}
    assert buttons == {"changelog.show": str(make.ENTRY), "ticket.open": str(make.TICKET)}


def test_the_filter_offers_all_drafts_and_approved_ones():
    chosen = section(choice=AT_FIRST.narrowed(status="draft"))
    (select,) = elements(chosen)
    assert [option["value"] for option in select["options"]] == [kit.ANY, "draft", "approved"]
    assert select["initial_option"]["value"] == "draft"
    assert chosen[0]["block_id"] != section()[0]["block_id"]


def test_an_empty_list_says_why():
    assert "Nothing has been drafted yet." in words(section())
    assert "No text has this status." in words(section(choice=AT_FIRST.narrowed(status="draft")))


def test_pages_are_turned():
    drawn = section(make_lists.text(), choice=AT_FIRST.turned("a"), next_cursor="b")
    assert action_ids(drawn)[-2:] == ["search.previous", "search.next"]
