"""What the hub is told: signed deliveries, the receipts of a message, and the handshake."""

import asyncio
import hashlib
import hmac
import secrets
from datetime import datetime

from sandbox.whatsapp.account import BUSINESS_ID, DISPLAY_NUMBER, Account
from sandbox.whatsapp.messages import Message
from sandbox.whatsapp.people import BSUID
from sandbox.world import Json, World, signing_secret, wire

RECEIPT_SECONDS = 0.1
UNHURRIED_SECONDS = {"sent": 0.3, "delivered": 0.7, "read": 2.0, "failed": 0.7}
"""How long each receipt takes after the one before it where somebody watches."""
RETRY_SECONDS = (1, 2, 4, 8, 16, 32, 64, 120, 300)
RECEIPTS = {"all": ("sent", "delivered", "read"), "sent": ("sent",), "none": ()}
CLOSED = (
    131047,
    "Re-engagement message",
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
)


class Webhooks:
    def __init__(self, world: World, account: Account) -> None:
        self.world = world
        self.account = account
        self._url = f"{world.intake_url}/webhooks/whatsapp"

    async def tell(self, message: Message) -> None:
        """Receipts by webhook, a moment apart; failed where the window was closed."""
        if message.type == "text" and self.account.is_closed(message.to):
            await self._wait("failed")
            await self._receipt(message, "failed", CLOSED)
            return
        for status in RECEIPTS[self.account.switches.receipts]:
            await self._wait(status)
            await self._receipt(message, status)

    async def _wait(self, status: str) -> None:
        await asyncio.sleep(UNHURRIED_SECONDS[status] if self.world.unhurried else RECEIPT_SECONDS)

    async def _receipt(self, message: Message, status: str, error: tuple[int, str, str] | None = None) -> None:
        """Deliver one status; like the platform, again and with growing pauses until it is taken."""
        message.status = status
        change = {"statuses": [self._status(message, error)]}
        for pause in (*RETRY_SECONDS, None):
            answered, fault = await self._deliver(change)
            if 200 <= answered < 300 or fault in ("drop", "reorder") or pause is None:
                return
            await asyncio.sleep(pause)

    async def receipt_once(self, message: Message, status: str, error: tuple[int, str, str] | None) -> int:
        """Deliver one status, whatever becomes of it; the hub's HTTP status."""
        message.status = status
        return await self.deliver({"statuses": [self._status(message, error)]})

    async def deliver(self, change: Json) -> int:
        """Tell the hub of messages or statuses; its HTTP status."""
        status, _ = await self._deliver(change)
        return status

    def _status(self, message: Message, error: tuple[int, str, str] | None) -> Json:
        to = {"recipient_user_id": message.to} if BSUID.fullmatch(message.to) else {"recipient_id": message.to}
        status, at = message.status, seconds(self.world.now())
        shown: Json = {"id": message.id, "status": status, "timestamp": at, **to}
        if status in ("sent", "delivered"):
            category = "utility" if message.type == "template" else "service"
            shown["pricing"] = {"billable": True, "pricing_model": "PMP", "category": category, "type": "regular"}
        if message.callback_data is not None:
            shown["biz_opaque_callback_data"] = message.callback_data
        if error is not None:
            shown["errors"] = [_error(*error)]
        return shown

    async def _deliver(self, change: Json) -> tuple[int, str | None]:
        """POST one change to the hub; its status and the switch that interfered.

        Webhooks (reference): HMAC-SHA256 of the raw body, keyed by the app secret, non-ASCII escaped.
        """
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": self.account.phone_id},
            **change,
        }
        payload = {
            "object": "whatsapp_business_account",
            "entry": [{"id": BUSINESS_ID, "changes": [{"value": value, "field": "messages"}]}],
        }
        raw = wire(payload, ascii_only=True)
        secret = signing_secret(self.world.settings.whatsapp_webhook_secret)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}",
        }
        delivery = await self.world.post("whatsapp", self._url, raw, headers)
        return delivery.status, delivery.fault

    async def verify(self, token: str) -> tuple[int, bool]:
        """The handshake Meta makes when a webhook's address or token is saved: status, and whether it holds."""
        challenge = str(secrets.randbelow(10**9))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        async with self.world.session.get(self._url, params=query) as answer:
            said = await answer.text(errors="replace")
        return answer.status, answer.status == 200 and said == challenge


def _error(code: int, title: str, details: str) -> Json:
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }


def seconds(at: datetime) -> str:
    return str(int(at.timestamp()))
