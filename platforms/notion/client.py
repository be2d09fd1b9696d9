"""Notion's API through notion_client: one limiter, our time limits, our words for what went wrong."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
from notion_client import AsyncClient
from notion_client.errors import HTTPResponseError, RequestTimeoutError

from hub.channel import Json
from platforms import calls
from platforms.errors import WAIT, Later, PlatformError, RateLimited, Refused, Unreachable, Unsure
from platforms.http import certificates
from platforms.limits import Limits, burst
from platforms.notion import properties, refusals
from platforms.notion.properties import PageState, Schema, TicketPage
from platforms.notion.refusals import NAME

_BURST_SECONDS = 3.3
"""Notion's "Request limits" allows some bursts above the rate of a connection."""
_CONNECT_SECONDS = 3.0
_PAUSE = 5.0
"""How long a 429 or 529 without Retry-After closes the connection's bucket."""
_PATIENCE = timedelta(seconds=1)
_PAGE = 100


class Created(NamedTuple):
    page_id: str
    url: str


class Notion:
    """One connection to one database. Methods raise platforms.errors and limits' Later.

    httpx's pool does not survive cancelled requests, so a request is never cancelled: who waits may leave, the
    request ends by its own time limits.
    """

    def __init__(
        self,
        *,
        token: str,
        database_id: str,
        base_url: str,
        version: str,
        seconds: float,
        requests_per_second: float,
        limits: Limits,
    ) -> None:
        self._token = token
        self._database_id = database_id
        self._base_url = base_url.rstrip("/")
        self._version = version
        self._seconds = seconds
        self._rate, self._burst = requests_per_second, burst(requests_per_second, seconds=_BURST_SECONDS)
        self._limits = limits
        self._bucket = "notion:" + hashlib.sha256(token.encode()).hexdigest()[:12]
        self._client: AsyncClient | None = None
        self._schema: Schema | None = None
        self._running: set[asyncio.Task[Any]] = set()

    async def aclose(self) -> None:
        self._retire_client()
        while self._running:
            await asyncio.wait(self._running)

    async def schema(self) -> Schema:
        """The columns, read once; Refused with a sentence naming what is missing or of the wrong kind."""
        if self._schema is None:
            schema = await self._read_schema()
            if schema.fault:
                raise Refused(schema.fault, platform=NAME, code="schema")
            self._schema = schema
        return self._schema

    async def find_page(self, external_id: str) -> PageState | None:
        """The page of this ticket, the oldest if there are several; trashed pages are not found."""
        schema = await self.schema()
        answer = await self._query(
            schema,
            filter=properties.with_external_id(external_id),
            sorts=[{"timestamp": "created_time", "direction": "ascending"}],
            page_size=1,
        )
        return next(iter(_states(answer)), None)

    async def create_page(self, page: TicketPage) -> Created:
        """Unsure when the page may have been made: look with `find_page` before trying again."""
        schema = await self.schema()
        parent = {"type": "data_source_id", "data_source_id": schema.data_source_id}
        values = properties.written(page, schema, creating=True)
        answer = await self._call(lambda notion: notion.pages.create(parent=parent, properties=values), creates=True)
        if not isinstance(answer.get("id"), str):
            raise refusals.lost("Notion did not say which page it made", Unsure, code="no_id")
        return Created(answer["id"], str(answer.get("url") or ""))

    async def update_page(self, page_id: str, page: TicketPage) -> None:
        """Everything but the status, which Notion owns."""
        values = properties.written(page, await self.schema(), creating=False)
        await self._call(lambda notion: notion.pages.update(page_id, properties=values))

    async def page(self, page_id: str) -> PageState | None:
        """What Notion says of the page now; None when it is gone or no longer shared."""
        try:
            return properties.page_state(await self._call(lambda notion: notion.pages.retrieve(page_id)))
        except Refused as refused:
            if refused.code == "object_not_found":
                return None
            raise

    async def changed_since(self, moment: datetime) -> AsyncIterator[PageState]:
        """Pages edited at or after `moment`, oldest first, each once; then those that are in the trash.

        Times are minutes rounded down, so ask from an overlap before the last time seen.
        """
        seen: set[str] = set()
        for in_trash in (False, True):
            async for state in self._edited(moment, in_trash=in_trash):
                if state.page_id not in seen:
                    seen.add(state.page_id)
                    yield state

    async def check(self) -> None:
        """Whether the database is still shared with us."""
        await self._call(lambda notion: notion.databases.retrieve(self._database_id))

    async def comment(self, page_id: str, text: str) -> None:
        parent, words = {"page_id": page_id}, properties.text(text)
        await self._call(lambda notion: notion.comments.create(parent=parent, rich_text=words), creates=True)

    async def setup(self) -> tuple[str, ...]:
        """Add the columns that are missing and return their names; Refused when one is of the wrong kind."""
        schema = await self._read_schema()
        if schema.mistyped:
            raise Refused(schema.fault or "", platform=NAME, code="schema")
        if schema.missing:
            columns = properties.missing_columns(schema)
            await self._call(lambda notion: notion.data_sources.update(schema.data_source_id, properties=columns))
        self._schema = None
        return schema.missing

    async def _read_schema(self) -> Schema:
        """The database's first data source that has our columns, else its first one (a database may have several)."""
        database = await self._call(lambda notion: notion.databases.retrieve(self._database_id))
        ids = [str(one["id"]) for one in database.get("data_sources") or [] if isinstance(one, dict) and "id" in one]
        if not ids:
            raise Refused(
                "The Notion database has no data source: check NOTION_DATABASE_ID.", platform=NAME, code="schema"
            )
        schemas = [properties.schema_of(await self._data_source(one)) for one in ids]
        return next((schema for schema in schemas if not schema.fault), schemas[0])

    async def _data_source(self, data_source_id: str) -> Json:
        return await self._call(lambda notion: notion.data_sources.retrieve(data_source_id))

    async def _edited(self, moment: datetime, *, in_trash: bool) -> AsyncIterator[PageState]:
        """One query answers at most 10,000 pages and then says `incomplete`: go on from the last time seen."""
        start, last = None, moment.astimezone(UTC).replace(second=0, microsecond=0)
        while start != last:
            start, incomplete = last, False
            async for answer in self._query_pages(start, in_trash=in_trash):
                incomplete = incomplete or _is_incomplete(answer)
                for state in _states(answer):
                    last = max(last, state.last_edited_at)
                    yield state
            if not incomplete:
                return
        sentence = "More pages changed in one minute than Notion lets us read: make a new database for new tickets."
        raise Refused(sentence, platform=NAME, code="too_many")

    async def _query_pages(self, since: datetime, *, in_trash: bool) -> AsyncIterator[Json]:
        schema = await self.schema()
        edited = {"on_or_after": since.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        asked: Json = {
            "filter": {"timestamp": "last_edited_time", "last_edited_time": edited},
            "sorts": [{"timestamp": "last_edited_time", "direction": "ascending"}],
            "page_size": _PAGE,
            **({"in_trash": True} if in_trash else {}),
        }
        cursor = None
        while True:
            answer = await self._query(schema, **asked, **({"start_cursor": cursor} if cursor else {}))
            yield answer
            cursor = answer.get("next_cursor")
            if not (answer.get("has_more") and cursor):
                return

    async def _query(self, schema: Schema, **asked: Any) -> Json:
        return await self._call(lambda notion: notion.data_sources.query(schema.data_source_id, **asked))

    async def _call(self, request: Callable[[AsyncClient], Awaitable[Any]], *, creates: bool = False) -> Json:
        """`creates`: doing it twice would be seen, so an unknown outcome is Unsure and not Unreachable."""
        await self._take_turn()
        with calls.counted(NAME):
            return await self._asked(request, Unsure if creates else Unreachable)

    async def _asked(
        self, request: Callable[[AsyncClient], Awaitable[Any]], unknown: type[Unsure | Unreachable]
    ) -> Json:
        try:
            answer = await self._answered(request)
        except HTTPResponseError as error:
            raise await self._noted(refusals.translated(error, unknown)) from error
        except (RequestTimeoutError, httpx.HTTPError, TimeoutError) as error:
            raise self._unanswered(error, unknown) from error
        except ValueError as error:
            raise refusals.lost("Notion answered something that is not JSON", unknown, code="not_json") from error
        if not isinstance(answer, dict):
            raise refusals.lost("Notion answered something that is not an object", unknown, code="not_json")
        return answer

    async def _take_turn(self) -> None:
        """Wait a moment for a turn, or Later: what needs several requests would start over at every collision."""
        give_up = datetime.now(UTC) + _PATIENCE
        while True:
            try:
                return await self._limits.take(self._bucket, rate=self._rate, burst=self._burst)
            except Later as later:
                if later.until > give_up:
                    raise
                await asyncio.sleep(max((later.until - datetime.now(UTC)).total_seconds(), 0.01))

    async def _answered(self, request: Callable[[AsyncClient], Awaitable[Any]]) -> Any:
        """The answer, waited for at most the total limit; whoever stops waiting leaves the request running."""
        task = self._keep(asyncio.ensure_future(request(self._open_client())))
        async with asyncio.timeout(self._seconds + _CONNECT_SECONDS):
            return await asyncio.shield(task)

    def _keep(self, task: "asyncio.Task[Any]") -> "asyncio.Task[Any]":
        self._running.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()

    async def _noted(self, error: PlatformError) -> PlatformError:
        if isinstance(error, RateLimited):
            await self._limits.close(self._bucket, error.retry_after or _PAUSE)
        if error.code == "validation_error":
            self._schema = None
        return error

    def _unanswered(self, error: Exception, unknown: type[Unsure | Unreachable]) -> PlatformError:
        """notion_client hides which time-out it was in the context of its own error."""
        cause = error.__context__ if isinstance(error, RequestTimeoutError) else error
        if isinstance(cause, httpx.PoolTimeout):
            self._retire_client()
        if isinstance(
            cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol
        ):
            return Unreachable(f"Notion could not be reached: check the network, or {WAIT}.", platform=NAME)
        return refusals.lost("Notion did not answer in time", unknown, code="no_answer")

    def _open_client(self) -> AsyncClient:
        if self._client is None:
            http = httpx.AsyncClient(verify=certificates())
            self._client = AsyncClient(
                client=http,
                auth=self._token,
                base_url=self._base_url,
                notion_version=self._version,
                retry=False,
                logger=logging.getLogger(__name__),
                log_level=logging.ERROR,
            )
            connect = min(_CONNECT_SECONDS, self._seconds)
            # notion_client sets a time limit of its own on the client it is given.
            http.timeout = httpx.Timeout(self._seconds, connect=connect, pool=connect)
        return self._client

    def _retire_client(self) -> None:
        """The next request gets a new pool; the old one is closed when the requests on it have ended."""
        client, self._client = self._client, None
        if client is not None:
            self._keep(asyncio.ensure_future(_closed_after(client, set(self._running))))


async def _closed_after(client: AsyncClient, running: "set[asyncio.Task[Any]]") -> None:
    if running:
        await asyncio.wait(running)
    await client.aclose()


def _states(answer: Json) -> list[PageState]:
    results = answer.get("results")
    read = (properties.page_state(one) for one in results) if isinstance(results, list) else ()
    return [state for state in read if state is not None]


def _is_incomplete(answer: Json) -> bool:
    status = answer.get("request_status")
    return isinstance(status, dict) and status.get("type") == "incomplete"
