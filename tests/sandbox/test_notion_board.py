"""The database as a board of cards."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.settings import Settings
from sandbox.notion import Notion, values
from sandbox.notion.database import Page
from sandbox.world import World

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def notion():
    return Notion(World(Settings(_env_file=None, database_url="postgresql://none", redis_url="redis://none")))


def words(text):
    return [{"type": "text", "text": {"content": text}}]


def add(notion, title, status="Open", *, minutes=0, trashed=False, **selects):
    cells = {"Title": {"title": words(title)}, "External ID": {"rich_text": words(f"id of {title}")}}
    cells |= {name: {"select": {"name": value}} for name, value in selects.items()}
    cells |= {"Status": {"status": status and {"name": status}}} if "Status" in notion.database.properties else {}
    given = values.read_all(notion.database, cells)
    at = NOW + timedelta(minutes=minutes)
    notion.database.pages[title] = Page(title, at, at, "bot", "bot", given, in_trash=trashed)


def say(notion, title, text):
    rich = [values.rich(text[:3]), values.rich(text[3:])]
    notion.database.comments.append({"parent": {"type": "page_id", "page_id": title}, "rich_text": rich})


def drawn(notion):
    return {column.name: [card.title for card in column.cards] for column in notion.board()}


def test_an_empty_board_has_a_column_for_every_status(notion):
    assert drawn(notion) == {"Open": [], "In Progress": [], "Done": []}
    colors = [option["color"] for option in notion.database.properties["Status"].options]
    assert [column.color for column in notion.board()] == colors


def test_a_card_says_what_its_page_says(notion):
    add(notion, "It crashes", "Done", minutes=3, Priority="High", Type="Bug", Channel="Slack")
    say(notion, "It crashes", "Looking into it")
    say(notion, "another page", "Not here")
    say(notion, "It crashes", "Told.")
    (card,) = notion.board()[2].cards
    assert (card.id, card.title, card.external_id) == ("It crashes", "It crashes", "id of It crashes")
    assert (card.priority, card.type, card.channel, card.status) == ("High", "Bug", "Slack", "Done")
    assert card.comments == ["Looking into it", "Told."]
    assert card.edited == NOW + timedelta(minutes=3)
    assert card.url.startswith("https://")


def test_the_card_edited_last_comes_first(notion):
    for minutes, title in ((5, "first"), (9, "second"), (5, "third")):
        add(notion, title, minutes=minutes)
    assert drawn(notion)["Open"] == ["second", "third", "first"]


def test_a_page_in_the_trash_is_not_drawn(notion):
    add(notion, "gone", trashed=True)
    assert drawn(notion)["Open"] == []


def test_a_card_without_a_status_has_a_column_of_its_own_at_the_end(notion):
    add(notion, "new", status=None)
    assert list(drawn(notion).items())[-1] == ("No status", ["new"])
    assert notion.board()[-1].cards[0].status is None


def test_a_status_added_later_has_its_column(notion):
    notion.database.change_property("Status", {"status": {"options": [{"name": "Waiting"}]}})
    add(notion, "held", "Waiting")
    assert list(drawn(notion).items())[-1] == ("Waiting", ["held"])


@pytest.mark.parametrize("change", [None, {"select": {}}, {"rich_text": {}}, {"number": {}}, {"name": "Stage"}])
def test_without_its_status_the_board_is_one_column(notion, change):
    add(notion, "before", "Done", minutes=1)
    notion.database.change_property("Status", change)
    assert drawn(notion) == {"Pages": ["before"]}


def test_a_status_that_came_back_keeps_the_cards(notion):
    add(notion, "kept", "Done")
    add(notion, "odd")
    notion.database.change_property("Status", {"select": {}})
    notion.database.pages["odd"].values |= values.read_all(notion.database, {"Status": {"select": {"name": "Later"}}})
    notion.database.change_property("Status", {"status": {}})
    assert drawn(notion) == {"Open": [], "In Progress": [], "Done": ["kept"], "No status": ["odd"]}


@pytest.mark.parametrize("name", ["Priority", "Type", "Channel", "External ID"])
@pytest.mark.parametrize("change", [None, {"rich_text": {}}, {"select": {}}, {"number": {}}])
def test_any_other_property_may_be_removed_or_retyped(notion, name, change):
    add(notion, "stays", Priority="High", Type="Bug", Channel="Slack")
    notion.database.change_property(name, change)
    assert drawn(notion)["Open"] == ["stays"]


def test_a_renamed_title_is_still_the_title(notion):
    add(notion, "named")
    notion.database.change_property("Title", {"name": "Name"})
    assert drawn(notion)["Open"] == ["named"]
