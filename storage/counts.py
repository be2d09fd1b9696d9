"""How many tickets there are of each kind, without counting them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import TicketCount, TicketCountChange

_FOLD = text("""
WITH gone AS (
  DELETE FROM ticket_count_changes RETURNING status, channel, priority, ticket_type, number
)
INSERT INTO ticket_counts AS c (status, channel, priority, ticket_type, number)
SELECT status, channel, priority, ticket_type, sum(number) FROM gone
GROUP BY status, channel, priority, ticket_type ORDER BY 1, 2, 3, 4
ON CONFLICT (status, channel, priority, ticket_type) DO UPDATE SET number = c.number + excluded.number
""")


@dataclass(frozen=True, slots=True)
class Count:
    status: str
    channel: str
    priority: int
    ticket_type: str
    number: int


async def tickets(session: AsyncSession) -> Sequence[Count]:
    """One row a kind of ticket there is: some hundred at most, however many tickets."""
    kinds = [
        select(table.status, table.channel, table.priority, table.ticket_type, table.number)
        for table in (TicketCount, TicketCountChange)
    ]
    every = union_all(*kinds).subquery()
    by = (every.c.status, every.c.channel, every.c.priority, every.c.ticket_type)
    number = func.sum(every.c.number)
    rows = await session.execute(select(*by, number).group_by(*by).having(number != 0))
    return [Count(*row[:4], int(row[4])) for row in rows]


async def fold(session: AsyncSession) -> None:
    """Add what has changed to what is counted; two at once share the changes between them."""
    await session.execute(_FOLD)
