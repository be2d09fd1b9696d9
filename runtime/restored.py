"""`python -m runtime.restored`: the first thing to run on a database from a backup, before any other process."""

import argparse
import asyncio
import sys

from runtime.settings import Settings, SettingsError, load_settings
from storage.database import Database
from storage.keyring import Keyring, MissingKey
from storage.restoring import StillAtWork, take_up

NUMBERS = 1000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m runtime.restored", description=__doc__)
    parser.add_argument(
        "--numbers",
        type=int,
        default=NUMBERS,
        help=f"ticket numbers to leave out, {NUMBERS} unless given: at least as many as were given since the backup",
    )
    given = parser.parse_args()
    try:
        print(asyncio.run(_run(load_settings(), given.numbers)))  # noqa: T201 - what a command answers
    except (SettingsError, MissingKey) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except StillAtWork:
        print("Stop bot, intake and workers first: they work on this database.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _run(settings: Settings, numbers: int) -> str:
    database = Database(settings.database_url.get_secret_value(), pool=2, keys=Keyring(settings.encryption_keys))
    try:
        async with database.transaction() as session:
            taken = await take_up(session, numbers=numbers)
    finally:
        await database.close()
    return (
        f"Messages that may have been sent since the backup, and are looked up first: {taken.unsure}.\n"
        f"The next ticket is #{taken.next_number}.\n"
        "Reports written before now are not acknowledged (again); whoever answers one is told to look into the "
        "conversation first."
    )


if __name__ == "__main__":
    sys.exit(main())
