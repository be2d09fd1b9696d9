"""Send what is owed, once: `sending` is committed before the request leaves, what is unknown is looked up."""

from datetime import UTC, datetime

from hub import notifying
from hub.channel import Channel, Letter, Message
from hub.work import Work, promise
from jobs.job import Claim, job
from platforms.errors import (
    CannotTell,
    Later,
    PlatformError,
    RateLimited,
    Refused,
    Restricted,
    Unreachable,
    Unsure,
    WindowClosed,
)
from runtime.wiring import Runtime
from storage.enums import NotificationPurpose, NotificationStatus
from storage.models import Notification

LANDED_SECONDS = 5.0
"""After an answer went missing: what the platform took has become visible by then."""


@job(Work.DISPATCH)
async def dispatch(claim: Claim, runtime: Runtime) -> None:
    async with claim.step() as session:
        letter = await notifying.begin(session, claim.subject, wait=_longest_flight(runtime))
        channel = await _channel(claim, runtime)
    if letter is None:
        return
    message = channel.compose(letter, datetime.now(UTC))
    try:
        provider_id = await channel.send(message)
    except Later:
        async with claim.step() as session:
            await notifying.release(session, claim.subject)
        raise
    except PlatformError as error:
        await _not_sent(claim, error)
        return
    async with claim.finish() as session:
        await notifying.sent(session, claim.subject, provider_id=provider_id, kind=message.kind)


@job(Work.RECONCILE)
async def reconcile(claim: Claim, runtime: Runtime) -> None:
    """Whether a message whose answer went missing is there. Where nobody can tell, an agent decides."""
    async with claim.step() as session:
        letter = await notifying.to_reconcile(session, claim.subject)
        channel = await _channel(claim, runtime)
    if letter is None:
        return
    try:
        provider_id = await _look_up(channel, letter)
    except CannotTell as error:
        if letter.purpose == NotificationPurpose.ACKNOWLEDGEMENT:
            async with claim.finish() as session:
                await notifying.drop(session, claim.subject, error=error.message)
        return
    async with claim.finish() as session:
        if provider_id is not None:
            await notifying.sent(session, claim.subject, provider_id=provider_id)
            return
        await notifying.surely_not_sent(session, claim.subject)
        notification = await notifying.lock(session, claim.subject)
        if notification.status == NotificationStatus.FAILED:
            await promise(session, Work.DISPATCH, notification.id)


def _longest_flight(runtime: Runtime) -> float:
    """Seconds after which no request of a worker that lost this job can still be under way."""
    return runtime.settings.lease_seconds + runtime.settings.request_seconds + LANDED_SECONDS


async def _look_up(channel: Channel, letter: Letter) -> str | None:
    message: Message = channel.compose(letter, datetime.now(UTC))
    return await channel.find_sent(letter, message)


async def _not_sent(claim: Claim, error: PlatformError) -> None:
    """Record what the platform said; raise again what is worth another attempt."""
    async with claim.step() as session:
        again = False
        if isinstance(error, Unsure):
            notification = await notifying.lock(session, claim.subject)
            await notifying.doubt(session, notification, delay=LANDED_SECONDS)
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
                may_retry=isinstance(error, RateLimited | Unreachable) and not isinstance(error, Refused),
            )
    if again:
        raise error


async def _channel(claim: Claim, runtime: Runtime) -> Channel:
    async with runtime.db.transaction() as session:
        notification = await session.get_one(Notification, claim.subject)
    return runtime.channels[notification.channel]
