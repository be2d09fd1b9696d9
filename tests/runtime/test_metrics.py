"""The page for operators names every figure there is, and no other."""

import re
from pathlib import Path

from prometheus_client import REGISTRY

from runtime import fleet
from storage.database import Database
from tests.build import World

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


async def test_the_page_names_every_metric_and_no_other(world: World, world_url: str):
    await world.rows("INSERT INTO notion_cursors (data_source_id, read_until) VALUES ('d', now())")
    db = Database(world_url)
    families = [*REGISTRY.collect(), *await fleet.families(db)]
    await db.close()
    assert described() == {name(family.name, family.type) for family in families if family.name.startswith("hub_")}


def test_alerts_ask_for_figures_there_are():
    asked = {found.removesuffix("_bucket") for found in re.findall(r"hub_\w+", PAGE)}
    assert asked == described()


def described() -> set[str]:
    """The metrics that have a row, or share one."""
    rows = re.findall(r"^\| (`hub_.*?) \| [^|]+ \|$", PAGE, re.MULTILINE)
    return {found for row in rows for found in re.findall(r"`(hub_\w+)", row)}


def name(family: str, kind: str) -> str:
    """As it is scraped: the library keeps counters and infos without their ending."""
    return family + {"counter": "_total", "info": "_info"}.get(kind, "")
