"""A key lets in while it holds, for what it may do; its text is kept nowhere."""

from datetime import UTC, datetime, timedelta

import pytest

from hub import keys
from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from hub.keys import Holder
from storage.enums import Scope
from tests.build import World

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def made(world: World, name: str = "dashboard", *scopes: Scope, lasts: timedelta | None = None) -> str:
    async with world.db.transaction() as session:
        _, text = await keys.create(session, name, scopes=scopes or [Scope.READ], lasts=lasts)
    return text


async def admitted(world: World, text: str, *, now: datetime | None = None) -> Holder:
    async with world.db.transaction() as session:
        return await keys.admit(session, text, now=now or datetime.now(UTC))


async def test_a_key_lets_in_for_its_scopes_only(world: World):
    holder = await admitted(world, await made(world, "robot", Scope.READ, Scope.SEND, Scope.READ))
    assert holder.actor.id == "api:robot"
    holder.require(Scope.SEND)
    with pytest.raises(Forbidden, match="needs the scope write"):
        holder.require(Scope.WRITE)


async def test_only_a_hash_of_the_key_is_kept(world: World):
    text = await made(world)
    (row,) = await world.rows("SELECT * FROM api_keys")
    assert text not in str(dict(row))
    assert text.removeprefix(keys.PREFIX) not in str(dict(row))
    assert row["digest"] == keys.digest(text)
    assert row["scopes"] == ["read"]


async def test_a_key_that_does_not_hold_lets_nobody_in(world: World):
    text = await made(world, lasts=timedelta(days=1))
    await admitted(world, text)
    with pytest.raises(Unauthorized, match="expired"):
        await admitted(world, text, now=datetime.now(UTC) + timedelta(days=1, seconds=1))
    for wrong in ("", text[:-1], text + "x", text.upper(), keys.digest(text).hex(), "\udc80"):
        with pytest.raises(Unauthorized, match="Nobody has this API key"):
            await admitted(world, wrong)
    async with world.db.transaction() as session:
        await keys.revoke(session, "dashboard")
    (first,) = await world.rows("SELECT revoked_at FROM api_keys")
    with pytest.raises(Unauthorized, match="revoked"):
        await admitted(world, text)
    async with world.db.transaction() as session:
        await keys.revoke(session, "dashboard")
    assert await world.rows("SELECT revoked_at FROM api_keys") == [first], "it was revoked when it was revoked"


async def test_when_a_key_was_used_is_written_once_a_minute(world: World):
    text = await made(world)
    await admitted(world, text)
    (first,) = await world.rows("SELECT last_used_at FROM api_keys")
    await admitted(world, text)
    assert await world.rows("SELECT last_used_at FROM api_keys") == [first]
    await admitted(world, text, now=datetime.now(UTC) + timedelta(seconds=61))
    assert (await world.rows("SELECT last_used_at FROM api_keys"))[0]["last_used_at"] > first["last_used_at"]


@pytest.mark.parametrize("name", ["", "Dash", "a b", "api:x", "-x", "x" * 51, "bootstrap", "a\n"])
async def test_a_name_is_what_histories_can_say(world: World, name: str):
    with pytest.raises(Invalid, match="cannot be a key's name"):
        await made(world, name)


async def test_a_name_is_given_once(world: World):
    await made(world)
    with pytest.raises(Conflict, match="names say who did something"):
        await made(world)
    with pytest.raises(NotFound, match="no key called nobody"):
        async with world.db.transaction() as session:
            await keys.revoke(session, "nobody")
    with pytest.raises(Invalid, match="Say what the key may do"):
        async with world.db.transaction() as session:
            await keys.create(session, "idle", scopes=[])
