"""`python -m bot`: answer Slack."""

import asyncio
import sys

from bot.app import make_app
from runtime import logs
from runtime.serving import RUNTIME, serve
from runtime.settings import Settings, SettingsError, load_settings
from runtime.wiring import open_runtime


def main() -> int:
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logs.set_up("bot", level=settings.log_level)
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: Settings) -> None:
    async with open_runtime(settings, "bot") as runtime:
        app = make_app(runtime)
        app[RUNTIME] = runtime
        await serve(app, host=settings.listen_host, port=settings.bot_port)


if __name__ == "__main__":
    sys.exit(main())
