"""Two people turn out to be one, and turn out not to be."""

import asyncio
from uuid import UUID, uuid4

import pytest

from hub import identity, ingestion, merging
from hub.channel import Profile
from hub.errors import Conflict, Invalid, NotFound, Stale
from tests.build import World, report


async def person(world: World, account: str, **facts) -> UUID:
    """Somebody who wrote once from this account."""
    await world.receive(report(f"from {account}", author=Profile(account_id=account, **facts)))
    return await owner(world, account)


async def owner(world: World, account: str) -> UUID:
    (row,) = await world.rows("SELECT reporter_id FROM reporter_identities WHERE platform_user_id = $1", account)
    return row["reporter_id"]


async def merge(world: World, reporter: UUID, into: UUID) -> UUID:
    """The id of the merge."""
    agent = await world.agent()
    async with world.db.transaction() as session:
        await merging.merge(session, reporter, into_id=into, by=agent)
    (row,) = await world.rows("SELECT id FROM reporter_merges WHERE reporter_id = $1 AND undone_at IS NULL", reporter)
    return row["id"]


async def part(world: World, merge_id: UUID) -> None:
    agent = await world.agent()
    async with world.db.transaction() as session:
        await merging.part(session, merge_id, by=agent)


async def state(world: World) -> list[list[tuple]]:
    """Who has which account, ticket and e-mail, and who became whom."""
    return [
        [tuple(row.values()) for row in await world.rows(query)]
        for query in (
            "SELECT platform_user_id, reporter_id FROM reporter_identities ORDER BY 1",
            "SELECT number, reporter_id FROM tickets ORDER BY 1",
            "SELECT id, email, merged_into FROM reporters ORDER BY 1",
        )
    ]


async def test_merging_gives_accounts_and_tickets_and_says_so_on_each(world: World):
    one, other = await person(world, "shop:one"), await person(world, "shop:other")
    await world.rows("DELETE FROM jobs")
    await merge(world, one, other)
    assert await owner(world, "shop:one") == other
    (first, second) = await world.rows("SELECT id, reporter_id FROM tickets ORDER BY number")
    assert {first["reporter_id"], second["reporter_id"]} == {other}
    assert (await world.events(first["id"]))[-1] == "reporter_merged"
    assert "reporter_merged" not in await world.events(second["id"])
    assert f"card:{first['id']}" in {row["key"] for row in await world.rows("SELECT key FROM jobs")}


async def test_undoing_gives_everything_back_also_what_was_written_since(world: World):
    one, other = await person(world, "shop:one", email="one@example.com"), await person(world, "shop:other")
    before = await state(world)
    merged = await merge(world, one, other)
    (into,) = await world.rows("SELECT email FROM reporters WHERE id = $1", other)
    assert into["email"] == "one@example.com"
    await part(world, merged)
    assert await state(world) == before
    merged = await merge(world, one, other)
    assert await person(world, "shop:one") == other
    await part(world, merged)
    mine = await world.rows("SELECT number FROM tickets WHERE reporter_id = $1", one)
    assert len(mine) == 2
    assert await owner(world, "shop:other") == other


@pytest.mark.parametrize("first", ["inner", "outer"])
async def test_a_chain_is_undone_from_either_end(world: World, first: str):
    one = await person(world, "shop:one", email="one@example.com")
    two, three = await person(world, "shop:two"), await person(world, "shop:three")
    before = await state(world)
    inner, outer = await merge(world, one, two), await merge(world, two, three)
    assert {await owner(world, f"shop:{name}") for name in ("one", "two", "three")} == {three}
    async with world.db.transaction() as session:
        assert (await merging.get(session, one)).id == three
    for merged in (inner, outer) if first == "inner" else (outer, inner):
        await part(world, merged)
    assert await state(world) == before


async def test_what_cannot_be_merged_is_refused_in_a_sentence(world: World):
    one, other, third = [await person(world, f"shop:{name}") for name in ("one", "other", "third")]
    with pytest.raises(Invalid, match="same person"):
        await merge(world, one, one)
    with pytest.raises(NotFound):
        await merge(world, one, uuid4())
    merged = await merge(world, one, other)
    for pair in ((one, third), (third, one)):
        with pytest.raises(Conflict, match="meanwhile"):
            await merge(world, *pair)
    await part(world, merged)
    with pytest.raises(Stale):
        await part(world, merged)
    with pytest.raises(NotFound):
        await part(world, uuid4())


async def test_of_two_agents_who_merge_at_once_one_is_told(world: World):
    one, other = await person(world, "shop:one"), await person(world, "shop:other")
    outcomes = await asyncio.gather(merge(world, one, other), merge(world, other, one), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "UUID"]
    assert len({await owner(world, "shop:one"), await owner(world, "shop:other")}) == 1


async def test_a_new_message_with_the_email_of_somebody_merged_is_of_who_they_became(world: World):
    one = await person(world, "shop:one", email="one@example.com")
    other = await person(world, "shop:other", email="other@example.com")
    await merge(world, one, other)
    assert await person(world, "shop:new", email="one@example.com") == other
    agent = await world.agent()
    async with world.db.transaction() as session:
        ticket = await ingestion.create(
            session, title="t", description="d", by=agent, reporter_email="one@example.com"
        )
    assert ticket.reporter_id == other


async def test_whom_an_agent_parted_an_email_does_not_join_again(world: World):
    await person(world, "shop:one", email="rita@example.com")
    two = await person(world, "shop:two")
    await learn(world, "shop:two", "rita@example.com")
    (merged,) = await world.rows("SELECT id, actor_type FROM reporter_merges")
    assert merged["actor_type"] == "system"
    await part(world, merged["id"])
    await learn(world, "shop:two", "rita@example.com")
    assert await owner(world, "shop:two") == two


async def learn(world: World, account: str, email: str) -> None:
    (row,) = await world.rows("SELECT id FROM reporter_identities WHERE platform_user_id = $1", account)
    async with world.db.transaction() as session:
        await identity.learn(session, row["id"], Profile(account_id=account, email=email))


async def test_people_are_offered_by_name_email_or_ticket_and_never_oneself(world: World):
    rita = await person(world, "shop:rita", name="Rita Reyes", email="rita@example.com")
    await person(world, "shop:rob", name="Rob")
    gone = await person(world, "shop:rod", name="Rod")
    await merge(world, gone, rita)
    for typed, names in {
        "": ["Rita Reyes", "Rob"],
        "R": ["Rita Reyes", "Rob"],
        "rit": ["Rita Reyes"],
        "RITA@example.com": ["Rita Reyes"],
        "#2": ["Rob"],
        "3": ["Rita Reyes"],
        "#99": [],
        "%": [],
    }.items():
        async with world.db.transaction() as session:
            assert [each.name for each in await merging.offered(session, typed, but=uuid4())] == names, typed
    async with world.db.transaction() as session:
        assert [each.name for each in await merging.offered(session, "", but=rita)] == ["Rob"]


async def test_a_reporters_window_says_who_was_taken_for_them(world: World):
    one, other = await person(world, "shop:one", name="R. R."), await person(world, "shop:other")
    await merge(world, one, other)
    async with world.db.transaction() as session:
        (merged,) = await merging.of(session, other, limit=5)
    assert (merged.name, merged.by_hand) == ("R. R.", True)
