"""With a key nothing personal is readable in its column, and everything goes on as before; also while keys change."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hub import identity, ingestion, notifying, privacy
from hub.channel import Profile, Unreadable
from storage import erasures, reporters, tickets, webhook_deliveries
from storage.arrivals import Delivery
from storage.keyring import Keyring, MissingKey
from storage.models import Reporter, ReporterIdentity, TicketSource, WebhookDelivery
from storage.resealing import reseal
from storage.sealed import known_by
from tests.build import Toy, World, report
from tests.conftest import opened

OLD, NEW = b"o" * 32, b"n" * 32
EMAIL, PHONE = "zorvatha@quillmere.example", "447700900931"
BODY = f'{{"from": "{PHONE}", "mail": "{EMAIL}"}}'.encode()
COLUMNS = {
    "reporters": "email",
    "reporter_identities": "platform_user_id || metadata::text",
    "agents": "email",
    "ticket_sources": "raw_payload::text",
    "notifications": "recipient",
    "webhook_deliveries": "encode(body, 'escape')",
}
"""Where there is an e-mail or a telephone number."""


@pytest.fixture
async def sealed(world_url: str) -> AsyncIterator[World]:
    async with opened(world_url, OLD) as world:
        yield world


def said(text: str = "The export crashes", **facts: object):
    author = Profile(account_id=f"100:{PHONE}", name="Zorvatha", email=EMAIL, phone=PHONE)
    return report(text, author=author, raw={"from": PHONE, "mail": EMAIL}, **facts)


async def everywhere(world: World) -> str:
    """What an agent did and was told, and a report with everything in it; answers the ticket's id."""
    await world.receive(said(), body=BODY)
    await world.agent()
    async with world.db.transaction() as session:
        (ticket,) = (await tickets.page(session, tickets.Filters())).rows
        await notifying.acknowledge(session, ticket)
    return str(ticket.id)


async def stored(world: World) -> dict[str, str]:
    """The columns as they stand in the database."""
    return {
        table: "\n".join(str(row["value"]) for row in await world.rows(f"SELECT {column} AS value FROM {table}"))
        for table, column in COLUMNS.items()
    }


async def people(world: World) -> int:
    return await world.count("reporters")


async def test_nothing_personal_can_be_read_and_everything_is_found(sealed: World):
    await everywhere(sealed)
    for table, text in (await stored(sealed)).items():
        assert text, table
        assert not [each for each in (EMAIL, PHONE, "ana@hub.test") if each in text], table
    async with sealed.db.transaction() as session:
        person = await session.scalar(select(Reporter).where(known_by(Reporter.email_digest, EMAIL)))
        account = await session.scalar(select(ReporterIdentity))
        assert (person.email, account.platform_user_id) == (EMAIL, f"100:{PHONE}")
        assert account.attributes == {"phone": PHONE, "email": EMAIL}
        assert [row.id for row in await reporters.named(session, EMAIL.upper(), limit=5)] == [person.id]
        found = await tickets.page(session, tickets.Filters(reporter=EMAIL))
        assert len(found.rows) == 1
        assert (await session.scalar(select(WebhookDelivery))).body == BODY
        assert (await session.scalar(select(TicketSource))).raw_payload == {"from": PHONE, "mail": EMAIL}
        exported = await privacy.export(session, person.id)
        assert exported["profiles"][0]["email"] == EMAIL
        assert "email_digest" not in exported["profiles"][0]


async def test_somebody_who_writes_again_is_the_same_person(sealed: World):
    await sealed.receive(said())
    await sealed.receive(said("And it prints twice"))
    await sealed.receive(report("By another account", author=Profile(account_id="shop:z", email=EMAIL)))
    assert (await people(sealed), await sealed.count("reporter_identities")) == (1, 2)


async def test_forty_at_once_are_one_person(sealed: World):
    await asyncio.gather(*(sealed.receive(said(f"Number {n}")) for n in range(40)))
    assert (await people(sealed), await sealed.count("tickets")) == (1, 40)


async def test_a_person_made_by_hand_is_the_one_who_wrote(sealed: World):
    await sealed.receive(said())
    async with sealed.db.transaction() as session:
        account = await identity.by_hand(session, channel="toy", name=None, email=EMAIL)
        other = await identity.by_hand(session, channel="toy", name="Otto", email="otto@example.com")
        again = await identity.by_hand(session, channel="toy", name="Otto", email="OTTO@example.com")
    assert account.platform_user_id == f"100:{PHONE}"
    assert other.id == again.id
    assert await people(sealed) == 2


async def test_keys_given_later_find_what_was_there_before(world_url: str):
    async with opened(world_url) as plain:
        await everywhere(plain)
        assert all(text for text in (await stored(plain)).values())
    async with opened(world_url, OLD) as sealed:
        await sealed.receive(said("And it prints twice"))
        assert await people(sealed) == 1


async def test_a_key_is_changed_while_people_write(world_url: str):
    async with opened(world_url, OLD) as old:
        await everywhere(old)
        before = (await old.rows("SELECT updated_at FROM reporters"))[0]["updated_at"]
    async with opened(world_url, NEW, OLD) as both:
        await both.receive(said("Written between"))

        async def write() -> None:
            for number in range(20):
                await both.receive(said(f"Number {number}"))

        writing = asyncio.create_task(write())
        done = {table: number async for table, number in reseal(both.db)}
        await writing
        assert set(done) == set(COLUMNS)
        assert await people(both) == 1
        done = {table: number async for table, number in reseal(both.db)}
    async with opened(world_url, NEW) as new:
        await new.receive(said("And once more"))
        assert (await people(new), await new.count("reporter_identities")) == (1, 1)
        async with new.db.transaction() as session:
            assert {row.body for row in await session.scalars(select(WebhookDelivery))} == {BODY, b"{}"}
            assert {person.email for person in await session.scalars(select(Reporter))} == {EMAIL}
            assert (await session.scalar(select(ReporterIdentity))).attributes["phone"] == PHONE
        assert [row["id"] for row in await new.rows("SELECT id FROM encryption_keys")] == Keyring([NEW]).ids
        assert (await new.rows("SELECT updated_at FROM reporters"))[0]["updated_at"] == before


@pytest.mark.parametrize(
    ("before", "after"),
    [((OLD,), (OLD, NEW)), ((OLD, NEW), (NEW, OLD)), ((NEW, OLD), (NEW,))],
    ids=["add it", "seal with it", "take the old one out"],
)
async def test_processes_are_given_another_key_one_after_the_other(
    world_url: str, before: tuple[bytes, ...], after: tuple[bytes, ...]
):
    """Each step of docs/operations.md, half done: whom one knows the other knows, whoever met them first."""
    async with opened(world_url, *before) as one, opened(world_url, *after) as other:
        await one.receive(said())
        await other.receive(said("And it prints twice"))
        somebody = Profile(account_id="shop:z", name="Otto", email="otto@example.com")
        await other.receive(report("By somebody new", author=somebody))
        await one.receive(report("By them again", author=somebody))
        assert (await people(one), await one.count("reporter_identities")) == (2, 2)


async def test_a_hub_without_the_key_takes_nothing_in(world_url: str):
    async with opened(world_url, OLD) as old:
        await old.receive(said())
    for keys in ((), (NEW,)):
        async with opened(world_url, *keys) as other:
            with pytest.raises(MissingKey, match=Keyring([OLD]).ids[0]):
                await other.receive(said("Who is that?"))
            with pytest.raises(MissingKey):
                await other.agent()
    async with opened(world_url, OLD) as old:
        assert (await people(old), await old.count("webhook_deliveries")) == (1, 1)


async def test_deliveries_are_forgotten_although_nobody_else_can_read_them(sealed: World):
    await sealed.receive(said(), body=BODY)
    await sealed.receive(report("Somebody else's"), body=b'{"from": "otto"}')
    async with sealed.db.transaction() as session:
        person = await session.scalar(select(Reporter).where(known_by(Reporter.email_digest, EMAIL)))
        marks = await erasures.marks(session, await erasures.belongings(session, person.id))
        at, after = privacy.BEGINNING
        gone, _, _ = await erasures.forget_deliveries(session, marks, at=at, after=after, until=datetime.now(UTC))
    assert (gone, await sealed.count("webhook_deliveries")) == (1, 1)


async def test_a_delivery_that_could_not_be_read_is_kept_sealed_and_read_again(sealed: World):
    broken = Delivery("toy", "application/json", BODY)
    await ingestion.receive(sealed.db, Toy([Unreadable(reason="no id")]), broken, {})
    assert PHONE not in (await stored(sealed))["webhook_deliveries"]
    async with sealed.db.transaction() as session:
        (row,) = (await webhook_deliveries.page(session, status="unreadable")).rows
        assert (await session.get_one(WebhookDelivery, row.id, populate_existing=True)).body == BODY


async def test_a_sealed_column_is_not_compared(sealed: World):
    with pytest.raises(TypeError, match="known_by finds it"):
        select(Reporter).where(Reporter.email == EMAIL)
