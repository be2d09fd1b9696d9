"""What is wrong with connections: kept with the time it began, and gone when it is over."""

from hub import connecting
from tests.build import World

REVOKED = "The Slack token was revoked: install the app again and set SLACK_BOT_TOKEN."


async def note(world: World, **found: str | None) -> bool:
    async with world.db.transaction() as session:
        return await connecting.note(session, found)


async def troubles(world: World) -> dict[str, str]:
    async with world.db.transaction() as session:
        return {trouble.name: trouble.sentence for trouble in await connecting.troubles(session)}


async def since(world: World) -> object:
    return (await world.rows("SELECT since FROM connections WHERE name = 'slack'"))[0]["since"]


async def test_what_is_wrong_is_said_until_it_is_well_again(world: World):
    assert await note(world, slack=REVOKED, notion=None)
    assert await troubles(world) == {"slack": REVOKED}
    began = await since(world)
    assert not await note(world, slack=REVOKED, notion=None), "nothing is different"
    assert await since(world) == began
    assert await note(world, slack=None, notion=None)
    assert await troubles(world) == {}
    assert await since(world) > began


async def test_a_connection_that_was_turned_off_is_forgotten(world: World):
    await note(world, slack=REVOKED, notion=None)
    assert await note(world, notion=None)
    assert await troubles(world) == {}


async def test_a_channel_that_has_become_silent_is_worth_a_look(world: World):
    await note(world, toy=None)
    assert await troubles(world) == {}, "one that never wrote has just been connected"
    await world.receive(body=b"{}")
    await note(world, toy=None)
    assert await troubles(world) == {}
    await world.rows("UPDATE webhook_deliveries SET received_at = received_at - interval '8 days'")
    await note(world, toy=None, slack=REVOKED)
    assert "Nothing has come since" in (await troubles(world))["toy"]
    assert (await troubles(world))["slack"] == REVOKED
