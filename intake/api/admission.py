"""Who is let in: by a key that holds, for what it may do, so many times."""

import hmac
import math
from datetime import UTC, datetime

from aiohttp import web

from hub import keys
from hub.errors import TooOften, Unauthorized
from hub.keys import Holder
from platforms.errors import Later
from runtime.wiring import Runtime
from storage.enums import Scope

BURST_SECONDS = 5
"""Of its rate a key may use so much at once."""


async def admit(request: web.Request, runtime: Runtime, *, scope: Scope, asks_model: bool) -> Holder:
    """Unauthorized, Forbidden, TooOften."""
    holder = await _holder(runtime, _shown(request))
    holder.require(scope)
    await _take(runtime, f"api:{holder.name}", per_second=runtime.settings.api_requests_per_second)
    if asks_model:
        per_minute = runtime.settings.api_model_requests_per_minute
        await _take(runtime, f"api-model:{holder.name}", per_second=per_minute / 60)
    return holder


async def _holder(runtime: Runtime, shown: str) -> Holder:
    bootstrap = runtime.settings.hub_api_key.get_secret_value().strip()
    if bootstrap and hmac.compare_digest(keys.digest(shown), keys.digest(bootstrap)):
        return Holder(keys.BOOTSTRAP, frozenset(Scope))
    async with runtime.db.transaction() as session:
        return await keys.admit(session, shown, now=datetime.now(UTC))


def _shown(request: web.Request) -> str:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not shown.strip():
        raise Unauthorized("Send an API key as `Authorization: Bearer <key>`.")
    return shown.strip()


async def _take(runtime: Runtime, bucket: str, *, per_second: float) -> None:
    try:
        await runtime.limits.take(bucket, rate=per_second, burst=max(1, round(per_second * BURST_SECONDS)))
    except Later as later:
        seconds = max(1, math.ceil((later.until - datetime.now(UTC)).total_seconds()))
        raise TooOften(f"This key asks too often; ask again in {seconds} s.", retry_after=seconds) from None
