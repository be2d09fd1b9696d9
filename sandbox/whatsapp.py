"""WhatsApp's Cloud API as its documentation describes it: sends, receipts, media and webhooks."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.world import BadInput, Json, Upload, World, readable, row, uploads, wire

PLAYED_PHONE_ID = "106540352242922"
DISPLAY_NUMBER = "15550783881"
ACCOUNT_ID = "102290129340398"
WINDOW = timedelta(hours=24)
MAX_TEXT = 4096
MAX_TEMPLATE_BODY = 1024
MAX_CALLBACK_DATA = 512
MEDIA_ID_LIFE = timedelta(days=7)
MEDIA_URL_LIFE = timedelta(minutes=5)
TEMPLATE_TEXT = "Good news about what you reported: {}"
BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
RECEIPT_SECONDS = 0.1
RETRY_SECONDS = (1, 2, 4, 8, 16, 32, 64, 120, 300)
RECEIPTS = {"all": ("sent", "delivered", "read"), "sent": ("sent",), "none": ()}
TEMPLATE_STATES: dict[str, tuple[int, int, str, str] | None] = {
    "approved": None,
    "missing": (404, 132001, "Template name does not exist in the translation", "the template does not exist"),
    "paused": (400, 132015, "Template is paused", "the template is paused for its low quality"),
    "disabled": (400, 132016, "Template is disabled", "the template is disabled for its low quality"),
}
CLOSED = (
    131047,
    "Re-engagement message",
    "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
)


class Failure(Exception):
    """An error the Graph API answers: HTTP status, code, title and details."""

    def __init__(self, status: int, code: int, title: str, details: str = "", kind: str = "OAuthException") -> None:
        super().__init__(title)
        self.status, self.code, self.title, self.details, self.kind = status, code, title, details, kind


@dataclass(slots=True)
class Person:
    name: str
    phone: str | None
    user_id: str | None
    username: str | None = None
    last_wrote: datetime | None = None


@dataclass(slots=True)
class Message:
    """A message of ours as the person gets it. `status` is the platform's last word on it."""

    id: str
    to: str
    type: str
    text: str
    at: datetime
    status: str = "accepted"
    callback_data: str | None = None
    context: str | None = None
    request: Json = field(default_factory=dict)


@dataclass(slots=True)
class Media:
    id: str
    upload: Upload
    at: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.upload.content).hexdigest()


class WhatsApp:
    """One business number, the people who write to it and what it sent them."""

    name = "whatsapp"

    def __init__(self, world: World) -> None:
        self.world = world
        self.phone_id = world.settings.whatsapp_phone_number_id or PLAYED_PHONE_ID
        self.people: dict[str, Person] = {}
        self.messages: dict[str, Message] = {}
        self.media: dict[str, Media] = {}
        self.authors: dict[str, str] = {}
        self._forget()

    def _forget(self) -> None:
        """What a restart loses: the switches, and the addresses that live five minutes."""
        self.urls: dict[str, tuple[Media, datetime]] = {}
        self.window_error = "async"
        self.receipts = "all"
        self.template = "approved"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/whatsapp/media/{token}", self._api(self._download)),
            web.post(r"/whatsapp/{version:v\d+\.\d+}/{id}/messages", self._api(self._send)),
            web.get(r"/whatsapp/{version:v\d+\.\d+}/{id}", self._api(self._media)),
            web.route("*", "/whatsapp/{tail:.*}", self._api(_unknown)),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_control/whatsapp", self._control_switches),
            web.get("/_control/whatsapp", self._control_state),
            web.get("/_control/whatsapp/messages", self._control_messages),
            web.post("/_control/whatsapp/status", self._control_status),
            web.post("/_control/whatsapp/verify", self._control_verify),
        ]

    async def report(self, body: Json) -> tuple[int, str | None]:
        """A message of that person; several files are several messages of one delivery."""
        person = self._person(body)
        at = self.world.now() - timedelta(seconds=body["ago_seconds"])
        touched = body.get("edit_of") or body.get("delete_of")
        contents = self._changes(body) if touched else self._contents(body)
        messages = [self._incoming(person, at, content, body.get("thread")) for content in contents]
        if not touched:
            person.last_wrote = max(at, person.last_wrote or at)
        value = {**self._value(), "contacts": [_contact(person)], "messages": messages}
        status, _ = await self._deliver(value)
        return status, touched or messages[0]["id"]

    def rate_limited(self, retry_after: float | None) -> web.Response:
        details = "Message failed to send because there were too many messages sent from this phone number."
        answer = _error(Failure(429, 130429, "Rate limit hit", details))
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        return _error(Failure(500, 131000, "Something went wrong", "Message failed to send due to an unknown error."))

    def state(self) -> Json:
        return {
            "people": _people(self.people),
            "messages": [{**row(one), "at": one.at.isoformat()} for one in self.messages.values()],
            "media": [{"id": one.id, "at": one.at.isoformat(), **row(one.upload)} for one in self.media.values()],
            "authors": dict(self.authors),
        }

    def restore(self, state: Json) -> None:
        self._forget()
        self.people = {key: person for each in state["people"] for key, person in _recalled_person(each)}
        self.messages = {each["id"]: _recalled_message(each) for each in state["messages"]}
        self.media = {each["id"]: _recalled_media(each) for each in state["media"]}
        self.authors = state["authors"]

    def _api(self, endpoint: Callable[[web.Request], Awaitable[web.Response]]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_token(request)
                return await endpoint(request)
            except Failure as failure:
                return _error(failure)

        return answer

    def _check_token(self, request: web.Request) -> None:
        token = self.world.settings.whatsapp_api_token.get_secret_value()
        given = request.headers.get("Authorization", "")
        if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Failure(401, 190, "Invalid OAuth access token - Cannot parse access token")

    async def _send(self, request: web.Request) -> web.Response:
        """Send messages (reference): the answer only says that the message was accepted."""
        if request.match_info["id"] != self.phone_id:
            raise _no_such_object(request.match_info["id"], "post")
        body = await _body(request)
        message = self._read(body)
        if message.type == "text" and self._closed(message.to) and self.window_error == "sync":
            raise Failure(400, *CLOSED)
        self.messages[message.id] = message
        self.authors[message.id] = DISPLAY_NUMBER
        if message.status != "dropped":
            self.world.start(self._tell(message))
        given = body.get("to") or body["recipient"]
        by_phone = bool(body.get("to")) and not BSUID.fullmatch(str(given))
        contact: Json = {"input": str(given)} | ({"wa_id": message.to} if by_phone else {"user_id": message.to})
        return web.json_response(
            {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.id}]}
        )

    def _read(self, body: Json) -> Message:
        """The message a request asks for; Failure as the error codes page has it."""
        if body.get("messaging_product") != "whatsapp":
            raise _parameter("The parameter messaging_product is required.")
        if body.get("recipient_type", "individual") != "individual":
            raise _parameter("Param recipient_type must be one of {INDIVIDUAL}")
        to, dropped = _recipient(body)
        callback_data = body.get("biz_opaque_callback_data")
        if callback_data is not None and not (
            isinstance(callback_data, str) and len(callback_data) <= MAX_CALLBACK_DATA
        ):
            raise _parameter(
                f"Param biz_opaque_callback_data must be text of at most {MAX_CALLBACK_DATA} characters."
            )
        kind = body.get("type", "text")
        if kind == "text":
            text = _text(body.get("text"))
        elif kind == "template":
            text = self._template(body.get("template"))
        else:
            raise _parameter("The stand-in plays text and template messages.")
        context = body.get("context")
        quoted = context.get("message_id") if isinstance(context, dict) else None
        state = "dropped" if dropped else "accepted"
        return Message(_wamid(), to, kind, text, self.world.now(), state, callback_data, quoted, body)

    def _template(self, template: object) -> str:
        """The text the template makes; the approved one has one body parameter."""
        if not isinstance(template, dict) or not isinstance(template.get("language"), dict):
            raise Failure(400, 131008, "Required parameter is missing", "template, template.language")
        name, code = template.get("name"), template["language"].get("code")
        settings = self.world.settings
        refusal = TEMPLATE_STATES[self.template]
        if refusal is not None:
            status, number, title, details = refusal
            raise Failure(status, number, title, details)
        if name != settings.whatsapp_template or code not in _codes(settings.whatsapp_template_language):
            details = f"template name ({name}) does not exist in {code}"
            raise Failure(404, 132001, "Template name does not exist in the translation", details)
        values = _body_parameters(template.get("components", []))
        if len(values) != 1:
            details = (
                f"body: number of localizable_params ({len(values)}) does not match the expected number of params (1)"
            )
            raise Failure(400, 132000, "Number of parameters does not match the expected number of params", details)
        text = TEMPLATE_TEXT.format(values[0])
        if len(text) > MAX_TEMPLATE_BODY:
            raise Failure(400, 132005, "Translated text too long", f"body: over {MAX_TEMPLATE_BODY} characters")
        return text

    def _closed(self, to: str) -> bool:
        """Outside the customer service window: 24 hours from the person's last message."""
        person = self._known(to)
        return person is None or person.last_wrote is None or self.world.now() - person.last_wrote >= WINDOW

    async def _tell(self, message: Message) -> None:
        """Receipts by webhook, a moment apart; failed where the window was closed."""
        if message.type == "text" and self._closed(message.to):
            await asyncio.sleep(RECEIPT_SECONDS)
            await self._receipt(message, "failed", CLOSED)
            return
        for status in RECEIPTS[self.receipts]:
            await asyncio.sleep(RECEIPT_SECONDS)
            await self._receipt(message, status)

    async def _receipt(self, message: Message, status: str, error: tuple[int, str, str] | None = None) -> None:
        """Deliver one status; like the platform, again and with growing pauses until it is taken."""
        message.status = status
        value = {**self._value(), "statuses": [self._status(message, status, error)]}
        for pause in (*RETRY_SECONDS, None):
            answered, fault = await self._deliver(value)
            if 200 <= answered < 300 or fault in ("drop", "reorder") or pause is None:
                return
            await asyncio.sleep(pause)

    def _status(self, message: Message, status: str, error: tuple[int, str, str] | None) -> Json:
        to = {"recipient_user_id": message.to} if BSUID.fullmatch(message.to) else {"recipient_id": message.to}
        shown: Json = {"id": message.id, "status": status, "timestamp": _seconds(self.world.now()), **to}
        if status in ("sent", "delivered"):
            category = "utility" if message.type == "template" else "service"
            shown["pricing"] = {"billable": True, "pricing_model": "PMP", "category": category, "type": "regular"}
        if message.callback_data is not None:
            shown["biz_opaque_callback_data"] = message.callback_data
        if error is not None:
            code, title, details = error
            shown["errors"] = [
                {
                    "code": code,
                    "title": title,
                    "message": title,
                    "error_data": {"details": details},
                    "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
                }
            ]
        return shown

    async def _media(self, request: web.Request) -> web.Response:
        """Media (reference): ids from webhooks live seven days, the address they give five minutes."""
        media = self.media.get(request.match_info["id"])
        asked = request.query.get("phone_number_id", self.phone_id)
        if media is None or asked != self.phone_id or self.world.now() - media.at >= MEDIA_ID_LIFE:
            raise _no_such_object(request.match_info["id"], "get")
        token = secrets.token_urlsafe(24)
        self.urls[token] = (media, self.world.now())
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"{self.world.own_url}/whatsapp/media/{token}",
                "mime_type": media.upload.content_type,
                "sha256": media.sha256,
                "file_size": len(media.upload.content),
                "id": media.id,
            }
        )

    async def _download(self, request: web.Request) -> web.Response:
        media, given = self.urls.get(request.match_info["token"], (None, self.world.now()))
        if media is None or self.world.now() - given >= MEDIA_URL_LIFE:
            raise web.HTTPNotFound
        kind = media.upload.content_type
        named = kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "application/octet-stream"
        return web.Response(body=media.upload.content, headers={"Content-Type": named})

    def _person(self, body: Json) -> Person:
        """`from` is a phone number or a business-scoped user id; `user_id` beside a phone gives both."""
        word = body["from"].strip()
        phone = None if BSUID.fullmatch(word) else re.sub(r"[\s()+-]", "", word)
        if phone is not None and not re.fullmatch(r"\d{6,15}", phone):
            raise BadInput('"from" has to be a phone number in digits, or a user id such as US.13491208655302741918.')
        user_id = word if phone is None else body.get("user_id")
        if user_id is not None and not BSUID.fullmatch(user_id):
            raise BadInput('"user_id" has to look like US.13491208655302741918.')
        person = self._known(user_id) or self._known(phone) or Person(body.get("name") or word, phone, user_id)
        person.name = body.get("name") or person.name
        person.username = body.get("username") or person.username
        person.user_id = user_id or person.user_id
        for key in (phone, user_id):
            if key is not None:
                self.people[key] = person
                known = {"name": person.name, "phone": person.phone, "user_id": person.user_id}
                self.world.people.setdefault(self.name, {})[key] = known
        return person

    def _known(self, key: str | None) -> Person | None:
        return self.people.get(key) if key is not None else None

    def _contents(self, body: Json) -> list[Json]:
        """What each message of a report holds: text, or a file with the text as the first one's caption."""
        text, contents = body["text"], []
        for upload in uploads(body):
            kind = _media_type(upload.content_type)
            held: Json = {"mime_type": upload.content_type, **self._keep(upload)}
            if kind == "document":
                held["filename"] = upload.name
            if kind == "audio":
                held["voice"] = False
            if text and kind != "audio":
                held["caption"], text = text, ""
            contents.append({"type": kind, kind: held})
        return [{"type": "text", "text": {"body": text}}, *contents] if text else contents

    def _changes(self, body: Json) -> list[Json]:
        """Edit and revoke (webhook reference): sent for numbers also used in the Business app."""
        if body.get("delete_of"):
            return [{"type": "revoke", "revoke": {"original_message_id": body["delete_of"]}}]
        original = body["edit_of"]
        inner = {"context": {"id": original}, "type": "text", "text": {"body": body["text"]}}
        return [{"type": "edit", "edit": {"original_message_id": original, "message": inner}}]

    def _keep(self, upload: Upload) -> Json:
        media = Media(str(secrets.randbelow(9 * 10**14) + 10**14), upload, self.world.now())
        self.media[media.id] = media
        return {"sha256": media.sha256, "id": media.id}

    def _incoming(self, person: Person, at: datetime, content: Json, quoted: str | None) -> Json:
        who = {"from": person.phone} if person.phone else {}
        if person.user_id:
            who["from_user_id"] = person.user_id
        message: Json = {**who, "id": _wamid(), "timestamp": _seconds(at), **content}
        if quoted:
            author = self.authors.get(quoted, person.phone or DISPLAY_NUMBER)
            message["context"] = {"from": author, "id": quoted}
        self.authors[message["id"]] = person.phone or str(person.user_id)
        return message

    def _value(self) -> Json:
        return {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": self.phone_id},
        }

    async def _deliver(self, value: Json) -> tuple[int, str | None]:
        """POST one change to the hub; its status and the switch that interfered.

        Webhooks (reference): HMAC-SHA256 of the raw body, keyed by the app secret, non-ASCII escaped.
        """
        payload = {
            "object": "whatsapp_business_account",
            "entry": [{"id": ACCOUNT_ID, "changes": [{"value": value, "field": "messages"}]}],
        }
        raw = wire(payload, ascii_only=True)
        secret = self.world.settings.whatsapp_webhook_secret.get_secret_value()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}",
        }
        delivery = await self.world.post(self.name, f"{self.world.intake_url}/webhooks/whatsapp", raw, headers)
        return delivery.status, delivery.fault

    async def _control_switches(self, request: web.Request) -> web.Response:
        """`window_error` sync or async, `receipts` all, sent or none, `template` approved, missing, …"""
        body = _object(await request.read())
        allowed = {
            "window_error": ("sync", "async"),
            "receipts": tuple(RECEIPTS),
            "template": tuple(TEMPLATE_STATES),
        }
        for key, value in body.items():
            if key not in allowed:
                raise BadInput(f"There is no switch {key!r}; there are {', '.join(allowed)}.")
            if value not in allowed[key]:
                raise BadInput(f'"{key}" has to be one of {", ".join(allowed[key])}.')
        for key, value in body.items():
            setattr(self, key, value)
        return await self._control_state(request)

    async def _control_state(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"window_error": self.window_error, "receipts": self.receipts, "template": self.template}
        )

    async def _control_messages(self, request: web.Request) -> web.Response:
        """What was sent to people, oldest first; `?to=` a phone number or user id."""
        to = request.query.get("to")
        rows = [
            {
                "id": one.id,
                "to": one.to,
                "type": one.type,
                "text": one.text,
                "at": one.at.isoformat(),
                "status": one.status,
                "context": one.context,
                "biz_opaque_callback_data": one.callback_data,
            }
            for one in self.messages.values()
            if to in (None, one.to)
        ]
        return web.json_response({"data": rows})

    async def _control_status(self, request: web.Request) -> web.Response:
        """`{"id", "status", "code"?, "title"?}` sends one more receipt for a message, in whatever order."""
        body = _object(await request.read())
        message = self.messages.get(str(body.get("id")))
        if message is None:
            raise BadInput('"id" has to be the id of a message in GET /_control/whatsapp/messages.')
        if body.get("status") not in ("sent", "delivered", "read", "failed"):
            raise BadInput('"status" has to be one of sent, delivered, read, failed.')
        code, title = body.get("code", 131026), body.get("title", "Message undeliverable")
        if not isinstance(code, int) or not isinstance(title, str):
            raise BadInput('"code" has to be a number and "title" text.')
        error = (code, title, "Message undeliverable.") if body["status"] == "failed" else None
        message.status = body["status"]
        answered, _ = await self._deliver(
            {**self._value(), "statuses": [self._status(message, message.status, error)]}
        )
        return web.json_response({"status": answered})

    async def _control_verify(self, request: web.Request) -> web.Response:
        """The handshake Meta makes when a webhook's address or token is saved; `token` plays a wrong one."""
        known = self.world.settings.whatsapp_verify_token.get_secret_value()
        token = _object(await request.read()).get("token", known)
        challenge = str(secrets.randbelow(10**9))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": str(token)}
        url = f"{self.world.intake_url}/webhooks/whatsapp"
        async with self.world.session.get(url, params=query) as answer:
            said = await answer.text(errors="replace")
        return web.json_response({"status": answer.status, "verified": answer.status == 200 and said == challenge})


def _people(people: Mapping[str, Person]) -> list[Json]:
    """Everybody once, with the numbers and ids they are known by."""
    known_by: dict[int, list[str]] = {}
    for key, person in people.items():
        known_by.setdefault(id(person), []).append(key)
    return [
        {**row(person), "last_wrote": person.last_wrote and person.last_wrote.isoformat(), "known_by": keys}
        for keys in known_by.values()
        for person in (people[keys[0]],)
    ]


def _recalled_person(kept: Json) -> list[tuple[str, Person]]:
    keys, wrote = kept.pop("known_by"), kept.pop("last_wrote")
    person = Person(**kept, last_wrote=datetime.fromisoformat(wrote) if wrote else None)
    return [(key, person) for key in keys]


def _recalled_message(kept: Json) -> Message:
    return Message(**{**kept, "at": datetime.fromisoformat(kept["at"])})


def _recalled_media(kept: Json) -> Media:
    upload = Upload(kept["name"], kept["content_type"], kept["content"])
    return Media(kept["id"], upload, datetime.fromisoformat(kept["at"]))


async def _unknown(request: web.Request) -> web.Response:
    raise Failure(400, 2500, f"Unknown path components: /{request.match_info['tail']}")


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise _parameter("Invalid parameter: the body is not JSON.") from None
    if not isinstance(body, dict):
        raise _parameter("Invalid parameter: the body is not an object.")
    return body


def _object(raw: bytes) -> Json:
    body = readable(raw) if raw else {}
    if not isinstance(body, dict):
        raise BadInput("The body has to be a JSON object.")
    return body


def _recipient(body: Json) -> tuple[str, bool]:
    """Whom a message goes to, and whether it is silently lost.

    Business-scoped user ids (reference) go in `recipient`; with both, the phone number in `to` wins. One in
    `to` is accepted and never arrives, as users of the API report.
    """
    to, recipient = body.get("to"), body.get("recipient")
    if to in (None, "") and recipient in (None, ""):
        raise Failure(400, 131008, "Required parameter is missing", "Parameter 'to' or 'recipient' is required.")
    if to in (None, ""):
        if not isinstance(recipient, str) or not BSUID.fullmatch(recipient):
            raise Failure(400, 131009, "Parameter value is not valid", "Parameter 'recipient' is not a user id.")
        return recipient, False
    if not isinstance(to, str):
        raise Failure(400, 131009, "Parameter value is not valid", "Parameter 'to' has to be text.")
    if BSUID.fullmatch(to):
        return to, True
    digits = re.sub(r"[\s()+-]", "", to)
    if not re.fullmatch(r"\d{6,15}", digits):
        raise Failure(400, 131009, "Parameter value is not valid", "Parameter 'to' is not a phone number.")
    return digits, False


def _text(text: object) -> str:
    body = text.get("body") if isinstance(text, dict) else None
    if not isinstance(body, str) or not body.strip():
        raise _parameter("The parameter text['body'] is required.")
    if len(body) > MAX_TEXT:
        raise _parameter(f"Param text['body'] must be at most {MAX_TEXT} characters long.")
    if isinstance(text, dict) and not isinstance(text.get("preview_url", False), bool):
        raise _parameter("Param text['preview_url'] must be a boolean.")
    return body


def _body_parameters(components: object) -> list[str]:
    if not isinstance(components, list):
        raise _parameter("Param template['components'] must be an array.")
    values: list[str] = []
    for component in components:
        parameters = component.get("parameters") if isinstance(component, dict) else None
        if not isinstance(parameters, list) or component.get("type") != "body":
            raise Failure(400, 132012, "Parameter format does not match", "components: body with parameters expected")
        values += [_parameter_text(parameter) for parameter in parameters]
    return values


def _parameter_text(parameter: object) -> str:
    """Template parameters: text, not empty, on one line and without long gaps."""
    text = parameter.get("text") if isinstance(parameter, dict) and parameter.get("type") == "text" else None
    if not isinstance(text, str):
        raise Failure(400, 132012, "Parameter format does not match", "body: text parameter expected")
    if not text.strip():
        raise Failure(400, 131008, "Required parameter is missing", "Parameter of type text is missing text value")
    if re.search(r"[\n\r\t]| {5,}", text):
        said = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        raise Failure(400, 132018, "There was an issue with the parameters in the template", said)
    return text


def _parameter(message: str) -> Failure:
    return Failure(400, 100, message)


def _no_such_object(wanted: str, verb: str) -> Failure:
    said = (
        f"Unsupported {verb} request. Object with ID '{wanted}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return Failure(400, 100, said, kind="GraphMethodException")


def _error(failure: Failure) -> web.Response:
    error: Json = {
        "message": f"(#{failure.code}) {failure.title}",
        "type": failure.kind,
        "code": failure.code,
        "fbtrace_id": secrets.token_urlsafe(9),
    }
    if failure.details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": failure.details}
    return web.json_response({"error": error}, status=failure.status)


def _contact(person: Person) -> Json:
    profile = {"name": person.name} | ({"username": person.username} if person.username else {})
    shown: Json = {"profile": profile}
    if person.phone:
        shown["wa_id"] = person.phone
    if person.user_id:
        shown["user_id"] = person.user_id
    return shown


def _media_type(content_type: str) -> str:
    family = content_type.partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"


def _seconds(at: datetime) -> str:
    return str(int(at.timestamp()))


def _wamid() -> str:
    return "wamid." + base64.b64encode(b"\x1d\x05" + secrets.token_bytes(37)).decode()


def _codes(languages: str) -> set[str]:
    """The languages the played template is approved in."""
    return {code.strip() for code in languages.split(",")}
