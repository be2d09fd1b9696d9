"""Lists of tickets: what is found, in what order, and how many there are."""

from hub import listing, ticketing, viewing
from hub.viewing import Choice
from storage import counts, homes
from storage.enums import Priority, TicketStatus
from storage.tickets import Filters
from tests.build import ANA, Profile, World


async def found(world: World, **filters: object) -> list[str]:
    async with world.db.transaction() as session:
        shown = await listing.ticket_list(session, Filters(**filters))
    return [line.title for line in shown.lines]


async def test_tickets_are_found_by_what_they_say_and_who_said_it(world: World):
    await world.ticket(text="La exportación falla siempre")
    await world.ticket(
        text="The export crashes", author=Profile(account_id="shop:sam", name="Sam Stone", email="sam@shop.test")
    )
    other = await world.ticket(text="Nothing to see 100%", author=Profile(account_id="shop:li", name="Li_na"))
    async with world.db.transaction() as session:
        await ticketing.take(session, other.id, by=await world.agent())
    assert await found(world, words="export") == ["The export crashes"]
    assert await found(world, words="falla exportación") == ["La exportación falla siempre"]
    assert await found(world, words="falla expor") == []
    assert await found(world, words="falla expor", is_typing=True) == ["La exportación falla siempre"]
    assert await found(world, words="' & | !:*", is_typing=True) == []
    assert await found(world, reporter="sam") == ["The export crashes"]
    assert await found(world, reporter="SAM@shop.test") == ["The export crashes"]
    assert await found(world, reporter="li_") == ["Nothing to see 100%"]
    assert await found(world, reporter="%") == []
    assert await found(world, assignee=ANA) == ["Nothing to see 100%"]
    assert await found(world, assignee="") == ["The export crashes", "La exportación falla siempre"]
    assert await found(world, number=other.number) == ["Nothing to see 100%"]
    assert await found(world, words="'; DROP TABLE tickets; --") == []


async def test_a_page_follows_the_other(world: World):
    for number in range(5):
        await world.ticket(text=f"Report {number}")
    async with world.db.transaction() as session:
        first = await listing.ticket_list(session, Filters(), limit=3)
        second = await listing.ticket_list(session, Filters(), limit=3, cursor=first.next_cursor)
    assert [line.title for line in first.lines] == ["Report 4", "Report 3", "Report 2"]
    assert [line.title for line in second.lines] == ["Report 1", "Report 0"]
    assert second.next_cursor is None
    assert (first.found, first.counts.total) == (5, 5)


async def test_tickets_are_counted_as_they_come_change_and_go(world: World):
    first, second = await world.ticket(), await world.ticket(status=TicketStatus.RESOLVED)
    assert await counted(world) == {("open", 2): 1, ("resolved", 2): 1}
    async with world.db.transaction() as session:
        await counts.fold(session)
    agent = await world.agent()
    async with world.db.transaction() as session:
        await ticketing.change(session, first.id, by=agent, priority=Priority.CRITICAL)
        await ticketing.set_status(session, second.id, TicketStatus.OPEN, by=agent)
    assert await counted(world) == {("open", 0): 1, ("open", 2): 1}
    for _ in range(2):
        async with world.db.transaction() as session:
            await counts.fold(session)
    assert await counted(world) == {("open", 0): 1, ("open", 2): 1}
    assert await world.count("ticket_count_changes") == 0


async def test_what_is_resolved_is_no_longer_counted_as_critical(world: World):
    agent = await world.agent()
    for status in (TicketStatus.OPEN, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED):
        ticket = await world.ticket(status=status)
        async with world.db.transaction() as session:
            await ticketing.change(session, ticket.id, by=agent, priority=Priority.CRITICAL)
    async with world.db.transaction() as session:
        shown = await listing.ticket_list(session, Filters())
    assert (shown.counts.critical, shown.counts.total) == (2, 3)


async def counted(world: World) -> dict[tuple[str, int], int]:
    async with world.db.transaction() as session:
        return {(one.status, one.priority): one.number for one in await counts.tickets(session)}


async def test_a_choice_is_kept_and_what_cannot_be_read_is_forgotten(world: World):
    choice = Choice().narrowed(status="open", words="export").turned("abc")
    async with world.db.transaction() as session:
        assert await viewing.chosen(session, ANA) == Choice()
        await viewing.choose(session, ANA, choice)
        assert await viewing.chosen(session, ANA) == choice
        await homes.opened(session, ANA)
        assert await viewing.chosen(session, ANA) == choice
        await homes.opened(session, ANA, state={"section": "of an older version"})
        assert await viewing.chosen(session, ANA) == Choice()


async def test_homes_are_drawn_again_once_for_many_changes_and_only_where_somebody_looks(world: World):
    async with world.db.transaction() as session:
        await viewing.changed(session)
    assert await promised(world) == 0
    async with world.db.transaction() as session:
        await homes.opened(session, ANA)
        await viewing.changed(session)
    assert await promised(world) == 0, "whoever is no agent any more is shown nothing new"
    await world.agent()
    for _ in range(3):
        async with world.db.transaction() as session:
            await viewing.changed(session)
    assert await promised(world) == 1


async def promised(world: World) -> int:
    return len(await world.rows("SELECT 1 FROM jobs WHERE kind = 'publish_homes' AND status = 'pending'"))


def test_turning_back_leads_where_one_came_from():
    choice = Choice().turned("a").turned("b")
    assert (choice.cursor, choice.page) == ("b", 3)
    assert choice.turned_back().cursor == "a"
    assert choice.narrowed(status="open").cursor is None
    assert choice.narrowed(status="open").narrowed(status=None).filters == {}
