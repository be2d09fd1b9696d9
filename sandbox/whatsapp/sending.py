"""What the Cloud API takes as a message, what it refuses, and what it answers."""

import json

from aiohttp import web

from sandbox.whatsapp.account import DISPLAY_NUMBER, Account
from sandbox.whatsapp.graph import Failure, missing, no_such_object, wrong_parameter
from sandbox.whatsapp.messages import Message, new_id
from sandbox.whatsapp.people import BSUID, address, is_phone
from sandbox.whatsapp.templates import template_text
from sandbox.whatsapp.webhooks import CLOSED, Webhooks
from sandbox.world import Json, World

MAX_TEXT = 4096
MAX_CALLBACK_DATA = 512
PER_SECOND = 80
"""Throughput: messages of a number, to whomever. What people write counts as well there, here it does not."""
PAIR_PER_SECOND, PAIR_BURST = 1 / 6, 45
"""Pair rate limits: one message in six seconds to one person, or 45 at once, borrowed from those to come."""


class Sending:
    def __init__(self, world: World, account: Account, webhooks: Webhooks) -> None:
        self.world = world
        self.account = account
        self.webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        return [web.post(r"/whatsapp/{version:v\d+\.\d+}/{id}/messages", self.send)]

    async def send(self, request: web.Request) -> web.Response:
        """Send messages (reference): the answer only says that the message was accepted."""
        if request.match_info["id"] != self.account.phone_id:
            raise no_such_object(request.match_info["id"], "post")
        body = await _body(request)
        message = self._read(body)
        if message.type == "text" and self.account.switches.window_error == "sync":
            self._check_window(message)
        self._check_pace(message)
        self.account.messages[message.id] = message
        self.account.authors[message.id] = DISPLAY_NUMBER
        if message.status != "dropped":
            self.world.start(self.webhooks.tell(message))
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "contacts": [_contact(body, message)],
                "messages": [{"id": message.id}],
            }
        )

    def _read(self, body: Json) -> Message:
        """The message a request asks for; Failure as the error codes page has it."""
        if body.get("messaging_product") != "whatsapp":
            raise wrong_parameter("The parameter messaging_product is required.")
        if body.get("recipient_type", "individual") != "individual":
            raise wrong_parameter("Param recipient_type must be one of {INDIVIDUAL}")
        to, dropped = _recipient(body)
        callback_data = _callback_data(body)
        kind = body.get("type", "text")
        text = self._text(kind, body)
        context = body.get("context")
        quoted = context.get("message_id") if isinstance(context, dict) else None
        state = "dropped" if dropped else "accepted"
        return Message(new_id(), to, kind, text, self.world.now(), state, callback_data, quoted, body)

    def _text(self, kind: object, body: Json) -> str:
        if kind == "text":
            return _text(body.get("text"))
        if kind == "template":
            return template_text(self.world.settings, body.get("template"), self.account.switches.template)
        raise wrong_parameter("The stand-in plays text and template messages.")

    def _check_window(self, message: Message) -> None:
        if self.account.is_closed(message.to):
            raise Failure(400, *CLOSED)

    def _check_pace(self, message: Message) -> None:
        limits = self.world.limits
        if limits.take("whatsapp", "number", per_second=PER_SECOND, burst=PER_SECOND):
            raise too_many_from_number()
        if limits.take("whatsapp", f"pair {message.to}", per_second=PAIR_PER_SECOND, burst=PAIR_BURST):
            raise _too_many_to_person()


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise wrong_parameter("Invalid parameter: the body is not JSON.") from None
    if not isinstance(body, dict):
        raise wrong_parameter("Invalid parameter: the body is not an object.")
    return body


def _recipient(body: Json) -> tuple[str, bool]:
    """Whom a message goes to, and whether it is silently lost.

    Business-scoped user ids (reference) go in `recipient`; with both, the phone number in `to` wins. One in
    `to` is accepted and never arrives, as users of the API report.
    """
    to, recipient = body.get("to"), body.get("recipient")
    if to in (None, "") and recipient in (None, ""):
        raise missing("Parameter 'to' or 'recipient' is required.")
    if to in (None, ""):
        if not isinstance(recipient, str) or not BSUID.fullmatch(recipient):
            raise _wrong_value("Parameter 'recipient' is not a user id.")
        return recipient, False
    if not isinstance(to, str):
        raise _wrong_value("Parameter 'to' has to be text.")
    if BSUID.fullmatch(to):
        return to, True
    if not is_phone(address(to)):
        raise _wrong_value("Parameter 'to' is not a phone number.")
    return address(to), False


def too_many_from_number() -> Failure:
    details = "Message failed to send because there were too many messages sent from this phone number."
    return Failure(429, 130429, "Rate limit hit", details)


def _too_many_to_person() -> Failure:
    details = (
        "Message failed to send because there were too many messages sent from this phone number to the same phone "
        "number in a short period of time."
    )
    return Failure(400, 131056, "(Business Account, Consumer Account) pair rate limit hit", details)


def _wrong_value(details: str) -> Failure:
    return Failure(400, 131009, "Parameter value is not valid", details)


def _callback_data(body: Json) -> str | None:
    said = body.get("biz_opaque_callback_data")
    if said is None or (isinstance(said, str) and len(said) <= MAX_CALLBACK_DATA):
        return said
    raise wrong_parameter(f"Param biz_opaque_callback_data must be text of at most {MAX_CALLBACK_DATA} characters.")


def _text(text: object) -> str:
    body = text.get("body") if isinstance(text, dict) else None
    if not isinstance(body, str) or not body.strip():
        raise wrong_parameter("The parameter text['body'] is required.")
    if len(body) > MAX_TEXT:
        raise wrong_parameter(f"Param text['body'] must be at most {MAX_TEXT} characters long.")
    if isinstance(text, dict) and not isinstance(text.get("preview_url", False), bool):
        raise wrong_parameter("Param text['preview_url'] must be a boolean.")
    return body


def _contact(body: Json, message: Message) -> Json:
    """The recipient as it was given and as the platform knows it."""
    given = body.get("to") or body["recipient"]
    by_phone = bool(body.get("to")) and not BSUID.fullmatch(str(given))
    return {"input": str(given)} | ({"wa_id": message.to} if by_phone else {"user_id": message.to})
