"""Makes a world in one line."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event

from hub import agents, ingestion
from hub.channel import Channel, Comment, Edit, File, Headers, Letter, Message, Profile, Reading, Receipt, Report
from hub.timeline import Actor
from platforms.errors import CannotTell
from storage import agents as agent_rows
from storage.arrivals import Delivery
from storage.database import Bell, Database
from storage.enums import EventType, TicketStatus
from storage.models import Ticket, TicketEvent

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ANA = "T1:UANA"


class Toy:
    """A channel of its own, as a fourth one would be: a delivery is a list of readings made beforehand."""

    name = "toy"
    accepts = frozenset({"application/json"})
    max_body = 1024
    off = None

    def __init__(self, readings: Sequence[Reading] = ()) -> None:
        self.readings = list(readings)

    def verify(self, headers: Headers, body: bytes, now: datetime) -> None: ...

    def read(self, payload: Any) -> list[Reading]:
        return self.readings

    def compose(self, letter: Letter, now: datetime) -> Message:
        return Message(kind="session", text=letter.text, request={"to": letter.recipient})

    async def send(self, message: Message) -> str:
        return "toy-1"

    async def find_sent(self, letter: Letter, message: Message) -> str | None:
        raise CannotTell("A toy keeps no record.", platform="toy")

    async def profile(self, account_id: str) -> Profile | None:
        return None

    def may_fetch(self, url: str) -> bool:
        return False

    async def fetch(self, file: File, limit: int) -> bytes:
        return b""

    async def aclose(self) -> None: ...


CHANNELS: dict[str, Channel] = {"toy": Toy(), "in_app": Toy()}


def report(text: str = "The app crashes when I save", **facts: Any) -> Report:
    author = facts.pop("author", None) or Profile(account_id=facts.pop("account_id", "shop:rita"), name="Rita Reyes")
    return Report(
        **{
            "platform": "toy",
            "external_id": f"m-{uuid4()}",
            "author": author,
            "sent_at": NOON,
            "text": text,
            "raw": {"text": text},
            "place": {"channel": "D1"},
        }
        | facts
    )


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass
class World:
    """A database, and the bells it rang."""

    db: Database
    rung: list[Bell] = field(default_factory=list)

    async def receive(self, *readings: Reading, body: bytes = b"{}") -> ingestion.Taken:
        return await ingestion.receive(self.db, Toy(readings), Delivery("toy", "application/json", body), {})

    async def ticket(self, *, status: TicketStatus | None = None, **facts: Any) -> Ticket:
        """A ticket out of a report, as it would be after `status` was set by an agent."""
        taken = await self.receive(report(**facts))
        agent = await self.agent()
        async with self.db.transaction() as session:
            ticket = (await session.execute(_by_number(taken.numbers[0]))).scalar_one()
            if status is not None:
                from hub import ticketing

                await ticketing.set_status(session, ticket.id, status, by=agent)
        return ticket

    async def agent(self, agent_id: str = ANA) -> Actor:
        async with self.db.transaction() as session:
            await agent_rows.replace(session, {ANA: ("Ana", "ana@hub.test"), agent_id: ("Ana", None)})
            return await agents.require(session, agent_id)

    @contextmanager
    def statements(self) -> Iterator[list[tuple[str, Any]]]:
        """What the database is asked meanwhile, each with what filled it."""
        asked: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            asked.append((statement, parameters))

        engine = self.db._engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(engine, "before_cursor_execute", note)

    async def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        async with self.db.express() as express:
            return [dict(row) for row in await express.connection.fetch(query, *arguments)]

    async def count(self, table: str) -> int:
        return int((await self.rows(f"SELECT count(*) AS n FROM {table}"))[0]["n"])

    async def events(self, ticket_id: UUID) -> list[str]:
        from sqlalchemy import select

        async with self.db.transaction() as session:
            found = await session.scalars(
                select(TicketEvent.event_type)
                .where(TicketEvent.ticket_id == ticket_id)
                .order_by(TicketEvent.position)
            )
            return [EventType(word).value for word in found]


def _by_number(number: int) -> Any:
    from sqlalchemy import select

    return select(Ticket).where(Ticket.number == number)


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


__all__ = ["ANA", "CHANNELS", "NOON", "Comment", "Edit", "Receipt", "Toy", "World", "as_json", "later", "report"]
