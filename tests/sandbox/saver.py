"""Saves a state and a file over and over, each time another round, until it is killed. Its argument is the folder."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from runtime.settings import Settings
from sandbox.memory import Memory
from sandbox.world import World


class Rounds:
    """Rows that all say which round it is, and a file that says it too."""

    def __init__(self) -> None:
        self.round = 0
        self.rows = []
        self.content = b""

    def turn(self, number: int) -> None:
        self.round, self.content = number, b"%d" % number * 1000
        self.rows = [{"round": number, "row": row} for row in range(2000)]

    def state(self):
        return {"round": self.round, "rows": self.rows, "files": [{"content": self.content}]}

    def restore(self, state):
        self.round, self.rows, self.content = state["round"], state["rows"], state["files"][0]["content"]


def memory_in(folder: Path) -> tuple[Memory, World, Rounds]:
    world, rounds = World(Settings(_env_file=None, database_url="none", redis_url="none")), Rounds()
    rounds.content = ""  # what it starts with holds no files
    return Memory(folder, world, {"rounds": rounds}), world, rounds


async def save_for_ever(folder: Path) -> None:
    memory, world, rounds = memory_in(folder)
    for number in count(1):
        rounds.turn(number)
        world.changed = True
        await memory.save()
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(save_for_ever(Path(sys.argv[1])))
