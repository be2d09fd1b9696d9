"""The bench of lists works: it makes tickets, reads every list at each size, and says how they grow."""

from bench import lists, table
from sandbox.embedded import Servers


async def test_every_read_is_timed_at_every_size(embedded: Servers):
    rows = await lists.measure(embedded, (200, 400), say=lambda _: None, rounds=2)
    assert len(rows) == 19
    assert all(set(row.milliseconds) == {200, 400} and row.growth > 0 for row in rows)
    drawn = table.compose_lists(rows, where="here")
    assert "| milliseconds, with | 200 tickets | 400 tickets | growth |" in drawn
