"""`python -m runtime.reseal`: seal everything personal with the first key of HUB_ENCRYPTION_KEY."""

import asyncio
import sys

from runtime.settings import Settings, SettingsError, load_settings
from storage.database import Database
from storage.keyring import Keyring, MissingKey
from storage.resealing import reseal


def main() -> int:
    try:
        settings = load_settings()
        print(asyncio.run(_run(settings)))  # noqa: T201 - what a command answers
    except (SettingsError, MissingKey) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


async def _run(settings: Settings) -> str:
    keys = Keyring(settings.encryption_keys)
    if not keys.ids:
        raise SettingsError("HUB_ENCRYPTION_KEY is not set: `openssl rand -hex 32` makes a key.")
    database = Database(settings.database_url.get_secret_value(), pool=2, keys=keys)
    try:
        async for table, done in reseal(database):
            print(f"{table}: {done:,} rows", end="\r", flush=True)  # noqa: T201
    finally:
        await database.close()
    return f"\nEverything is sealed with the key {keys.ids[0]}; other keys can be taken out of HUB_ENCRYPTION_KEY."


if __name__ == "__main__":
    sys.exit(main())
