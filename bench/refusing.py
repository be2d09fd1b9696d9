"""A bare aiohttp handler that refuses everything at once: what being attacked costs whoever does nothing about it.

Started by `python -m bench.refusing PORT`.
"""

import asyncio
import signal
import sys

from aiohttp import web


async def refuse(_request: web.Request) -> web.Response:
    return web.Response(status=401)


async def serve(port: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
