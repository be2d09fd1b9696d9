"""`python -m bot` answers Slack; `python -m bot check` tries every credential and says what is missing."""

import argparse
import asyncio
import sys

from bot import check
from bot.app import make_app
from runtime import logs
from runtime.serving import RUNTIME, serve
from runtime.settings import Settings, SettingsError, load_settings
from runtime.wiring import open_runtime


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="answer Slack (the default)")
    commands.add_parser("check", help="try every credential; the exit code is 0 when all that is on works")
    command = parser.parse_args(arguments).command
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logs.set_up("bot", level="CRITICAL" if command == "check" else settings.log_level)
    return asyncio.run(_check(settings) if command == "check" else _serve(settings))


async def _serve(settings: Settings) -> int:
    async with open_runtime(settings, "bot") as runtime:
        app = make_app(runtime)
        app[RUNTIME] = runtime
        await serve(app, host=settings.listen_host, port=settings.bot_port)
    return 0


async def _check(settings: Settings) -> int:
    is_well = True
    async with open_runtime(settings) as runtime:
        async for name, found in check.findings(runtime):
            print(name)
            for one in found:
                print(f"  {one.state.upper() if one.state == 'wrong' else one.state:<5}  {one.sentence}")
            is_well = is_well and check.is_well(found)
    print("Everything that is on works." if is_well else "Something is wrong: see above.")
    return 0 if is_well else 1


if __name__ == "__main__":
    sys.exit(main())
