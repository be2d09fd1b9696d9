"""The way from the workspace to the app: signed notifications."""

import hashlib
import hmac
import time
from uuid import uuid4

from sandbox.intercom.workspace import Workspace
from sandbox.world import Json, World, signing_secret, wire


class Deliveries:
    def __init__(self, world: World, workspace: Workspace) -> None:
        self.world = world
        self.workspace = workspace

    async def notify(self, topic: str, item: Json) -> int:
        """The status the hub answers."""
        raw = wire(self._notification(topic, item), ascii_only=False)
        url = f"{self.world.intake_url}/webhooks/intercom"
        status, _ = await self.world.deliver("intercom", url, raw, self._headers(raw))
        return status

    def _notification(self, topic: str, item: Json) -> Json:
        now = int(time.time())
        return {
            "type": "notification_event",
            "app_id": self.workspace.app_id,
            "data": {"type": "notification_event_data", "item": item},
            "links": {},
            "id": f"notif_{uuid4()}" if topic != "ping" else None,
            "topic": topic,
            "delivery_status": "pending",
            "delivery_attempts": 1,
            "delivered_at": 0,
            "first_sent_at": now,
            "created_at": now,
            "self": None,
        }

    def _headers(self, raw: bytes) -> dict[str, str]:
        """Signed notifications (reference): HMAC-SHA1 of the raw body, keyed by the app's client secret."""
        secret = signing_secret(self.world.settings.intercom_webhook_secret)
        digest = hmac.new(secret.encode(), raw, hashlib.sha1).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "intercom-parrot-service-client/1.0",
            "X-Hub-Signature": f"sha1={digest}",
        }
