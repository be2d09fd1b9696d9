"""Vectors are made once for each text and model, of scrubbed text, and the nearest are found."""

from collections.abc import Sequence
from uuid import UUID

from hub import embedding, similarity, ticketing
from storage import embeddings
from storage.models import Ticket
from tests.build import World

MODEL = "text-embedding-3-small"


def vector(*beginning: float) -> list[float]:
    return [*beginning, *([0.0] * (embedding.DIMENSIONS - len(beginning)))]


async def ticket(world: World, text: str) -> Ticket:
    made = await world.ticket(text=text)
    async with world.db.transaction() as session:
        await similarity.changed(session, made.id)
    return made


async def make(world: World, *vectors: Sequence[float], model: str = MODEL) -> int:
    """As the job does, with these answers of a model; how many were asked for."""
    async with world.db.transaction() as session:
        found = await embedding.waiting(session)
    texts = await embedding.scrubbed(found)
    places = embedding.unknown(found, texts, model=model)
    async with world.db.transaction() as session:
        await embedding.keep(session, found, texts, dict(zip(places, vectors, strict=False)), model=model)
    return len(places)


async def near(world: World, ticket_id: UUID) -> list[UUID]:
    async with world.db.transaction() as session:
        return [other for other, _ in await embeddings.nearest(session, ticket_id, limit=10)]


async def test_what_a_model_reads_is_scrubbed(world: World):
    await ticket(world, "Write to rita@example.com, the map hangs")
    async with world.db.transaction() as session:
        found = await embedding.waiting(session)
    (text,) = await embedding.scrubbed(found)
    assert "rita@example.com" not in text.text
    assert "the map hangs" in text.text


async def test_the_nearest_come_first_and_never_oneself(world: World):
    one, two, three = [await ticket(world, f"Report {number}") for number in range(3)]
    assert await near(world, one.id) == []
    await make(world, vector(1.0), vector(0.0, 1.0), vector(0.9, 0.1))
    assert await near(world, one.id) == [three.id, two.id]


async def test_the_same_text_is_not_asked_for_twice_and_another_model_asks_again(world: World):
    made = await ticket(world, "The map hangs")
    assert await make(world, vector(1.0)) == 1
    assert await make(world) == 0
    async with world.db.transaction() as session:
        await similarity.changed(session, made.id)
    assert await make(world) == 0, "it says what it said"
    async with world.db.transaction() as session:
        await embeddings.renew(session, model="another")
    assert await make(world, vector(0.0, 1.0), model="another") == 1
    (row,) = await world.rows("SELECT model, dimensions, due_at FROM embeddings")
    assert tuple(row.values()) == ("another", embedding.DIMENSIONS, None)


async def test_what_changes_while_a_model_is_asked_is_made_again(world: World):
    made = await ticket(world, "The map hangs")
    async with world.db.transaction() as session:
        found = await embedding.waiting(session)
    texts = await embedding.scrubbed(found)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ticketing.change(session, made.id, by=agent, title="The map is empty")
        await similarity.changed(session, made.id)
    async with world.db.transaction() as session:
        await embedding.keep(session, found, texts, {0: vector(1.0)}, model=MODEL)
    assert await make(world, vector(0.0, 1.0)) == 1
