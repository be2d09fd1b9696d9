"""What each agent has chosen to see on App Home: kept between visits, and read anew whenever it is drawn."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hub import connecting, listing, measurement, membership, mending, reviewing
from hub.connecting import Trouble
from hub.work import Work, promise
from storage import homes
from storage.tickets import Filters

WATCHED = timedelta(minutes=10)
"""For so long after it was opened a Home is kept up to date."""
REFRESH_SECONDS = 4.0
"""What changes within this time is drawn once."""
DEEPEST = 200
"""Pages one can have turned."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`filters` are those of the section; `cursors` the pages turned so far, the last one is shown."""

    section: str = "tickets"
    filters: Mapping[str, Any] = field(default_factory=dict)
    cursors: tuple[str, ...] = ()

    @property
    def cursor(self) -> str | None:
        return self.cursors[-1] if self.cursors else None

    @property
    def page(self) -> int:
        return len(self.cursors) + 1

    def at(self, section: str) -> "Choice":
        return Choice(section)

    def narrowed(self, **filters: Any) -> "Choice":
        """With these filters on top, None for anything; from the first page on."""
        wanted = {key: value for key, value in (dict(self.filters) | filters).items() if value is not None}
        return replace(self, filters=wanted, cursors=())

    def turned(self, cursor: str) -> "Choice":
        return replace(self, cursors=(*self.cursors, cursor)[-DEEPEST:])

    def turned_back(self) -> "Choice":
        return replace(self, cursors=self.cursors[:-1])


@dataclass(frozen=True, slots=True)
class Screen:
    """A section and what is on it."""

    choice: Choice
    content: Any
    troubles: tuple[Trouble, ...] = ()
    """Of connections; the same on every section."""


Change = Callable[[Choice], Choice]
Read = Callable[[AsyncSession, Choice], Awaitable[Any]]


async def chosen(session: AsyncSession, account_id: str) -> Choice:
    """What they chose last; what an older version kept is forgotten rather than misread."""
    state = await homes.state(session, account_id)
    section, filters, cursors = state.get("section"), state.get("filters"), state.get("cursors")
    if section not in SECTIONS or not isinstance(filters, dict) or not isinstance(cursors, list):
        return Choice()
    return Choice(str(section), filters, tuple(str(cursor) for cursor in cursors))


async def choose(session: AsyncSession, account_id: str, choice: Choice) -> None:
    state = {"section": choice.section, "filters": dict(choice.filters), "cursors": list(choice.cursors)}
    await homes.opened(session, account_id, state=state)


async def screen(session: AsyncSession, choice: Choice) -> Screen:
    return Screen(choice, await SECTIONS[choice.section](session, choice), await connecting.troubles(session))


async def changed(session: AsyncSession) -> None:
    """Something that lists show is different now: the Homes people look at are drawn again, once for many changes."""
    if not await homes.watched(session, within=WATCHED):
        return
    promise(session, Work.HOMES, "all", delay=REFRESH_SECONDS)


async def _tickets(session: AsyncSession, choice: Choice) -> listing.TicketList:
    known = {key: value for key, value in choice.filters.items() if key in Filters.__dataclass_fields__}
    return await listing.ticket_list(session, Filters(**known), cursor=choice.cursor)


async def _groups(session: AsyncSession, choice: Choice) -> membership.GroupList:
    status, words = choice.filters.get("status"), choice.filters.get("words")
    return await membership.group_list(session, status=status, words=words, cursor=choice.cursor)


async def _suggestions(session: AsyncSession, choice: Choice) -> membership.SuggestionList:
    return await membership.suggestion_list(session, cursor=choice.cursor)


async def _notifications(session: AsyncSession, choice: Choice) -> reviewing.NotificationList:
    status, channel = choice.filters.get("status"), choice.filters.get("channel")
    return await reviewing.notification_list(session, status=status, channel=channel, cursor=choice.cursor)


async def _dead_letters(session: AsyncSession, choice: Choice) -> mending.LetterList:
    return await mending.overview(session, cursor=choice.cursor)


async def _changelogs(session: AsyncSession, choice: Choice) -> reviewing.ChangelogList:
    return await reviewing.changelog_list(session, status=choice.filters.get("status"), cursor=choice.cursor)


async def _metrics(session: AsyncSession, choice: Choice) -> measurement.Metrics:
    """Time alone changes these: whoever looks has them drawn again, for as long as Homes are."""
    promise(session, Work.HOMES, "all", delay=measurement.FRESH.total_seconds())
    period = choice.filters.get("period")
    known = measurement.Period(period) if period in set(measurement.Period) else measurement.Period.DAY
    looked_at = await homes.last_opened(session, "metrics")
    return await measurement.recent(session, known, now=datetime.now(UTC), looked_at=looked_at)


SECTIONS: dict[str, Read] = {
    "tickets": _tickets,
    "groups": _groups,
    "suggestions": _suggestions,
    "changelogs": _changelogs,
    "notifications": _notifications,
    "dead_letters": _dead_letters,
    "metrics": _metrics,
}
