"""Notion's answers, held against what its reference says."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

DATABASE = "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7a"
KEY = {"Authorization": "Bearer notion-key", "Notion_Version": "2025-09-03"}
NEWEST = {**KEY, "Notion_Version": "2026-03-11"}


def rich(text):
    return [{"type": "text", "text": {"content": text}}]


def row(title="Export fails", external_id="t-1", status="Open", **more):
    return {
        "Title": {"title": rich(title)},
        "External ID": {"rich_text": rich(external_id)},
        "Status": {"status": {"name": status}},
        "Priority": {"select": {"name": "High"}},
        **more,
    }


async def source(outside):
    _, answer, _ = await outside.ask("GET", f"/notion/v1/databases/{DATABASE}", **KEY)
    return answer["data_sources"][0]["id"]


async def create(outside, properties=None, **more):
    parent = {"type": "data_source_id", "data_source_id": await source(outside)}
    body = {"parent": parent, "properties": row() if properties is None else properties, **more}
    return await outside.ask("POST", "/notion/v1/pages", body, **KEY)


async def created(outside, **more):
    status, page, _ = await create(outside, row(**more))
    assert status == 200, page
    return page


async def query(outside, headers=KEY, **body):
    path = f"/notion/v1/data_sources/{await source(outside)}/query"
    status, answer, _ = await outside.ask("POST", path, body, **headers)
    assert status == 200, answer
    return answer


def ids(answer):
    return [page["id"] for page in answer["results"]]


def is_error(answer, status, code):
    assert answer.pop("message")
    assert answer.pop("request_id")
    return answer == {"object": "error", "status": status, "code": code}


async def test_a_wrong_key_is_unauthorized(outside):
    status, answer, _ = await outside.ask("GET", "/notion/v1/users/me", **{**KEY, "Authorization": "Bearer x"})
    assert status == 401
    assert is_error(answer, 401, "unauthorized")


async def test_the_version_is_required(outside):
    status, answer, _ = await outside.ask("GET", "/notion/v1/users/me", Authorization=KEY["Authorization"])
    assert status == 400
    assert is_error(answer, 400, "missing_version")


async def test_the_version_before_data_sources_is_refused(outside):
    _, answer, _ = await outside.ask("GET", "/notion/v1/users/me", **{**KEY, "Notion_Version": "2022-06-28"})
    assert is_error(answer, 400, "validation_error")


async def test_me_is_a_bot(outside):
    _, answer, _ = await outside.ask("GET", "/notion/v1/users/me", **KEY)
    assert (answer["object"], answer["type"]) == ("user", "bot")


@pytest.mark.parametrize("written", [DATABASE, DATABASE.replace("-", ""), DATABASE.upper()])
async def test_a_database_names_its_one_data_source_and_no_properties(outside, written):
    status, answer, _ = await outside.ask("GET", f"/notion/v1/databases/{written}", **KEY)
    assert (status, answer["object"], answer["id"]) == (200, "database", DATABASE)
    assert len(answer["data_sources"]) == 1
    assert "properties" not in answer


@pytest.mark.parametrize("path", ["databases", "data_sources", "pages"])
async def test_what_is_not_there_is_object_not_found(outside, path):
    _, answer, _ = await outside.ask("GET", f"/notion/v1/{path}/11111111-1111-4111-8111-111111111111", **KEY)
    assert is_error(answer, 404, "object_not_found")


async def test_the_schema_has_ids_types_and_options(outside):
    _, answer, _ = await outside.ask("GET", f"/notion/v1/data_sources/{await source(outside)}", **KEY)
    properties = answer["properties"]
    assert {name: one["type"] for name, one in properties.items()} == {
        "Title": "title",
        "Priority": "select",
        "Type": "select",
        "Status": "status",
        "Channel": "select",
        "External ID": "rich_text",
    }
    assert properties["Title"]["id"] == "title"
    assert len({one["id"] for one in properties.values()}) == 6
    assert [one["name"] for one in properties["Status"]["status"]["options"]] == ["Open", "In Progress", "Done"]
    assert {key for group in properties["Status"]["status"]["groups"] for key in group["option_ids"]} == {
        one["id"] for one in properties["Status"]["status"]["options"]
    }


async def test_a_page_is_made_and_read(outside):
    status, page, _ = await create(outside)
    assert status == 200
    assert (page["object"], page["in_trash"]) == ("page", False)
    assert page["parent"] == {
        "type": "data_source_id",
        "data_source_id": await source(outside),
        "database_id": DATABASE,
    }
    title = page["properties"]["Title"]
    assert (title["id"], title["type"]) == ("title", "title")
    assert title["title"][0]["plain_text"] == "Export fails"
    assert page["properties"]["Status"]["status"]["name"] == "Open"
    assert page["properties"]["Type"]["select"] is None
    _, again, _ = await outside.ask("GET", f"/notion/v1/pages/{page['id'].replace('-', '')}", **KEY)
    assert again == page


async def test_times_are_rounded_down_to_the_minute(outside):
    before = datetime.now(UTC)
    page = await created(outside)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z", page["last_edited_time"])
    at = datetime.fromisoformat(page["last_edited_time"])
    assert at <= before
    assert before - at < timedelta(minutes=1)


async def test_the_clock_moves_notions_time(outside):
    page = await created(outside)
    await outside.control("POST", "/clock", {"advance_seconds": 3600})
    body = {"properties": {"Status": {"status": {"name": "Done"}}}}
    _, later, _ = await outside.ask("PATCH", f"/notion/v1/pages/{page['id']}", body, **KEY)
    moved = datetime.fromisoformat(later["last_edited_time"]) - datetime.fromisoformat(page["last_edited_time"])
    assert timedelta(minutes=60) <= moved <= timedelta(minutes=61)
    assert later["created_time"] == page["created_time"]


async def test_properties_may_be_named_by_their_id(outside):
    _, schema, _ = await outside.ask("GET", f"/notion/v1/data_sources/{await source(outside)}", **KEY)
    status = schema["properties"]["Status"]["id"]
    _, page, _ = await create(outside, {"title": {"title": rich("By id")}, status: {"status": {"name": "Done"}}})
    assert page["properties"]["Status"]["status"]["name"] == "Done"
    page = await query(outside, filter={"property": status, "status": {"equals": "Done"}})
    assert len(page["results"]) == 1


async def test_an_unknown_select_becomes_an_option(outside):
    page = await created(outside, Type={"select": {"name": "Praise"}})
    assert page["properties"]["Type"]["select"]["name"] == "Praise"
    _, schema, _ = await outside.ask("GET", f"/notion/v1/data_sources/{await source(outside)}", **KEY)
    assert "Praise" in [one["name"] for one in schema["properties"]["Type"]["select"]["options"]]


@pytest.mark.parametrize(
    "properties",
    [
        row(status="Half done"),
        row(Colour={"select": {"name": "red"}}),
        row(Status={"select": {"name": "Done"}}),
        row(Title={"title": "Export"}),
        row(Title={"title": [{"text": {}}]}),
        row(title="x" * 2001),
        row(Title={"title": rich("x") * 101}),
        row(Type={"select": {"name": "a, b"}}),
        row(Type={"select": {}}),
        row(Type="Bug"),
        [],
    ],
)
async def test_properties_that_do_not_fit_are_a_validation_error(outside, properties):
    status, answer, _ = await create(outside, properties)
    assert status == 400
    assert is_error(answer, 400, "validation_error")
    assert (await outside.control("GET", "/notion/pages"))["data"] == []


@pytest.mark.parametrize("more", [{"parent": None}, {"colour": "red"}, {"children": [{}] * 101}])
async def test_a_body_that_does_not_fit_is_a_validation_error(outside, more):
    _, answer, _ = await create(outside, **more)
    assert is_error(answer, 400, "validation_error")


async def test_a_page_in_a_foreign_data_source_is_not_found(outside):
    body = {"parent": {"data_source_id": "11111111-1111-4111-8111-111111111111"}, "properties": row()}
    _, answer, _ = await outside.ask("POST", "/notion/v1/pages", body, **KEY)
    assert is_error(answer, 404, "object_not_found")


async def test_broken_json_is_invalid_json(outside):
    _, answer, _ = await outside.ask("POST", "/notion/v1/pages", b"{", **KEY)
    assert is_error(answer, 400, "invalid_json")


async def test_an_update_changes_only_what_it_names(outside):
    page = await created(outside)
    body = {"properties": {"Priority": {"select": None}}}
    _, later, _ = await outside.ask("PATCH", f"/notion/v1/pages/{page['id']}", body, **KEY)
    assert later["properties"]["Priority"]["select"] is None
    assert later["properties"]["Title"] == page["properties"]["Title"]


async def test_a_trashed_page_leaves_the_results_and_takes_no_edits(outside):
    page = await created(outside)
    path = f"/notion/v1/pages/{page['id']}"
    _, trashed, _ = await outside.ask("PATCH", path, {"in_trash": True}, **KEY)
    assert trashed["in_trash"] is True
    assert ids(await query(outside)) == []
    assert ids(await query(outside, in_trash=True)) == [page["id"]]
    _, answer, _ = await outside.ask("PATCH", path, {"properties": {}}, **KEY)
    assert is_error(answer, 400, "validation_error")
    assert (await outside.ask("PATCH", path, {"in_trash": False}, **KEY))[1]["in_trash"] is False


async def test_archived_is_gone_from_the_newest_version(outside):
    page = await created(outside)
    path = f"/notion/v1/pages/{page['id']}"
    assert page["archived"] is False
    assert "archived" not in (await outside.ask("GET", path, **NEWEST))[1]


async def test_a_query_finds_by_external_id(outside):
    page = await created(outside, external_id="t-7")
    await created(outside, external_id="t-8")
    found = await query(outside, filter={"property": "External ID", "rich_text": {"equals": "t-7"}})
    assert ids(found) == [page["id"]]
    assert {key: found[key] for key in ("object", "has_more", "next_cursor", "type")} == {
        "object": "list",
        "has_more": False,
        "next_cursor": None,
        "type": "page_or_data_source",
    }


async def test_a_query_by_time_takes_the_same_minute_with_on_or_after_only(outside):
    page = await created(outside)
    at = page["last_edited_time"]

    def since(operator):
        return {"timestamp": "last_edited_time", "last_edited_time": {operator: at}}

    assert ids(await query(outside, filter=since("on_or_after"))) == [page["id"]]
    assert ids(await query(outside, filter=since("after"))) == []


async def test_filters_join_with_and_and_or(outside):
    first = await created(outside, external_id="a", status="Done")
    second = await created(outside, external_id="b", status="Open")
    done = {"property": "Status", "status": {"equals": "Done"}}
    named = {"property": "External ID", "rich_text": {"equals": "b"}}
    assert ids(await query(outside, filter={"and": [done, named]})) == []
    assert set(ids(await query(outside, filter={"or": [done, named]}))) == {first["id"], second["id"]}
    assert ids(await query(outside, filter={"and": [done, {"or": [named, done]}]})) == [first["id"]]


async def test_results_are_sorted_and_paged(outside):
    made = []
    for number in range(5):
        made.append((await created(outside, title=str(number)))["id"])
        await outside.control("POST", "/clock", {"advance_seconds": 60})
    sorts = [{"timestamp": "last_edited_time", "direction": "ascending"}]
    first = await query(outside, sorts=sorts, page_size=2)
    second = await query(outside, sorts=sorts, page_size=2, start_cursor=first["next_cursor"])
    third = await query(outside, sorts=sorts, page_size=2, start_cursor=second["next_cursor"])
    assert ids(first) + ids(second) + ids(third) == made
    assert [one["has_more"] for one in (first, second, third)] == [True, True, False]
    by_title = await query(outside, sorts=[{"property": "Title", "direction": "descending"}])
    assert ids(by_title) == made[::-1]


async def test_filter_properties_leave_the_others_out(outside):
    await created(outside)
    path = f"/notion/v1/data_sources/{await source(outside)}/query?filter_properties=title"
    _, answer, _ = await outside.ask("POST", path, {}, **KEY)
    assert list(answer["results"][0]["properties"]) == ["Title"]


@pytest.mark.parametrize(
    "body",
    [
        {"page_size": 101},
        {"page_size": 0},
        {"start_cursor": "11111111-1111-4111-8111-111111111111"},
        {"filter": {"property": "Colour", "select": {"equals": "red"}}},
        {"filter": {"property": "Status", "select": {"equals": "Done"}}},
        {"filter": {"property": "Status", "status": {"contains": "D"}}},
        {"filter": {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": "yesterday"}}},
        {"filter": {"timestamp": "seen_time", "seen_time": {"after": "2026-01-01"}}},
        {"filter": {"and": {}}},
        {"sorts": [{"timestamp": "last_edited_time", "direction": "up"}]},
        {"sorts": [{"property": "Colour", "direction": "ascending"}]},
        {"limit": 5},
    ],
)
async def test_a_query_that_makes_no_sense_is_a_validation_error(outside, body):
    await created(outside)
    path = f"/notion/v1/data_sources/{await source(outside)}/query"
    _, answer, _ = await outside.ask("POST", path, body, **KEY)
    assert is_error(answer, 400, "validation_error")


async def test_a_query_ends_at_its_limit_and_says_so(outside, monkeypatch):
    monkeypatch.setattr("sandbox.notion.queries.RESULT_LIMIT", 2)
    for _ in range(3):
        await created(outside)
    answer = await query(outside)
    assert (len(answer["results"]), answer["has_more"]) == (2, False)
    assert answer["request_status"] == {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}


async def test_missing_properties_can_be_added(outside):
    await outside.control("PATCH", "/notion/schema", {"properties": {"External ID": None, "Status": "select"}})
    path = f"/notion/v1/data_sources/{await source(outside)}"
    _, answer, _ = await outside.ask("GET", path, **KEY)
    assert "External ID" not in answer["properties"]
    assert answer["properties"]["Status"]["type"] == "select"
    options = [{"name": "Critical"}, {"name": "Extra", "color": "red"}]
    body = {"properties": {"External ID": {"rich_text": {}}, "Level": {"select": {"options": options}}}}
    _, answer, _ = await outside.ask("PATCH", path, body, **KEY)
    assert answer["properties"]["External ID"]["type"] == "rich_text"
    assert [one["name"] for one in answer["properties"]["Level"]["select"]["options"]] == ["Critical", "Extra"]
    assert len({one["id"] for one in answer["properties"].values()}) == len(answer["properties"])


async def test_comments_are_kept_with_their_page(outside):
    page = await created(outside)
    body = {"parent": {"page_id": page["id"]}, "rich_text": rich("Looking into it")}
    status, comment, _ = await outside.ask("POST", "/notion/v1/comments", body, **KEY)
    assert (status, comment["object"], comment["parent"]["page_id"]) == (200, "comment", page["id"])
    _, listed, _ = await outside.ask("GET", f"/notion/v1/comments?block_id={page['id']}", **KEY)
    assert listed["results"] == [comment]
    _, answer, _ = await outside.ask("POST", "/notion/v1/comments", {"rich_text": rich("x")}, **KEY)
    assert is_error(answer, 400, "validation_error")


async def test_a_person_edits_a_page_through_the_control_endpoint(outside):
    page = await created(outside)
    edited = await outside.control("PATCH", f"/notion/pages/{page['id']}", {"status": "Done", "title": "New"})
    assert (edited["status"], edited["title"], edited["external_id"]) == ("Done", "New", "t-1")
    _, seen, _ = await outside.ask("GET", f"/notion/v1/pages/{page['id']}", **KEY)
    assert seen["properties"]["Status"]["status"]["name"] == "Done"
    assert seen["last_edited_by"] != seen["created_by"]
    (listed,) = (await outside.control("GET", "/notion/pages"))["data"]
    assert listed == edited
    await outside.control("PATCH", f"/notion/pages/{page['id']}", {"in_trash": True})
    assert ids(await query(outside)) == []
    assert (await outside.control("GET", "/notion/pages"))["data"][0]["in_trash"] is True


@pytest.mark.parametrize("body", [{"status": "Half"}, {"colour": "red"}, {"status": 5}, {"in_trash": "yes"}, []])
async def test_an_edit_that_makes_no_sense_is_refused_in_a_sentence(outside, body):
    page = await created(outside)
    assert await outside.refused("PATCH", f"/notion/pages/{page['id']}", body)
    assert json.dumps((await outside.control("GET", "/notion/pages"))["data"][0]["page"]) == json.dumps(page)


async def test_an_edit_of_no_page_is_refused_in_a_sentence(outside):
    assert "page" in await outside.refused("PATCH", "/notion/pages/none", {"status": "Done"})
