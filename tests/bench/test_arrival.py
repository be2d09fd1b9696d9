"""The bench works: whether the product is fast is read by people, never decided by a test."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from bench import arrival, cpu, deliveries, rows, table
from bench.arrival import Load
from bench.contender import Block, Contender, contender, free_port
from bench.deliveries import CHANNELS
from sandbox.embedded import Servers

pytestmark = pytest.mark.usefixtures("forked")
SLOW = Block(per_second=500, p50=2, p99=9, errors=0, refused=(), server_cpu=1, database_cpu=0.5, redis_cpu=0.1)
FAST = Block(per_second=1000, p50=1, p99=3, errors=0, refused=(), server_cpu=0.3, database_cpu=0.45, redis_cpu=0)


@pytest.fixture
def reference(database_url: str, migrated: Servers, tmp_path: Path) -> Iterator[Contender]:
    port = free_port()
    module = ["bench.reference", database_url, str(port)]
    started = contender(migrated, tmp_path, "reference", module, port=port, url=database_url, given={})
    started.start()
    yield started
    started.process.stop()


@pytest.fixture
async def copy(database_url: str, migrated: Servers, reference: Contender) -> AsyncIterator[str]:
    """What the reference made of four deliveries, a second time."""
    sent(reference, 4)
    reference.process.stop()
    name = f"copy_{uuid4().hex}"
    admin = await asyncpg.connect(migrated.database_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {_name(database_url)}")
    yield migrated.database_url.replace("/hub?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def sent(server: Contender, count: int, channel: str = "whatsapp") -> Block:
    return server.take(CHANNELS[channel].requests(0, count, port=server.port), connections=2)


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


async def test_hub_and_reference_write_the_same_rows_on_every_channel(migrated: Servers, tmp_path: Path) -> None:
    loads = (Load("whatsapp", 1, 6), Load("whatsapp", 4, 24), Load("intercom", 4, 12), Load("slack", 4, 12))
    plan = arrival.Plan(loads, rounds=1, warm_up=8)
    outcome = await arrival.measure(migrated, tmp_path, plan, say=lambda _words: None)
    assert outcome.problems == []
    assert outcome.sent == 6 + 24 + 12 + 12 + 3 * 8
    assert [row.load for row in outcome.table] == list(loads)
    assert sum(block.errors for row in outcome.table for block in (*row.hub, *row.reference)) == 0


async def test_the_same_rows_are_no_difference_and_any_that_is_missing_or_says_something_else_is_found(
    database_url: str, copy: str
) -> None:
    assert await rows.count(database_url, "tickets") == 4
    assert await rows.differences(database_url, copy) == []
    connection = await asyncpg.connect(copy)
    for change, found in (
        ("UPDATE webhook_deliveries SET body = body || '\\x20'", "body: b'"),
        ("UPDATE reporter_identities SET burst_at = NULL", "burst_at: "),
        ("UPDATE tickets SET title = 'Another'", "title: 'The app crashes"),
        ("DELETE FROM jobs WHERE id = (SELECT max(id) FROM jobs)", "jobs: 4 rows against 3"),
    ):
        assert found not in " ".join(await rows.differences(database_url, copy))
        await connection.execute(change)
        assert found in " ".join(await rows.differences(database_url, copy))
    await connection.close()


async def test_a_forged_delivery_is_refused_by_the_reference_too(reference: Contender) -> None:
    for channel in CHANNELS.values():
        forged = channel.request(channel.body(1, person=1), port=reference.port, secret="another")
        reader, writer = await asyncio.open_connection("127.0.0.1", reference.port)
        writer.write(forged)
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
        writer.close()
    assert await rows.count(reference.database_url, "webhook_deliveries") == 0


async def test_a_server_that_refuses_is_counted(reference: Contender) -> None:
    """The reference fails on a delivery it has already."""
    sent(reference, 4)
    again = sent(reference, 4)
    assert again.errors == 4
    assert again.refused[0].startswith("HTTP/1.1 500 ")


@pytest.mark.parametrize(("first", "count"), [(0, 20), (20, 20), (1000, 600), (6400, 2000)])
def test_half_of_a_block_are_people_of_earlier_blocks_and_nobody_writes_twice_in_one(first: int, count: int) -> None:
    authors = [deliveries.author(number, first) for number in range(first, first + count)]
    assert len(set(authors)) == count
    assert sum(person < first for person in authors) == (count // 2 if first else 0)
    assert all(person % 2 == 0 for person in authors if person < first), "only even numbers brought somebody new"


def test_cpu_time_of_a_child_counts_while_it_runs_and_after() -> None:
    before = cpu.seconds(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as child:
        while cpu.seconds(child.pid) < 0.05:
            time.sleep(0.01)
        running = cpu.seconds(os.getpid())
        child.kill()
    assert before < running <= cpu.seconds(os.getpid())


def test_cpu_time_grows_while_a_process_works() -> None:
    before = cpu.seconds(os.getpid())
    while cpu.seconds(os.getpid()) == before:
        sum(range(1000))
    assert cpu.seconds(os.getpid()) > before


def test_the_table_goes_between_the_markers_and_gives_the_ratios(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("Before\n<!-- bench: arrival -->\nold\n<!-- end -->\nAfter\n")
    row = arrival.Row(Load("slack", 16, 9), [SLOW] * 3, [FAST] * 3)
    drawn = table.compose(arrival.Outcome([row], rounds=3, sent=99, problems=[]), where="2 cores.")
    table.write(page, "arrival", drawn)
    table.write(page, "arrival", drawn)
    text = page.read_text()
    assert "old" not in text
    assert text.startswith("Before\n<!--")
    assert text.endswith("<!-- end -->\nAfter\n")
    assert "|  |  | **ratio** | **0.50** |  |  |  |  |  | **2.00** |" in text
    assert "| slack | 16 | bot | 500 | 2.0 | 9.0 | 0 | 1.00 | 0.50 | 1.50 |" in text


def test_a_page_without_a_place_for_the_table_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("No markers here")
    with pytest.raises(ValueError, match="0 places"):
        table.write(page, "arrival", "new")
