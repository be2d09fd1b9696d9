"""The bench of vectors works: it draws them, finds the nearest, and judges that against looking at all."""

from bench import meaning, table
from sandbox.embedded import Servers


async def test_the_nearest_are_found_and_judged(embedded: Servers):
    row = await meaning.measure(embedded, (60, 120), say=lambda _: None)
    assert set(row.median) == {60, 120}
    assert all(share == 1 for share in row.recall.values()), "of so few the index leaves none out"
    drawn = table.compose_meaning(row, where="here")
    assert "| the ten nearest, of | 60 vectors | 120 vectors |" in drawn
