"""Try every connection with one harmless request, and note what is wrong with it."""

from collections.abc import Awaitable, Callable

from hub import connecting, viewing
from hub.work import Work
from jobs.job import Claim, job
from platforms.errors import Later, PlatformError, RateLimited
from runtime.wiring import Runtime


@job(Work.CHECK)
async def check_connections(claim: Claim, runtime: Runtime) -> None:
    found = {name: await _trouble(ask) for name, ask in runtime.connections().items()}
    async with claim.finish() as session:
        if await connecting.note(session, found):
            await viewing.changed(session)


async def _trouble(ask: Callable[[], Awaitable[object]]) -> str | None:
    """A platform that asks us to wait knows us; that is no trouble."""
    try:
        await ask()
    except (RateLimited, Later):
        return None
    except PlatformError as error:
        return error.message
    return None
