"""`python -m jobs worker` works; `python -m jobs notion-setup` adds missing columns to the Notion database."""

import argparse
import asyncio
import sys

from jobs import (
    attachments,
    cards,
    changelog,
    connections,
    deliveries,
    dispatch,
    embedding,
    group_text,
    home,
    identify,
    likeness,
    messages,
    notion,
    privacy,
    suggestion,
    triage,
    upkeep,
    welcome,
    worker,
)
from platforms.errors import PlatformError
from runtime import logs
from runtime.settings import Settings, SettingsError, load_settings
from runtime.wiring import open_runtime

KINDS_LIVE_IN = (
    attachments,
    cards,
    changelog,
    connections,
    deliveries,
    dispatch,
    embedding,
    group_text,
    home,
    identify,
    likeness,
    messages,
    notion,
    privacy,
    suggestion,
    triage,
    upkeep,
    welcome,
)
"""Importing a module registers its jobs."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m jobs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("worker", help="work on what is promised until stopped")
    commands.add_parser("notion-setup", help="add the columns the Notion database lacks")
    command = parser.parse_args(arguments).command
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logs.set_up("worker", level=settings.log_level)
    return asyncio.run(_worker(settings) if command == "worker" else _notion_setup(settings))


async def _worker(settings: Settings) -> int:
    async with open_runtime(settings, "worker") as runtime:
        await worker.serve(runtime)
    return 0


async def _notion_setup(settings: Settings) -> int:
    async with open_runtime(settings) as runtime:
        if runtime.notion_off:
            print(runtime.notion_off, file=sys.stderr)
            return 2
        try:
            added = await runtime.notion.setup()
        except PlatformError as error:
            print(error.message, file=sys.stderr)
            return 1
    print(f"Added {', '.join(added)}." if added else "Nothing is missing.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
