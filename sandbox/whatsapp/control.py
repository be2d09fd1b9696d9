"""The control endpoints of the played WhatsApp: its switches, what was sent, receipts by hand, the handshake."""

from dataclasses import asdict

from aiohttp import web

from sandbox.whatsapp import conversation
from sandbox.whatsapp.account import Account
from sandbox.whatsapp.business import PERMISSIONS
from sandbox.whatsapp.conversation import Line
from sandbox.whatsapp.messages import Message
from sandbox.whatsapp.templates import TEMPLATE_STATES
from sandbox.whatsapp.webhooks import RECEIPTS, Webhooks
from sandbox.world import BadInput, Json, readable

SWITCHES = {
    "window_error": ("sync", "async"),
    "receipts": tuple(RECEIPTS),
    "template": tuple(TEMPLATE_STATES),
    "permissions": tuple(PERMISSIONS),
}


class Control:
    def __init__(self, account: Account, webhooks: Webhooks) -> None:
        self.account = account
        self.webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_control/whatsapp", self.switch),
            web.get("/_control/whatsapp", self.switches),
            web.get("/_control/whatsapp/messages", self.messages),
            web.get("/_control/whatsapp/conversation", self.conversation),
            web.post("/_control/whatsapp/status", self.status),
            web.post("/_control/whatsapp/verify", self.verify),
        ]

    async def switch(self, request: web.Request) -> web.Response:
        """`window_error` sync or async, `receipts` all, sent or none, `template` approved, missing, …,
        `permissions` of the token all or messages.
        """
        body = await _object(request)
        for key, value in body.items():
            if key not in SWITCHES:
                raise BadInput(f"There is no switch {key!r}; there are {', '.join(SWITCHES)}.")
            if value not in SWITCHES[key]:
                raise BadInput(f'"{key}" has to be one of {", ".join(SWITCHES[key])}.')
        for key, value in body.items():
            setattr(self.account.switches, key, value)
        return await self.switches(request)

    async def switches(self, _request: web.Request) -> web.Response:
        return web.json_response(asdict(self.account.switches))

    async def messages(self, request: web.Request) -> web.Response:
        """What was sent to people, oldest first; `?to=` a phone number or user id."""
        to = request.query.get("to")
        rows = [_message(one) for one in self.account.messages.values() if to in (None, one.to)]
        return web.json_response({"data": rows})

    async def conversation(self, request: web.Request) -> web.Response:
        """What went both ways, oldest first, and what is left of the window; `?with=` a phone number or user id."""
        word = request.query.get("with", "")
        person = self.account.find_person(word)
        if person is None:
            raise BadInput(f'Nobody is known by "{word}"; "with" has to be the phone number or user id of a person.')
        left = self.account.window_left(person)
        rows = [_line(one) for one in conversation.lines(self.account, person)]
        return web.json_response({"data": rows, "window_left_seconds": left.total_seconds() if left else None})

    async def status(self, request: web.Request) -> web.Response:
        """`{"id", "status", "code"?, "title"?}` sends one more receipt for a message, in whatever order."""
        body = await _object(request)
        message = self.account.messages.get(str(body.get("id")))
        if message is None:
            raise BadInput('"id" has to be the id of a message in GET /_control/whatsapp/messages.')
        if body.get("status") not in ("sent", "delivered", "read", "failed"):
            raise BadInput('"status" has to be one of sent, delivered, read, failed.')
        code, title = body.get("code", 131026), body.get("title", "Message undeliverable")
        if not isinstance(code, int) or not isinstance(title, str):
            raise BadInput('"code" has to be a number and "title" text.')
        error = (code, title, "Message undeliverable.") if body["status"] == "failed" else None
        answered = await self.webhooks.receipt_once(message, body["status"], error)
        return web.json_response({"status": answered})

    async def verify(self, request: web.Request) -> web.Response:
        """The handshake with the token of the settings; `token` plays a wrong one."""
        known = self.account.world.settings.whatsapp_verify_token.get_secret_value()
        status, verified = await self.webhooks.verify(str((await _object(request)).get("token", known)))
        return web.json_response({"status": status, "verified": verified})


async def _object(request: web.Request) -> Json:
    raw = await request.read()
    body = readable(raw) if raw else {}
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body


def _message(one: Message) -> Json:
    return {
        "id": one.id,
        "to": one.to,
        "type": one.type,
        "text": one.text,
        "at": one.at.isoformat(),
        "status": one.status,
        "context": one.context,
        "biz_opaque_callback_data": one.callback_data,
    }


def _line(one: Line) -> Json:
    return {**asdict(one), "at": one.at.isoformat()}
