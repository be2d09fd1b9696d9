"""`python -m tests.stories.count TABLE`: how many rows there are, asked of the database itself."""

import asyncio
import os
import sys

import asyncpg


async def main() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    print(await connection.fetchval(f"SELECT count(*) FROM {sys.argv[1]}"))
    await connection.close()


asyncio.run(main())
