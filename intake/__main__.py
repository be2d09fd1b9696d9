"""`python -m intake` serves; `keys` lets programs in; `replay` and `dead-letters` mend what was not read or done."""

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from hub import keys, recovery
from hub.errors import HubError, Invalid
from intake.app import make_app
from runtime import logs
from runtime.serving import serve
from runtime.settings import Settings, SettingsError, load_settings
from runtime.wiring import Runtime, open_runtime
from storage.enums import DeliveryStatus, Scope
from storage.models import ApiKey, DeadLetterJob


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
    except (OSError, DBAPIError) as error:
        if given.command == "serve":
            raise
        print(f"The database cannot do this now ({type(error).__name__}); see DATABASE_URL.", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m intake", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="answer webhooks and the REST API (the default)")
    _add_keys(commands.add_parser("keys", help="make, list or revoke keys of the REST API"))
    replay = commands.add_parser("replay", help="read webhook deliveries again")
    replay.add_argument("delivery", nargs="?", type=UUID, help="one delivery's id; without it, all unreadable ones")
    replay.add_argument("--from", dest="start", type=_moment, metavar="TIME", help="all received from then on")
    replay.add_argument("--until", dest="end", type=_moment, metavar="TIME", help="and before then")
    letters = commands.add_parser("dead-letters", help="list dead letters, run one again, or mark it resolved")
    acts = letters.add_mutually_exclusive_group()
    acts.add_argument("--retry", type=UUID, metavar="ID", help="run this one again")
    acts.add_argument("--resolve", type=UUID, metavar="ID", help="mark this one as dealt with")
    letters.add_argument("--reason", default="resolved by hand", help="why it is resolved")
    parser.set_defaults(command="serve")
    return parser


def _add_keys(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", required=True)
    create = acts.add_parser("create", help="make a key and show it, once")
    create.add_argument("name", help="who uses it; histories say api:<name>")
    create.add_argument(
        "--scopes",
        type=_scopes,
        default=[Scope.READ],
        help=f"what it may do, comma-separated: {', '.join(Scope)} (default: read)",
    )
    create.add_argument("--days", type=_days, help="how long it holds (default: until it is revoked)")
    acts.add_parser("list", help="every key, and when it was last used; never its text")
    revoke = acts.add_parser("revoke", help="let this key in no more")
    revoke.add_argument("name")


def _scopes(text: str) -> list[Scope]:
    try:
        return [Scope(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: the scopes are {', '.join(Scope)}") from None


def _days(text: str) -> timedelta:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 3650):
        raise argparse.ArgumentTypeError(f"{text}: days are a number from 1 to 3650")
    return timedelta(days=int(text))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: a time is written as 2026-01-31T14:00") from None
    if not 1970 <= moment.year <= 2200:
        raise argparse.ArgumentTypeError(f"{text}: no delivery is from then")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _run(settings: Settings, given: argparse.Namespace) -> int:
    service = "intake" if given.command == "serve" else ""
    async with open_runtime(settings, service) as runtime:
        if given.command == "serve":
            await serve(make_app(runtime), host=settings.listen_host, port=settings.intake_port)
        elif given.command == "keys":
            await _keys(runtime, given)
        elif given.command == "replay":
            await _replay(runtime, given)
        else:
            await _dead_letters(runtime, given)
    return 0


async def _keys(runtime: Runtime, given: argparse.Namespace) -> None:
    async with runtime.db.transaction() as session:
        if given.act == "create":
            key, text = await keys.create(session, given.name, scopes=given.scopes, lasts=given.days)
            shown = _line(key)
        elif given.act == "revoke":
            shown, text = _line(await keys.revoke(session, given.name)), None
        else:
            shown, text = "\n".join(_lines(await keys.every(session))), None
    print(shown)
    if text:
        print(f"\nThe key, shown this once:\n{text}")


def _lines(found: Iterable[ApiKey]) -> list[str]:
    return [_line(key) for key in found] or ["There are no keys; HUB_API_KEY, where it is set, is one more."]


def _line(key: ApiKey) -> str:
    state = "holds"
    if key.revoked_at:
        state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}"
    elif key.expires_at:
        state = f"{'expired' if key.expires_at <= datetime.now(UTC) else 'until'} {key.expires_at:%Y-%m-%d %H:%M}"
    used = f"last used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
    return f"{key.name:<20}  {','.join(key.scopes):<28}  {state:<24}  {used}"


async def _replay(runtime: Runtime, given: argparse.Namespace) -> None:
    more, status = False, None
    async with runtime.db.transaction() as session:
        if given.delivery is not None and (given.start or given.end):
            raise Invalid("Give one delivery's id, or a time, not both.")
        if given.delivery is not None:
            await recovery.replay(session, given.delivery)
            number = 1
        else:
            status = None if given.start or given.end else DeliveryStatus.UNREADABLE
            number, more = await recovery.replay_range(session, given.start, given.end, status=status)
    print(f"{number} {'delivery is' if number == 1 else 'deliveries are'} read again by the worker.")
    if more:
        print(f"There are more: {'say it again in a minute' if status else 'give a later --from'}.")


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
