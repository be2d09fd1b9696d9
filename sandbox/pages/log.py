"""What happened: every request between the hub and the platforms, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice, takewhile
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.pages.look import Look
from sandbox.world import Delivery, Sent, World, readable

USUAL = 60
FORM = "application/x-www-form-urlencoded"
ANSWERED = range(200, 300)


@dataclass(frozen=True, slots=True)
class Row:
    """One request. `to_hub` says which way it went; `trouble` in a few words what was wrong with it, if anything."""

    id: int
    at: str
    platform: str
    to_hub: bool
    title: str
    status: int
    trouble: str
    notes: tuple[str, ...]
    body: object
    answer: object
    is_under_way: bool = False
    """Not answered yet."""

    @property
    def is_good(self) -> bool:
        return self.status in ANSWERED and not self.trouble


@dataclass(frozen=True, slots=True)
class Log:
    rows: list[Row]
    more: bool

    @property
    def runs(self) -> list[list[Row]]:
        """The rows, with those together that are the same request one after another."""
        return [list(run) for _, run in groupby(self.rows, key=_sameness)]


def read(world: World, look: Look) -> Log:
    """The newest rows of what was asked for; without the hub's polling unless it was."""
    many = look.many(USUAL)
    wanted = (row for row in _newest_first(world) if _is_wanted(row, look))
    rows = list(islice(wanted, many + 1))
    return Log(rows[:many], len(rows) > many)


def _sameness(row: Row) -> tuple[object, ...]:
    return row.platform, row.to_hub, row.title, row.status, row.trouble


def since(world: World, row_id: int) -> list[Row]:
    """What came after a row, oldest first, up to what waits for its answer."""
    rows = list(takewhile(lambda row: row.id > row_id, _newest_first(world)))[::-1]
    return list(takewhile(lambda row: not row.is_under_way, rows))


def _newest_first(world: World) -> Iterator[Row]:
    sent: Iterator[tuple[int, Sent | Delivery]] = ((one.id, one) for one in reversed(world.sent))
    delivered: Iterator[tuple[int, Sent | Delivery]] = ((one.id, one) for one in reversed(world.delivered))
    for _, one in merge(sent, delivered, key=lambda each: -each[0]):
        yield _sent(one) if isinstance(one, Sent) else _delivered(one)


def _is_wanted(row: Row, look: Look) -> bool:
    if look.get("only") and row.platform != look.get("only"):
        return False
    return bool(look.get("polls")) or not (row.is_good and _is_poll(row))


def _is_poll(row: Row) -> bool:
    """What the hub asks by the clock, whether something happened or not."""
    return not row.to_hub and row.title.endswith(("/query", "usergroups.list", "conversations.members", "users.info"))


def _sent(one: Sent) -> Row:
    notes = [f"Switch: {one.fault}"] if one.fault else []
    notes += ["Answered by the sandbox, not by a model"] if one.platform == "openai" else []
    return Row(
        id=one.id,
        at=one.at,
        platform=one.platform,
        to_hub=False,
        title=f"{one.method} {urlsplit(one.path).path.removeprefix(f'/{one.platform}')}",
        status=one.status,
        trouble=_refused(one.answer) or ("" if one.status else "never answered"),
        notes=tuple(notes),
        body=one.body,
        answer=one.answer,
    )


def _refused(answer: object) -> str:
    """Slack says no with status 200."""
    if isinstance(answer, dict) and answer.get("ok") is False:
        return str(answer.get("error"))
    return ""


def _delivered(one: Delivery) -> Row:
    body = _body(one)
    posted = one.way == "POST"
    notes = [f"{name}: {value}" for name, value in one.headers.items() if posted and "signature" in name.lower()]
    notes += [f"Switch: {one.fault}"] if one.fault else []
    notes += [f"Sent {one.attempts} times"] if one.attempts > 1 else []
    return Row(
        id=one.id,
        at=one.at,
        platform=one.platform,
        to_hub=True,
        title=f"{_kind(body)}{one.way}{f' {urlsplit(one.url).path}' if posted else ''}",
        status=one.status,
        trouble="" if one.status else f"not delivered{f' ({one.fault})' if one.fault else ''}",
        notes=tuple(notes),
        body=body,
        answer=readable(one.answer.encode()),
        is_under_way=one.is_under_way,
    )


def _body(one: Delivery) -> Any:
    """What a delivery says; Slack's interactions are JSON inside a form."""
    if one.headers.get("Content-Type") != FORM:
        return readable(one.body)
    fields = dict(parse_qsl(one.body.decode("utf-8", "replace"), keep_blank_values=True))
    return readable(fields["payload"].encode()) if "payload" in fields else fields


def _kind(body: Any) -> str:
    """What sort of thing a delivery is about, by the words its platform has for it."""
    if not isinstance(body, dict):
        return ""
    event = body.get("event")
    inner = event.get("type") if isinstance(event, dict) else None
    kind = inner or body.get("command") or body.get("topic") or body.get("type") or _whatsapp(body)
    return f"{kind} · " if kind else ""


def _whatsapp(body: dict[str, Any]) -> str:
    text = str(body.get("entry", ""))
    return "statuses" if "'statuses'" in text else "messages" if "'messages'" in text else ""
