"""`python -m intake` serves; `replay` and `dead-letters` mend what could not be read or done."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from uuid import UUID

from hub import recovery
from hub.errors import HubError
from intake.app import make_app
from runtime import logs
from runtime.serving import serve
from runtime.settings import Settings, SettingsError, load_settings
from runtime.wiring import Runtime, open_runtime
from storage.models import DeadLetterJob


def main(arguments: list[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if given.command == "serve":
        logs.set_up("intake", level=settings.log_level)
    try:
        return asyncio.run(_run(settings, given))
    except HubError as error:
        print(error.message, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m intake", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="answer webhooks and the REST API (the default)")
    replay = commands.add_parser("replay", help="read webhook deliveries again")
    replay.add_argument("delivery", nargs="?", type=UUID, help="one delivery's id; without it, all unreadable ones")
    letters = commands.add_parser("dead-letters", help="list dead letters, run one again, or mark it resolved")
    letters.add_argument("--retry", type=UUID, metavar="ID", help="run this one again")
    letters.add_argument("--resolve", type=UUID, metavar="ID", help="mark this one as dealt with")
    letters.add_argument("--reason", default="resolved by hand", help="why it is resolved")
    parser.set_defaults(command="serve")
    return parser


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    async with open_runtime(settings) as runtime:
        if given.command == "serve":
            await serve(make_app(runtime), host=settings.listen_host, port=settings.intake_port)
        elif given.command == "replay":
            await _replay(runtime, given.delivery)
        else:
            await _dead_letters(runtime, given)
    return 0


async def _replay(runtime: Runtime, delivery_id: UUID | None) -> None:
    async with runtime.db.transaction() as session:
        if delivery_id is None:
            number = await recovery.replay_unreadable(session)
        else:
            await recovery.replay(session, delivery_id)
            number = 1
    print(f"{number} {'delivery is' if number == 1 else 'deliveries are'} read again by the worker.")


async def _dead_letters(runtime: Runtime, given: argparse.Namespace) -> None:
    async with runtime.db.transaction() as session:
        if given.retry:
            await recovery.run_again(session, given.retry, by="command line")
            print("It is run again by the worker.")
        elif given.resolve:
            await recovery.resolve(session, given.resolve, by="command line", resolution=given.reason)
            print("Marked as resolved.")
        else:
            _list(await recovery.unresolved(session))


def _list(letters: Sequence[DeadLetterJob]) -> None:
    if not letters:
        print("There are no dead letters.")
    for row in letters:
        print(f"{row.id}  {row.failed_at:%Y-%m-%d %H:%M:%S}  {row.job_key}  {row.error_class}: {row.error_message}")


if __name__ == "__main__":
    sys.exit(main())
