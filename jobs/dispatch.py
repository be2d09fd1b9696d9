"""Send what is owed, once: `sending` is committed before the request leaves, what is unknown is looked up."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hub import notifying
from hub.work import Work
from jobs.job import Claim, job
from platforms.errors import (
    CannotTell,
    Later,
    PlatformError,
    RateLimited,
    Restricted,
    Unreachable,
    Unsure,
    WindowClosed,
)
from runtime import crashing
from runtime.metrics import SENDS
from runtime.wiring import Runtime
from storage.enums import NotificationStatus

LANDED_SECONDS = 5.0
"""After an answer went missing: what the platform took has become visible by then."""


async def _give_up(session: AsyncSession, claim: Claim, error: str) -> None:
    """The job broke down for good before anything left: say so on the card."""
    notification = await notifying.lock(session, claim.subject)
    if notification.status in (NotificationStatus.PENDING, NotificationStatus.FAILED):
        await notifying.failed(session, claim.subject, error=error, code=None, may_retry=False)


@job(Work.DISPATCH, given_up=_give_up)
async def dispatch(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        letter = await notifying.begin(session, claim.subject, wait=_longest_flight(runtime))
    if letter is None:
        return
    channel = runtime.channels[letter.channel]
    message = channel.compose(letter, datetime.now(UTC))
    claim.covers(runtime.settings.request_seconds)
    crashing.passed("message_promised")
    try:
        provider_id = await channel.send(message)
        crashing.passed("message_sent")
    except Later:
        async with claim.step() as session:
            await notifying.release(session, claim.subject)
        raise
    except PlatformError as error:
        SENDS.labels(letter.channel, _state(error)).inc()
        await _not_sent(claim, error)
        return
    SENDS.labels(letter.channel, "sent").inc()
    async with claim.finish() as session:
        await notifying.sent(session, claim.subject, provider_id=provider_id, kind=message.kind)


def _state(error: PlatformError) -> str:
    """For counting: what an attempt came to that did not end well."""
    if isinstance(error, RateLimited | Unreachable):
        return "not_delivered"
    if isinstance(error, Restricted):
        return "restricted"
    return "unsure" if isinstance(error, Unsure) else "refused"


async def _ask(session: AsyncSession, claim: Claim, error: str) -> None:
    await notifying.ask_agent(session, claim.subject)


@job(Work.RECONCILE, given_up=_ask)
async def reconcile(claim: Claim, runtime: Runtime) -> None:
    """Whether a message whose answer went missing is there. Where nobody can tell, an agent decides."""
    async with claim.step() as session:
        letter = await notifying.to_reconcile(session, claim.subject)
    if letter is None:
        return
    channel = runtime.channels[letter.channel]
    try:
        provider_id = await channel.find_sent(letter, channel.compose(letter, datetime.now(UTC)))
    except CannotTell:
        async with claim.finish() as session:
            await notifying.ask_agent(session, claim.subject)
        return
    async with claim.finish() as session:
        if provider_id is not None:
            await notifying.sent(session, claim.subject, provider_id=provider_id)
        else:
            await notifying.surely_not_sent(session, claim.subject)


async def _not_sent(claim: Claim, error: PlatformError) -> None:
    """Record what the platform said; raise again what is worth another attempt."""
    async with claim.step() as session:
        again = False
        if isinstance(error, Unsure):
            notification = await notifying.lock(session, claim.subject)
            notifying.doubt(session, notification, delay=LANDED_SECONDS)
        elif isinstance(error, WindowClosed) and await notifying.use_template(
            session, claim.subject, error=error.message, code=error.code
        ):
            pass
        elif isinstance(error, Restricted):
            await notifying.restrict(session, claim.subject, error=error.message, code=error.code)
        else:
            again = await notifying.failed(
                session,
                claim.subject,
                error=error.message,
                code=error.code,
                may_retry=isinstance(error, RateLimited | Unreachable),
            )
    if again:
        raise error


def _longest_flight(runtime: Runtime) -> float:
    """Seconds after which no request of a worker that lost this job can still be under way."""
    return runtime.settings.lease_seconds + runtime.settings.request_seconds + LANDED_SECONDS
