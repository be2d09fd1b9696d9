"""Tickets and Notion pages: the mapping, the wire, and what each of Notion's answers means."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from platforms import notion
from platforms.errors import Later, RateLimited, Refused, Unreachable, Unsure
from platforms.limits import Limits
from platforms.notion import Notion, PageState, TicketPage, properties

DATABASE, SOURCE = "db-1", "ds-1"
T10 = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def columns(**changed: str | None) -> dict[str, Any]:
    kinds = {
        "Name": "title",
        "Priority": "select",
        "Type": "select",
        "Status": "status",
        "Channel": "select",
        "External ID": "rich_text",
        **{name.replace("_", " "): kind for name, kind in changed.items()},
    }
    options = {"options": [{"id": "o1", "name": "Open"}, {"id": "o2", "name": "Done"}]}
    return {
        name: {"id": name[:2], "name": name, "type": kind, kind: options if kind in ("status", "select") else {}}
        for name, kind in kinds.items()
        if kind
    }


def page(page_id: str, edited: datetime, *, status: str | None = "Open", external: str = "t-1", **more: Any) -> Any:
    return {
        "object": "page",
        "id": page_id,
        "last_edited_time": edited.strftime("%Y-%m-%dT%H:%M:00.000Z"),
        "in_trash": False,
        "url": f"https://notion.example/{page_id}",
        "properties": {
            "Status": {"id": "St", "type": "status", "status": {"name": status} if status else None},
            "External ID": {"id": "Ex", "type": "rich_text", "rich_text": [{"plain_text": external}]},
        },
        **more,
    }


def results(*pages: Any, cursor: str | None = None, incomplete: bool = False) -> dict[str, Any]:
    said = (
        {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        if incomplete
        else {"type": "complete"}
    )
    return {
        "object": "list",
        "results": list(pages),
        "has_more": bool(cursor),
        "next_cursor": cursor,
        "request_status": said,
    }


@dataclass
class PlayedNotion:
    """Answers each `METHOD path` with what a test set for it, and remembers what was asked."""

    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = f"{request.method} {request.match_info['path']}"
        self.asked.append((name, await request.json() if request.can_read_body else {}))
        self.headers.append(request.headers)
        answer = self.answers.get(
            name, (404, {"object": "error", "status": 404, "code": "object_not_found", "message": name})
        )
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            return await answer(request)
        status, body, headers = (*answer, {})[:3] if isinstance(answer, tuple) else (200, answer, {})
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == name]


QUERY, CREATE = f"POST data_sources/{SOURCE}/query", "POST pages"


@pytest.fixture
async def played() -> AsyncIterator[PlayedNotion]:
    server = PlayedNotion()
    server.answers[f"GET databases/{DATABASE}"] = {
        "object": "database",
        "id": DATABASE,
        "data_sources": [{"id": SOURCE}],
    }
    server.answers[f"GET data_sources/{SOURCE}"] = {"object": "data_source", "id": SOURCE, "properties": columns()}
    app = web.Application()
    app.router.add_route("*", "/v1/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


def settings(url: str, **changed: Any) -> Any:
    given_settings = {
        "notion_api_key": SecretStr("ntn_secret"),
        "notion_database_id": DATABASE,
        "notion_base_url": url,
        "notion_version": "2025-09-03",
        "notion_requests_per_second": 3,
        "request_seconds": 2.0,
        **changed,
    }
    return SimpleNamespace(**given_settings)


@pytest.fixture
async def client(played: PlayedNotion) -> AsyncIterator[Notion]:
    opened = notion.open_notion(settings(played.url), Limits(None))
    yield opened
    await opened.aclose()


TICKET = TicketPage(
    external_id="t-1",
    title="Export fails",
    priority=1,
    ticket_type="feature_request",
    channel="whatsapp",
    status="Open",
)


async def collected(states: AsyncIterator[PageState]) -> list[PageState]:
    return [state async for state in states]


async def test_create_writes_every_column_and_returns_the_page(played, client):
    played.answers[CREATE] = {"object": "page", "id": "p-1", "url": "https://notion.example/p-1"}
    assert await client.create_page(TICKET) == ("p-1", "https://notion.example/p-1")
    assert played.of(CREATE) == [
        {
            "parent": {"type": "data_source_id", "data_source_id": SOURCE},
            "properties": {
                "Name": {"title": [{"type": "text", "text": {"content": "Export fails"}}]},
                "External ID": {"rich_text": [{"type": "text", "text": {"content": "t-1"}}]},
                "Priority": {"select": {"name": "High"}},
                "Type": {"select": {"name": "Feature request"}},
                "Channel": {"select": {"name": "WhatsApp"}},
                "Status": {"status": {"name": "Open"}},
            },
        }
    ]
    assert {header["Notion-Version"] for header in played.headers} == {"2025-09-03"}
    assert {header["Authorization"] for header in played.headers} == {"Bearer ntn_secret"}


async def test_update_never_writes_the_status(played, client):
    played.answers["PATCH pages/p-1"] = {"object": "page", "id": "p-1"}
    await client.update_page("p-1", TICKET)
    (body,) = played.of("PATCH pages/p-1")
    assert "Status" not in body["properties"]
    assert body["properties"]["Priority"] == {"select": {"name": "High"}}


async def test_the_schema_is_read_once(played, client):
    played.answers[CREATE] = {"object": "page", "id": "p-1"}
    await client.create_page(TICKET)
    await client.create_page(TICKET)
    assert [name for name, _ in played.asked].count(f"GET data_sources/{SOURCE}") == 1


async def test_a_select_status_is_written_as_a_select(played, client):
    played.answers[f"GET data_sources/{SOURCE}"] = {"id": SOURCE, "properties": columns(Status="select")}
    played.answers[CREATE] = {"object": "page", "id": "p-1"}
    await client.create_page(TICKET)
    assert played.of(CREATE)[0]["properties"]["Status"] == {"select": {"name": "Open"}}


async def test_a_status_the_column_lacks_is_left_to_notion(played, client):
    played.answers[CREATE] = {"object": "page", "id": "p-1"}
    await client.create_page(
        TicketPage(external_id="t", title="", priority=None, ticket_type=None, channel="slack", status="New")
    )
    values = played.of(CREATE)[0]["properties"]
    assert "Status" not in values
    assert values["Priority"] == {"select": None}


async def test_what_is_missing_is_named_in_one_sentence_and_read_again_next_time(played, client):
    lacking = {"id": SOURCE, "properties": columns(Priority=None, External_ID=None)}
    played.answers[f"GET data_sources/{SOURCE}"] = [lacking, {"id": SOURCE, "properties": columns()}]
    with pytest.raises(
        Refused, match=r"lacks Priority \(select\), External ID \(text\): run `python -m jobs notion-setup`"
    ):
        await client.schema()
    assert (await client.schema()).title == "Name"


async def test_a_column_of_the_wrong_kind_is_named(played, client):
    played.answers[f"GET data_sources/{SOURCE}"] = {"id": SOURCE, "properties": columns(Status="checkbox")}
    with pytest.raises(Refused, match=r"Status \(status or select\)"):
        await client.schema()
    with pytest.raises(Refused, match=r"Status \(status or select\)"):
        await client.setup()


async def test_of_several_data_sources_the_one_with_our_columns_is_used(played, client):
    played.answers[f"GET databases/{DATABASE}"] = {"data_sources": [{"id": "ds-0"}, {"id": SOURCE}]}
    played.answers["GET data_sources/ds-0"] = {"id": "ds-0", "properties": columns(Status=None)}
    assert (await client.schema()).data_source_id == SOURCE


async def test_setup_adds_only_what_is_missing(played, client):
    lacking = {"id": SOURCE, "properties": columns(Priority=None, External_ID=None)}
    played.answers[f"GET data_sources/{SOURCE}"] = lacking
    played.answers[f"PATCH data_sources/{SOURCE}"] = lacking
    assert await client.setup() == ("Priority", "External ID")
    (body,) = played.of(f"PATCH data_sources/{SOURCE}")
    assert list(body["properties"]) == ["Priority", "External ID"]
    assert body["properties"]["External ID"] == {"rich_text": {}}
    names = [option["name"] for option in body["properties"]["Priority"]["select"]["options"]]
    assert names == ["Critical", "High", "Medium", "Normal", "Low", "Minimal"]


async def test_setup_of_a_complete_database_changes_nothing(played, client):
    assert await client.setup() == ()
    assert not played.of(f"PATCH data_sources/{SOURCE}")


async def test_a_page_is_found_by_our_id(played, client):
    played.answers[QUERY] = [results(page("p-1", T10)), results()]
    found = await client.find_page("t-1")
    assert found is not None
    assert (found.page_id, found.external_id, found.status, found.last_edited_at) == ("p-1", "t-1", "Open", T10)
    assert played.of(QUERY)[0]["filter"] == {"property": "External ID", "rich_text": {"equals": "t-1"}}
    assert await client.find_page("t-2") is None


async def test_changes_are_asked_from_the_minute_on_and_followed_over_pages(played, client):
    played.answers[QUERY] = [
        results(page("p-1", T10), cursor="c2"),
        results(page("p-2", T10 + timedelta(minutes=1), status=None), {"object": "data_source", "id": "x"}),
        results(page("p-3", T10, in_trash=True)),
    ]
    states = await collected(client.changed_since(T10 + timedelta(seconds=59)))
    assert [(state.page_id, state.status, state.in_trash) for state in states] == [
        ("p-1", "Open", False),
        ("p-2", None, False),
        ("p-3", "Open", True),
    ]
    first, second, trashed = played.of(QUERY)
    assert first == {
        "filter": {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": "2026-11-23T10:00:00.000Z"}},
        "sorts": [{"timestamp": "last_edited_time", "direction": "ascending"}],
        "page_size": 100,
    }
    assert second == {**first, "start_cursor": "c2"}
    assert trashed == {**first, "in_trash": True}


async def test_an_incomplete_query_goes_on_from_the_last_time_seen(played, client):
    later = T10 + timedelta(minutes=5)
    played.answers[QUERY] = [
        results(page("p-1", T10), page("p-2", later), incomplete=True),
        results(page("p-2", later), page("p-3", later)),
        results(),
    ]
    assert [state.page_id for state in await collected(client.changed_since(T10))] == ["p-1", "p-2", "p-3"]
    again = played.of(QUERY)[1]["filter"]["last_edited_time"]["on_or_after"]
    assert again == "2026-11-23T10:05:00.000Z"


async def test_more_changes_in_one_minute_than_notion_gives_are_refused_not_looped(played, client):
    played.answers[QUERY] = results(page("p-1", T10), incomplete=True)
    with pytest.raises(Refused, match="one minute"):
        await collected(client.changed_since(T10))


async def test_a_long_reading_waits_for_its_turns_and_reaches_its_end(played, client):
    pages = [results(page(f"p-{number}", T10), cursor=f"c{number}") for number in range(10)]
    played.answers[QUERY] = [*pages, results(page("p-end", T10)), results()]
    assert len(await collected(client.changed_since(T10))) == 11


async def test_a_page_says_its_state_and_a_missing_one_none(played, client):
    played.answers["GET pages/p-1"] = page("p-1", T10, status="Done", archived=True)
    state = await client.page("p-1")
    assert state is not None
    assert (state.status, state.in_trash) == ("Done", True)
    assert await client.page("p-404") is None


async def test_a_comment_is_plain_text(played, client):
    played.answers["POST comments"] = {"object": "comment", "id": "c-1"}
    await client.comment("p-1", "See https://example.com")
    assert played.of("POST comments") == [
        {
            "parent": {"page_id": "p-1"},
            "rich_text": [{"type": "text", "text": {"content": "See https://example.com"}}],
        }
    ]


def error(status: int, code: str, **headers: str) -> Any:
    body = {"object": "error", "status": status, "code": code, "message": "said by Notion"}
    return (status, body, {name.replace("_", "-"): value for name, value in headers.items()})


async def cut_off(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(3)
    return web.Response()


@pytest.mark.parametrize(
    ("answer", "creating", "reading"),
    [
        (error(429, "rate_limited", Retry_After="3"), RateLimited, RateLimited),
        (error(529, "service_overload", Retry_After="3"), RateLimited, RateLimited),
        (error(503, "service_unavailable", Retry_After="3"), RateLimited, RateLimited),
        (error(503, "service_unavailable"), Unsure, Unreachable),
        (error(500, "internal_server_error"), Unsure, Unreachable),
        ((502, "<html>bad gateway"), Unsure, Unreachable),
        (error(504, "gateway_timeout"), Unsure, Unreachable),
        (error(409, "conflict_error"), Unreachable, Unreachable),
        (error(401, "unauthorized"), Refused, Refused),
        (error(400, "validation_error"), Refused, Refused),
        ((200, "<html>"), Unsure, Unreachable),
        ((200, [1]), Unsure, Unreachable),
        (cut_off, Unsure, Unreachable),
        (silent, Unsure, Unreachable),
    ],
)
async def test_what_became_of_a_request_is_said_in_our_words(played, client, answer, creating, reading):
    await client.schema()
    played.answers.update({CREATE: answer, QUERY: answer})
    with pytest.raises(creating):
        await client.create_page(TICKET)
    fresh = notion.open_notion(settings(played.url), Limits(None))
    with pytest.raises(reading):
        await fresh.find_page("t-1")
    await fresh.aclose()
    assert len(played.of(CREATE)) == len(played.of(QUERY)) == 1


async def test_nobody_listening_is_unreachable(client):
    closed = notion.open_notion(settings("http://127.0.0.1:9"), Limits(None))
    with pytest.raises(Unreachable):
        await closed.comment("p-1", "x")
    await closed.aclose()


async def test_a_429_closes_the_connection_for_as_long_as_notion_says(played, client):
    played.answers["GET pages/p-1"] = [error(429, "rate_limited", Retry_After="30"), page("p-1", T10)]
    with pytest.raises(RateLimited) as limited:
        await client.page("p-1")
    assert limited.value.retry_after == 30
    with pytest.raises(Later) as later:
        await client.page("p-1")
    assert 25 < (later.value.until - datetime.now(UTC)).total_seconds() <= 30


async def test_one_connection_has_one_limit_for_everybody(played):
    limits = Limits(None)
    first, second = (notion.open_notion(settings(played.url), limits) for _ in range(2))
    played.answers["GET pages/p-1"] = page("p-1", T10)
    answers = await asyncio.gather(*(one.page("p-1") for one in (first, second) * 10), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Later)]
    assert 0 < len(refused) <= 9
    assert len(played.asked) == 20 - len(refused)
    await first.aclose()
    await second.aclose()


async def test_refused_values_make_the_columns_be_read_again(played, client):
    await client.schema()
    played.answers["PATCH pages/p-1"] = error(400, "validation_error")
    with pytest.raises(Refused, match="said by Notion"):
        await client.update_page("p-1", TICKET)
    await client.schema()
    assert [name for name, _ in played.asked].count(f"GET data_sources/{SOURCE}") == 2


async def test_whoever_stops_waiting_does_not_cancel_the_request(played, client):
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        arrived.set()
        await go_on.wait()
        return web.json_response(page("p-1", T10))

    played.answers["GET pages/p-1"] = slow
    waiting = asyncio.create_task(client.page("p-1"))
    await arrived.wait()
    (running,) = client._running
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await asyncio.wait([running])
    assert not running.cancelled()
    assert running.result()["id"] == "p-1"


async def test_a_pool_that_gives_no_connection_is_replaced(played, client):
    answer = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await answer.wait()
        return web.json_response(page("p-1", T10))

    played.answers.update({"GET pages/p-1": slow, "GET pages/p-2": page("p-2", T10)})
    client._open_client().client = httpx.AsyncClient(limits=httpx.Limits(max_connections=1))
    client._client.client.timeout = httpx.Timeout(20, pool=0.05)
    first = asyncio.create_task(client.page("p-1"))
    while not played.of("GET pages/p-1"):
        await asyncio.sleep(0.01)
    with pytest.raises(Unreachable):
        await client.page("p-2")
    assert (await client.page("p-2")).page_id == "p-2"
    answer.set()
    assert (await first).page_id == "p-1"


async def test_a_database_without_a_data_source_is_refused(played, client):
    played.answers[f"GET databases/{DATABASE}"] = {"object": "database", "data_sources": []}
    with pytest.raises(Refused, match="NOTION_DATABASE_ID"):
        await client.schema()


async def test_other_refusals_of_a_page_are_not_taken_for_its_absence(played, client):
    played.answers["GET pages/p-1"] = error(403, "restricted_resource")
    with pytest.raises(Refused, match="rights"):
        await client.page("p-1")


async def test_a_created_page_without_an_id_is_unsure(played, client):
    played.answers[CREATE] = {"object": "page"}
    with pytest.raises(Unsure):
        await client.create_page(TICKET)


def test_without_key_or_database_notion_is_off_and_says_so():
    assert notion.off(settings("http://127.0.0.1:9")) is None
    said = notion.off(settings("http://127.0.0.1:9", notion_api_key=SecretStr(" "), notion_database_id=""))
    assert said == "Notion is off: set NOTION_API_KEY and NOTION_DATABASE_ID."


@given(st.text(max_size=50), st.integers(1, 300))
def test_text_is_kept_whole_in_parts_notion_takes(words: str, times: int):
    parts = [part["text"]["content"] for part in properties.text(words * times)]
    assert "".join(parts) == words * times
    assert all(0 < len(part.encode("utf-16-le", "surrogatepass")) // 2 <= properties.TEXT_LIMIT for part in parts)


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(
                    ["object", "id", "properties", "last_edited_time", "Status", "status", "External ID", "rich_text"]
                ),
                inner,
                max_size=5,
            )
            | st.lists(inner, max_size=3)
        ),
        max_leaves=15,
    )
)
def test_reading_any_page_never_raises(answer: Any):
    state = properties.page_state(answer)
    assert state is None or isinstance(state, PageState)
