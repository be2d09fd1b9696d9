"""What Notion tells the hub: signed events that say what changed and nothing of the new values."""

import asyncio
import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.notion import ids
from sandbox.notion.database import Database, Page, Property
from sandbox.notion.versions import VERSIONS
from sandbox.world import Delivery, Json, World, signing_secret, wire

AGGREGATE_SECONDS = 0.3
"""Notion waits about a minute for further changes; the sandbox has less time."""
RETRY_DELAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Event types & delivery (reference): eight attempts. Notion's last one comes a day later."""


@dataclass(slots=True)
class Event:
    """What happened to one page, or to the schema. `updated` holds by property id what the event says of it."""

    type: str
    entity: Json
    parent: Json
    at: datetime
    authors: set[str]
    updated: dict[str, Any]

    def join(self, later: "Event") -> None:
        self.at = later.at
        self.authors |= later.authors
        self.updated |= later.updated


class Webhooks:
    """The one subscription, to everything; without a verification token there is none."""

    def __init__(self, world: World, database: Database) -> None:
        self.world = world
        self.database = database
        self._waiting: dict[tuple[str, str], Event] = {}

    @property
    def token(self) -> str:
        return signing_secret(self.world.settings.notion_webhook_secret)

    def forget(self) -> None:
        self._waiting.clear()

    def page_created(self, page: Page) -> None:
        self._tell_page("page.created", page, page.created_by)

    @contextmanager
    def watching(self, page: Page) -> Iterator[None]:
        """Tell what is different with the page afterwards, as done by whoever then edited it last."""
        before = page.copy()
        yield
        changed = {key: key for key, value in page.values.items() if value != before.values.get(key)}
        if changed:
            self._tell_page("page.properties_updated", page, page.edited_by, changed)
        if page.in_trash != before.in_trash:
            kind = "page.deleted" if page.in_trash else "page.undeleted"
            self._tell_page(kind, page, page.edited_by)

    @contextmanager
    def watching_schema(self, *, by: str) -> Iterator[None]:
        """Tell what is different with the schema afterwards, also when not all of the change could be made."""
        before = self._schema()
        try:
            yield
        finally:
            changed = _differences(before, self._schema())
            if changed:
                self._tell(
                    Event(
                        type="data_source.schema_updated",
                        entity={"id": self.database.data_source_id, "type": "data_source"},
                        parent={"id": self.database.id, "type": "database"},
                        at=self.world.now(),
                        authors={by},
                        updated=changed,
                    )
                )

    async def verify(self) -> int:
        """The handshake made when a subscription is saved (reference, "Webhooks"); the hub's status."""
        return (await self._post({"verification_token": self.token})).status

    def _schema(self) -> dict[str, Property]:
        return {known.id: known.copy() for known in self.database.properties.values()}

    def _tell_page(self, kind: str, page: Page, by: str, updated: Mapping[str, str] | None = None) -> None:
        self._tell(
            Event(
                type=kind,
                entity={"id": page.id, "type": "page"},
                parent={
                    "id": self.database.id,
                    "type": "database",
                    "data_source_id": self.database.data_source_id,
                },
                at=self.world.now(),
                authors={by},
                updated=dict(updated or {}),
            )
        )

    def _tell(self, event: Event) -> None:
        """Send it after the pause, unless one of its kind still waits and can take it in."""
        if not self.token:
            return
        key = (event.entity["id"], event.type)
        if key in self._waiting:
            self._waiting[key].join(event)
        else:
            self._waiting[key] = event
            self.world.start(self._send(event))

    async def _send(self, event: Event) -> None:
        await asyncio.sleep(AGGREGATE_SECONDS)
        del self._waiting[event.entity["id"], event.type]
        payload = _payload(event)
        for attempt, delay in enumerate((*RETRY_DELAYS, None), 1):
            delivery = await self._post({**payload, "attempt_number": attempt})
            if delay is None or _settled(delivery):
                return
            await asyncio.sleep(delay)

    async def _post(self, payload: Json) -> Delivery:
        """Validating event payloads (reference): HMAC-SHA256 of the raw body, keyed by the verification token."""
        raw = wire(payload, ascii_only=False)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Notion webhooks (sandbox)",
            "X-Notion-Signature": f"sha256={hmac.new(self.token.encode(), raw, hashlib.sha256).hexdigest()}",
        }
        return await self.world.post("notion", f"{self.world.intake_url}/webhooks/notion", raw, headers)


def _differences(before: Mapping[str, Property], after: Mapping[str, Property]) -> dict[str, Json]:
    """Of two schemas, as an event lists them by property id."""
    changes: dict[str, Json] = {}
    for key, known in {**before, **after}.items():
        if before.get(key) != after.get(key):
            action = "created" if key not in before else "updated" if key in after else "deleted"
            changes[key] = {"id": key, "name": known.name, "action": action}
    return changes


def _payload(event: Event) -> Json:
    """An event as it travels; its id stays the same with every attempt."""
    content: Json = {"parent": event.parent}
    if event.updated:
        content["updated_properties"] = list(event.updated.values())
    return {
        "id": str(uuid.uuid4()),
        "timestamp": f"{event.at:%Y-%m-%dT%H:%M:%S}.{event.at.microsecond // 1000:03}Z",
        "workspace_id": ids.WORKSPACE,
        "workspace_name": ids.WORKSPACE_NAME,
        "subscription_id": ids.SUBSCRIPTION,
        "integration_id": ids.INTEGRATION,
        "authors": [{"id": by, "type": "bot" if by == ids.BOT else "person"} for by in sorted(event.authors)],
        "api_version": VERSIONS[0],
        "type": event.type,
        "entity": event.entity,
        "data": content,
    }


def _settled(delivery: Delivery) -> bool:
    """Received, or swallowed on purpose: a dropped event is lost, one held back comes by itself."""
    return 200 <= delivery.status < 300 or delivery.fault in ("drop", "reorder")
