"""Who is speaking: by e-mail first, then by account."""

from hub import identity, ingestion
from hub.channel import Profile
from storage.models import ReporterIdentity
from storage.sealed import known_by
from tests.build import World, report


async def account(world: World, account_id: str = "shop:rita") -> ReporterIdentity:
    from sqlalchemy import select

    async with world.db.transaction() as session:
        return await session.scalar(
            select(ReporterIdentity).where(known_by(ReporterIdentity.account_digest, account_id))
        )


async def learn(world: World, account_id: str = "shop:rita", **facts) -> None:
    row = await account(world, account_id)
    async with world.db.transaction() as session:
        await identity.learn(session, row.id, Profile(account_id=account_id, **facts) if facts else None)


async def test_what_the_platform_says_is_kept_and_the_card_drawn_again(world: World):
    await world.receive(report(author=Profile(account_id="shop:rita")))
    await world.rows("DELETE FROM jobs")
    await learn(world, name="Rita Reyes", email="RITA@example.com", phone="34600", company="Acme", handle="rr")
    (person,) = await world.rows("SELECT name, email, company FROM reporters")
    assert (person["name"], person["email"], person["company"]) == ("Rita Reyes", "rita@example.com", "Acme")
    row = await account(world)
    assert (row.attributes, row.profiled_at is not None) == (
        {"phone": "34600", "handle": "rr", "company": "Acme"},
        True,
    )
    assert [job["kind"] for job in await world.rows("SELECT kind FROM jobs")] == ["draw_card"]


async def test_a_platform_that_says_nothing_is_not_asked_for_ever(world: World):
    await world.receive(report())
    await learn(world)
    assert (await account(world)).profiled_at is not None


async def test_a_later_email_joins_accounts_that_were_apart(world: World):
    await world.receive(report(author=Profile(account_id="shop:one", email="rita@example.com")))
    await world.receive(report(author=Profile(account_id="shop:two")))
    await learn(world, "shop:two", email="Rita@Example.com")
    one, two = await account(world, "shop:one"), await account(world, "shop:two")
    assert one.reporter_id == two.reporter_id
    assert {row["reporter_id"] for row in await world.rows("SELECT reporter_id FROM tickets")} == {one.reporter_id}
    (gone,) = await world.rows("SELECT merged_into FROM reporters WHERE merged_into IS NOT NULL")
    assert gone["merged_into"] == one.reporter_id


async def test_a_person_keeps_the_email_they_have(world: World):
    await world.receive(report(author=Profile(account_id="shop:one", email="one@example.com")))
    await learn(world, "shop:one", email="other@example.com")
    assert [row["email"] for row in await world.rows("SELECT email FROM reporters")] == ["one@example.com"]


async def test_a_phone_seen_earlier_is_the_same_person_under_a_new_id(world: World):
    await world.receive(report(author=Profile(account_id="shop:34600", phone="34600")))
    await world.receive(report(author=Profile(account_id="shop:US.77", phone="34600")))
    assert await world.count("reporters") == 1
    assert await world.count("reporter_identities") == 2


async def test_a_person_named_by_hand_is_found_by_email(world: World):
    agent = await world.agent()
    for name in ("Rita", None):
        async with world.db.transaction() as session:
            await ingestion.create(
                session, title="t", description="d", by=agent, reporter_name=name, reporter_email="Rita@example.com"
            )
    assert await world.count("reporters") == 1
    assert await world.count("reporter_identities") == 1


async def test_an_unknown_account_has_no_reporter(world: World):
    async with world.db.transaction() as session:
        assert await identity.reporter_of(session, "toy", "nobody") is None


async def test_a_ticket_by_hand_goes_to_the_account_the_person_has_there(world: World):
    await world.receive(report(author=Profile(account_id="shop:rita", email="rita@example.com")))
    agent = await world.agent()
    async with world.db.transaction() as session:
        ticket = await ingestion.create(
            session, title="t", description="d", by=agent, channel="toy", reporter_email="rita@example.com"
        )
    assert ticket.identity_id == (await account(world)).id


async def test_twenty_tickets_by_hand_with_one_new_email_are_one_person(world: World):
    import asyncio

    agent = await world.agent()

    async def create() -> None:
        async with world.db.transaction() as session:
            await ingestion.create(session, title="t", description="d", by=agent, reporter_email="new@example.com")

    await asyncio.gather(*(create() for _ in range(10)))
    assert await world.count("reporters") == 1


async def test_a_later_message_with_an_email_joins_the_accounts(world: World):
    await world.receive(report(author=Profile(account_id="shop:one", email="rita@example.com")))
    await world.receive(report(author=Profile(account_id="shop:two")))
    await learn(world, "shop:two")
    await world.receive(report(author=Profile(account_id="shop:two", email="rita@example.com")))
    await learn(world, "shop:two")
    assert (await account(world, "shop:one")).reporter_id == (await account(world, "shop:two")).reporter_id


async def test_only_a_telephone_number_is_kept_as_one(world: World):
    """Profiles are free text: a word there would be looked for in everybody's deliveries when its owner is erased."""
    for given in ("type", "sealed AAAA", "1 2 3", "call me", "+34 600 111 222 or by mail"):
        assert identity.phone(given) is None, given
    for given in ("34600111222", "+34 600-111.222", "(555) 010 0000"):
        assert identity.phone(f" {given} ") == given
    await world.receive(report(author=Profile(account_id="shop:rita", phone="type")))
    await learn(world, name="Rita", phone="sealed AAAA")
    assert (await account(world)).attributes == {}
