"""Bare aiohttp handlers that do one thing and no more: `python -m bench.bare WHAT PORT`.

`refusing` answers 401 to everything: what being attacked costs whoever does nothing about it. `acknowledging` checks
Slack's signature and answers 200: the least that acknowledges a click. `agreeing` plays a Slack that says yes to
whatever it is asked, at once, and prints the method and the title of the view.
"""

import asyncio
import hmac
import json
import signal
import sys
import time
from collections.abc import Iterable

from aiohttp import web

from bench.deliveries import SECRET

FRESH_SECONDS = 300


async def refuse(_request: web.Request) -> web.Response:
    return web.Response(status=401)


async def acknowledge(request: web.Request) -> web.Response:
    return web.Response(status=200 if signed_by_slack(request, await request.read()) else 401)


async def agree(request: web.Request) -> web.Response:
    asked = json.loads(await request.read() or b"{}")
    title = asked.get("view", {}).get("title", {}).get("text", "")
    print(f"{request.path} {title}", flush=True)
    return web.json_response({"ok": True, "view": {"id": "V1"}})


def signed_by_slack(request: web.Request, body: bytes) -> bool:
    at = request.headers.get("X-Slack-Request-Timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > FRESH_SECONDS:
        return False
    expected = "v0=" + hmac.digest(SECRET.encode(), f"v0:{at}:".encode() + body, "sha256").hex()
    return hmac.compare_digest(request.headers.get("X-Slack-Signature", ""), expected)


DOES = {"refusing": refuse, "acknowledging": acknowledge, "agreeing": agree}


async def serve(routes: Iterable[web.RouteDef], port: int) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = web.Application()
    app.router.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=75)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve([web.route("*", "/{any:.*}", DOES[sys.argv[1]])], int(sys.argv[2])))
