"""Who is let in: by a key that holds, for what it may do, so many times, and so many at once."""

import asyncio
import hmac
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

import structlog
from aiohttp import web

from hub import keys
from hub.errors import TooOften, Unauthorized
from hub.keys import Holder
from platforms.errors import Later
from runtime.wiring import Runtime
from storage.enums import Scope

BURST_SECONDS = 5
"""Of its rate a key may use so much at once."""
AT_ONCE = 4
"""Requests of one key under way in one process: fewer than connections to the database, so that others find one."""
PATIENCE_SECONDS = 5.0
_KEY = re.compile(rf"{keys.PREFIX}[\w-]{{20,100}}", re.ASCII)
_turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()


async def admit(request: web.Request, runtime: Runtime, scope: Scope) -> Holder:
    """Unauthorized, TooOften, Forbidden. From here on logs say whose key it is, of a refusal too."""
    try:
        holder = await _holder(runtime, _shown(request))
    except Unauthorized as refused:
        if refused.whose:
            structlog.contextvars.bind_contextvars(by=refused.whose)
        raise
    structlog.contextvars.bind_contextvars(by=holder.id)
    per_second = runtime.settings.api_requests_per_second
    await _take(runtime, f"api:{holder.name}", per_second=per_second, burst=per_second * BURST_SECONDS)
    holder.require(scope)
    return holder


async def admit_to_model(runtime: Runtime, holder: Holder) -> None:
    """Taken when the request is known to be well-formed: what costs nothing is not counted. TooOften."""
    per_minute = runtime.settings.api_model_requests_per_minute
    await _take(runtime, f"api-model:{holder.name}", per_second=per_minute / 60, burst=per_minute)


@asynccontextmanager
async def in_turn(holder: Holder) -> AsyncIterator[None]:
    """As many of this key's requests at once as may be, the others after them; TooOften when it takes too long."""
    turns = _turns.setdefault(holder.name, asyncio.Semaphore(AT_ONCE))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await turns.acquire()
    except TimeoutError:
        sentence = "Too much is asked with this key at once; send more when some is answered."
        raise TooOften(sentence, retry_after=1) from None
    try:
        yield
    finally:
        turns.release()


async def _holder(runtime: Runtime, shown: str) -> Holder:
    bootstrap = runtime.settings.hub_api_key.get_secret_value().strip()
    if bootstrap and hmac.compare_digest(keys.digest(shown), keys.digest(bootstrap)):
        return Holder(keys.BOOTSTRAP, frozenset(Scope))
    if not _KEY.fullmatch(shown):  # whoever guesses costs no look into the database
        raise Unauthorized(keys.UNKNOWN)
    async with runtime.db.transaction() as session:
        return await keys.admit(session, shown, now=datetime.now(UTC))


def _shown(request: web.Request) -> str:
    given = request.headers.getall("Authorization", [])
    scheme, _, shown = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not shown.strip(" "):
        raise Unauthorized(keys.WANTED)
    return shown.strip(" ")


async def _take(runtime: Runtime, bucket: str, *, per_second: float, burst: float) -> None:
    try:
        await runtime.limits.take(bucket, rate=per_second, burst=max(1, round(burst)))
    except Later as later:
        seconds = max(1, math.ceil((later.until - datetime.now(UTC)).total_seconds()))
        raise TooOften(f"This key asks too often; ask again in {seconds} s.", retry_after=seconds) from None
