"""`python -m runtime.move_files`: bring attachments out of HUB_HOME into the bucket S3_BUCKET, while the hub runs."""

import asyncio
import sys
from collections.abc import AsyncIterator

from platforms.errors import PlatformError
from platforms.files import Files, local, open_files
from runtime.settings import Settings, SettingsError, load_settings
from storage import attachments
from storage.database import Database
from storage.keyring import Keyring, MissingKey
from storage.models import Attachment


def main() -> int:
    try:
        print(asyncio.run(_run(load_settings())))  # noqa: T201 - what a command answers
    except (SettingsError, MissingKey) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    except PlatformError as error:
        print(f"{error.message} What was moved stays so: begin again.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _run(settings: Settings) -> str:
    if not settings.s3_bucket:
        raise SettingsError("S3_BUCKET is not set: it names the bucket that the files are moved to.")
    files = open_files(settings)
    await files.check()
    database = Database(settings.database_url.get_secret_value(), pool=2, keys=Keyring(settings.encryption_keys))
    moved = missing = 0
    try:
        async for attachment in _in_the_folder(database):
            if await _move(database, files, attachment):
                moved += 1
            else:
                missing += 1
    finally:
        await database.close()
    return f"Moved to {settings.s3_bucket}: {moved} files. Not found under HUB_HOME: {missing}."


async def _in_the_folder(database: Database) -> AsyncIterator[Attachment]:
    after = None
    while True:
        async with database.transaction() as session:
            found = await attachments.kept_under(session, local.SCHEME, after=after)
        if not found:
            return
        for attachment in found:
            yield attachment
        after = found[-1].id


async def _move(database: Database, files: Files, attachment: Attachment) -> bool:
    """Under the same name, so that one that is broken off and begun again leaves nothing behind."""
    old = str(attachment.storage_url)
    try:
        content = await files.read(old)
    except FileNotFoundError:
        return False
    new = files.in_bucket(old)
    await files.save(new, content)
    async with database.transaction() as session:
        is_moved = await attachments.move(session, attachment.id, old=old, new=new)
    await files.delete(old if is_moved else new)
    return True


if __name__ == "__main__":
    sys.exit(main())
