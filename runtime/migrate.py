"""`python -m runtime.migrate`: bring the database up to date; the Procfile's `release`."""

import asyncio
import sys

from runtime.settings import SettingsError, load_settings
from storage.migrations import Ahead, CannotMigrate, upgrade


def main() -> int:
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - logs are not set up yet
        return 2
    try:
        asyncio.run(upgrade(settings.database_url.get_secret_value()))
    except Ahead as ahead:  # no failure: a deployment that goes back would come no further
        print(ahead, file=sys.stderr)  # noqa: T201
    except CannotMigrate as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
