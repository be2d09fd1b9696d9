"""The house is in order: what documents and manifest say is what the code does, and every screen leads somewhere."""

import ast
import importlib
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import jobs.__main__
from bot import simulator
from hub import notifying, ticketing
from hub.channel import Receipt
from hub.errors import Conflict
from hub.work import KINDS
from jobs.job import JOBS
from platforms.slack import report
from runtime.settings import Settings
from storage.enums import NotificationStatus, TicketStatus
from storage.models import Notification
from tests.build import World

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
]
MANIFEST = json.loads((ROOT / "manifest.json").read_text())
Edges = set[tuple[str, str]]


def test_readme_names_every_setting_and_no_other():
    assert set(settings_in_readme()) == {name.upper() for name in Settings.model_fields}


def test_readme_gives_the_defaults_of_the_code():
    assert settings_in_readme() == {name.upper(): default_of(field) for name, field in Settings.model_fields.items()}


def settings_in_readme() -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_]+)` \| ([^|]+) \| [^|\n]{5,} \|$", README, re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a setting stands in the README twice"
    return {name: default.strip("` ") for name, default in rows}


def default_of(field: FieldInfo) -> str:
    """A default as an operator would write it."""
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if field.is_required():
        return "required"
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default) or "empty"
    if isinstance(default, dict):
        return json.dumps(default)
    return f"{default:g}" if isinstance(default, float) else str(default) or "empty"


def test_the_ticket_diagram_shows_every_state_and_every_change():
    assert states_of("ticket") == set(TicketStatus)
    assert edges_of("ticket") == set(permutations(map(str, TicketStatus), 2))


async def test_tickets_may_go_from_every_state_to_every_other(world: World):
    agent = await world.agent()
    for before, after in permutations(TicketStatus, 2):
        ticket = await world.ticket(status=before)
        async with world.db.transaction() as session:
            moved = await ticketing.set_status(session, ticket.id, after, by=agent)
        assert moved.status == after


def test_the_notification_diagram_shows_every_state():
    assert states_of("notification") == set(NotificationStatus) == set(notifying.RANK)


async def test_the_notification_diagram_is_how_notifications_go(world: World):
    drawn, gone = edges_of("notification"), await every_change(world)
    assert {edge for edge in drawn if not is_news(edge)} == {edge for edge in gone if not is_news(edge)}
    assert drawn <= gone


async def test_good_news_only_moves_a_notification_up(world: World):
    rank = {str(status): height for status, height in notifying.RANK.items()}
    gone = await every_change(world)
    assert all(rank[before] < rank[after] for before, after in gone if is_news((before, after)))
    assert {("sending", "sent"), ("sent", "delivered"), ("delivered", "read")} <= edges_of("notification")


def is_news(edge: tuple[str, str]) -> bool:
    """What a receipt says may come at any moment; the README says so in words and draws the usual way only."""
    return edge[1] in map(str, notifying.SEEN)


async def every_change(world: World) -> Edges:
    """What becomes of a notification in each state, by everything that can happen to it there."""
    edges = {
        (str(before), after)
        for before in NotificationStatus
        for act in acts(before, await world.agent())
        if (after := await status_after(world, await resolved(world), before, act)) != before
    }
    assert edges
    return edges


async def resolved(world: World) -> UUID:
    """A ticket whose reporter nobody has told yet."""
    return (await world.ticket(status=TicketStatus.RESOLVED)).id


def acts(status: NotificationStatus, agent: Any) -> Iterator[Any]:
    """A worker that sends holds what is `sending`; receipts, agents and other workers meet any state."""
    yield partial(notifying.begin, wait=60)
    for arrived in (True, False):
        yield partial(notifying.settle, arrived=arrived, by=agent)
    yield partial(notifying.retry, by=agent)
    for word in notifying.SEEN:
        yield partial(receive, status=word)
    if status in {NotificationStatus.SENDING, NotificationStatus.SENT}:
        for remedy in (None, "retry", "template", "another_way"):
            yield partial(receive, status="failed", remedy=remedy)
    if status == NotificationStatus.SENDING:
        yield partial(notifying.sent, provider_id="p-1")
        yield partial(notifying.failed, error="No.", code=None, may_retry=True)
        yield partial(notifying.failed, error="No.", code=None, may_retry=False)
        yield partial(notifying.restrict, error="No.", code=None)
        yield partial(notifying.use_template, error="No.", code=None)
        yield notifying.ask_agent
        yield notifying.release
        yield notifying.surely_not_sent


async def receive(session: Any, notification_id: UUID, *, status: str, remedy: str | None = None) -> None:
    seen = Receipt(
        platform="toy",
        provider_id="p-1",
        notification_id=str(notification_id),
        status=status,
        at=datetime.now(UTC),
        remedy=remedy,
    )
    await notifying.receipt(session, seen)


async def status_after(world: World, ticket_id: UUID, before: NotificationStatus, act: Any) -> str:
    unsure_since = datetime.now(UTC) if before == NotificationStatus.SENDING else None
    async with world.db.transaction() as session:
        notification = Notification(
            ticket_id=ticket_id,
            channel="toy",
            recipient="shop:rita",
            content="It is fixed.",
            status=before,
            unsure_since=unsure_since,
        )
        session.add(notification)
        await session.flush()
        try:
            await act(session, notification.id)
        except Conflict:
            return before
        return str(notification.status)


def states_of(subject: str) -> set[str]:
    return {state for edge in arrows(subject) for state in edge} - {"[*]"}


def edges_of(subject: str) -> Edges:
    return {edge for edge in arrows(subject) if "[*]" not in edge}


def arrows(subject: str) -> list[tuple[str, str]]:
    """Of the README's state diagram under the heading that names the subject."""
    drawing = re.search(
        rf"^#+ .*\b{subject}.*\n(?:(?!#).*\n)*?```mermaid\nstateDiagram-v2\n([^`]+)```",
        README,
        re.MULTILINE | re.IGNORECASE,
    )
    assert drawing, f"the README has no state diagram of a {subject}"
    return re.findall(r"^\s*(\S+) --> (\w+|\[\*\])", drawing[1], re.MULTILINE)


def test_every_kind_of_work_has_a_job_and_every_job_a_kind():
    assert jobs.__main__.KINDS_LIVE_IN
    assert set(JOBS) == set(KINDS)


def test_every_button_and_select_has_a_listener_and_every_listener_a_drawing():
    assert drawn("pressed") == listened_to("on_action")


def test_every_picker_is_offered_something():
    assert drawn("pickers") == listened_to("on_options")


def test_every_form_has_a_listener_and_every_listener_a_form():
    assert drawn("forms") == listened_to("on_submission")


def test_every_input_of_a_form_is_read():
    read_by_bot = {value for module, tree in modules("bot") for value in constants(module, tree)}
    assert drawn("inputs") <= read_by_bot | {report.DESCRIPTION, report.URGENCY, report.FILES}


def test_the_manifest_has_the_shortcuts_that_have_listeners():
    declared = {shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]}
    assert declared == listened_to("on_shortcut")


def test_the_manifest_has_the_commands_that_have_listeners():
    declared = {command["command"] for command in MANIFEST["features"]["slash_commands"]}
    assert declared == listened_to("on_command") - {simulator.COMMAND}  # which only development has


def test_the_manifest_subscribes_to_the_events_that_have_listeners():
    assert listened_to("routes.app.event") <= set(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


def drawn(role: str) -> set[str]:
    """Ids in blocks/: what is `pressed` is sent at once, `inputs` travel with their form, `forms` are sent whole."""
    found: dict[str, set[str]] = {"pressed": set(), "inputs": set(), "forms": set(), "pickers": set()}
    for module, tree in modules("blocks"):
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            in_forms = calls_in_entries(function)
            for call in calls(function):
                if name_of(call) == "kit.button":
                    found["pressed"].add(value_of(module, call.args[1]))
                elif name_of(call) in {
                    "kit.select",
                    "kit.checkboxes",
                    "kit.radio",
                    "kit.moment_input",
                    "kit.overflow",
                    "kit.picker",
                    "kit.text_input",
                    "kit.file_input",
                }:
                    found["inputs" if call in in_forms else "pressed"].add(value_of(module, call.args[0]))
                if name_of(call) == "kit.picker":
                    found["pickers"].add(value_of(module, call.args[0]))
                found["forms"] |= set(callback_ids(module, call))
    assert all(found.values())
    return found[role]


def calls_in_entries(function: ast.FunctionDef) -> set[ast.Call]:
    """Elements that stand in a kit.entry(), also by way of a variable, unless it sends them at once."""
    entries = [call for call in calls(function) if name_of(call) == "kit.entry" and not sends_at_once(call)]
    inside = [node for entry in entries for node in ast.walk(entry)]
    named = {node.id for node in inside if isinstance(node, ast.Name)}
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id in named for t in node.targets)
    ]
    return {node for node in [*inside, *assigned] if isinstance(node, ast.Call)}


def sends_at_once(call: ast.Call) -> bool:
    return any(keyword.arg == "acts" for keyword in call.keywords)


def callback_ids(module: Any, call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        passed_on = isinstance(keyword.value, ast.Name) and keyword.value.id not in vars(module)
        if keyword.arg == "callback_id" and not passed_on:
            yield value_of(module, keyword.value)


def listened_to(how: str) -> set[str]:
    """Ids that listeners in bot/ are registered for; Bolt takes the id first, ours after routes and runtime."""
    position = 0 if how == "routes.app.event" else 2
    found = {
        value_of(module, call.args[position])
        for module, tree in modules("bot")
        if module.__name__ != "bot.listener"
        for call in calls(tree)
        if name_of(call) == how
    }
    assert found, f"nothing in bot/ uses {how}"
    return found


def constants(module: Any, tree: ast.Module) -> Iterator[str]:
    """The values of `draw.NAME` wherever the module uses it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).startswith("draw") and node.attr.isupper():
            yield value_of(module, node)


def modules(package: str) -> Iterator[tuple[Any, ast.Module]]:
    for path in sorted((ROOT / package).glob("*.py")):
        if path.stem not in {"__init__", "__main__"}:
            yield importlib.import_module(f"{package}.{path.stem}"), ast.parse(path.read_text())


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func)


def value_of(module: Any, node: ast.expr) -> str:
    """The id an expression such as `draw.TAKE` stands for."""
    value = eval(ast.unparse(node), vars(module))
    return str(getattr(value, "pattern", value))


def test_the_map_names_every_folder_of_the_code():
    folders = {name.partition("/")[0] for name in tracked() if "/" in name and not name.startswith(".")}
    assert folders <= set(re.findall(r"^([a-z]+)/", README, re.MULTILINE))


def test_every_picture_page_and_heading_the_documents_link_to_is_there():
    for page in PAGES:
        for path, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)]+))?\)", page.read_text()):
            target = page.parent / path if path else page
            assert target.exists(), f"{page.name} links to {path}"
            assert not heading or heading in headings_of(target), f"{page.name} links to {path}#{heading}"


def headings_of(page: Path) -> set[str]:
    """As links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_file_and_function_the_documents_name_is_there():
    for page in PAGES:
        for pattern, names in named_in(page.read_text()):
            found = list(ROOT.glob(pattern))
            assert found, f"{page.name} names {pattern}"
            text = "\n".join(file.read_text() for file in found if names and file.is_file())
            for name in names:
                assert re.search(rf"\b{name}\b", text), f"{page.name} names {name} in {pattern}"


def named_in(text: str) -> Iterator[tuple[str, list[str]]]:
    """Written as `hub/triage.py` (`accept`, `reject`); folders that are still to be made are NAME."""
    folders = "|".join({name.partition("/")[0] for name in tracked() if "/" in name and not name.startswith(".")})
    for path, names in re.findall(rf"`((?:{folders})/[\w./*-]*[\w*])`(?:\s\(((?:`\w+`(?:,\s)?)+)\))?", text):
        if "NAME" not in path:
            yield path, re.findall(r"\w+", names)


def test_the_example_of_an_environment_names_settings_and_gives_none():
    examples = [ROOT / ".env.example", ROOT / "deploy" / "env.example"]
    given, in_containers = (dict(re.findall(r"^(\w+)=(.*)$", file.read_text(), re.MULTILINE)) for file in examples)
    settings = {name.upper() for name in Settings.model_fields}
    assert set(given) <= settings
    assert set(given.values()) == {""}
    assert set(in_containers) & settings <= set(given)


def test_no_file_knows_a_machine_or_a_package_index():
    folders = [f"/{folder}/" for folder in ("work", "root")]
    indexes = [".".join(parts) for parts in (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"))]
    found = [
        f"{name}: {word}"
        for name in tracked()
        for text in [(ROOT / name).read_bytes()]
        for word in (*folders, *indexes)
        if word.encode() in text
    ]
    assert found == []


def tracked() -> list[str]:
    """Files git has or would take; without git there is no telling them from what lies around."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return sorted(name for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file())
