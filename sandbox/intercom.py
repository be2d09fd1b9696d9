"""Intercom as its REST reference (2.16) and its webhook topics describe it."""

import hashlib
import hmac
import html
import json
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import count
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.world import BadInput, Json, Upload, World, row, uploads, wire

PLAYED_APP = "sb0xplay"
VERSIONS = (*tuple(f"2.{minor}" for minor in range(17)), "Preview")
WINDOW_SECONDS = 10
WINDOW_REQUESTS = 1667
"""Rate limiting (reference): limits are spread over ten-second windows; 10,000 a minute for an app."""
PER_PAGE = 20
MAX_PER_PAGE = 150


class Failure(Exception):
    """An error Intercom answers: HTTP status, code and message of its error.list."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(slots=True)
class Contact:
    id: str
    name: str | None
    email: str | None
    created_at: int

    @property
    def role(self) -> str:
        return "user" if self.email else "lead"

    def author(self) -> Json:
        return {"type": self.role, "id": self.id, "name": self.name, "email": self.email or ""}


@dataclass(slots=True)
class Part:
    id: str
    part_type: str
    author: Json
    text: str
    body: str
    created_at: int
    attachments: list[Json] = field(default_factory=list)
    app_package_code: str | None = None
    redacted: bool = False

    def shown(self, *, plain: bool) -> Json:
        return {
            "type": "conversation_part",
            "id": self.id,
            "part_type": self.part_type,
            "body": self.text if plain else self.body,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "notified_at": self.created_at,
            "assigned_to": None,
            "author": self.author,
            "attachments": self.attachments,
            "external_id": None,
            "redacted": self.redacted,
            "metadata": {},
            "email_message_metadata": None,
            "app_package_code": self.app_package_code,
        }


@dataclass(slots=True)
class Conversation:
    id: str
    contact: Contact
    opening: Part
    started_by: str
    parts: list[Part] = field(default_factory=list)

    @property
    def all_parts(self) -> tuple[Part, ...]:
        return (self.opening, *self.parts)

    @property
    def updated_at(self) -> int:
        return max(part.created_at for part in self.all_parts)

    def shown(self, *, plain: bool, parts: list[Part] | None) -> Json:
        """`parts` None leaves them out, as lists do."""
        opening = self.opening
        answered = [part.created_at for part in self.parts if part.author["type"] in ("user", "lead")]
        shown: Json = {
            "type": "conversation",
            "id": self.id,
            "created_at": opening.created_at,
            "updated_at": self.updated_at,
            "waiting_since": max([opening.created_at, *answered]) if self._waits else None,
            "snoozed_until": None,
            "source": {
                "type": "conversation",
                "id": opening.id,
                "delivered_as": self.started_by,
                "subject": "",
                "body": opening.text if plain else opening.body,
                "author": opening.author,
                "attachments": opening.attachments,
                "url": None,
                "redacted": opening.redacted,
            },
            "contacts": {
                "type": "contact.list",
                "contacts": [{"type": "contact", "id": self.contact.id, "external_id": None}],
            },
            "first_contact_reply": {"created_at": answered[0], "type": "conversation", "url": None}
            if answered
            else None,
            "admin_assignee_id": None,
            "team_assignee_id": None,
            "open": True,
            "state": "open",
            "read": False,
            "tags": {"type": "tag.list", "tags": []},
            "priority": "none",
            "sla_applied": None,
            "statistics": None,
            "conversation_rating": None,
            "teammates": None,
            "title": None,
            "custom_attributes": {},
            "topics": {},
            "ticket": None,
            "linked_objects": {"type": "list", "data": [], "total_count": 0, "has_more": False},
            "ai_agent": None,
            "ai_agent_participated": False,
        }
        if parts is not None:
            shown["conversation_parts"] = {
                "type": "conversation_part.list",
                "conversation_parts": [part.shown(plain=plain) for part in parts],
                "total_count": len(parts),
            }
        return shown

    @property
    def _waits(self) -> bool:
        return self.all_parts[-1].author["type"] in ("user", "lead")


class Intercom:
    """One workspace: its contacts, conversations and uploads."""

    name = "intercom"

    def __init__(self, world: World) -> None:
        self.world = world
        self.app_id = world.settings.intercom_app_id or PLAYED_APP
        self.contacts: dict[str, Contact] = {}
        self.conversations: dict[str, Conversation] = {}
        self.uploads: dict[str, Upload] = {}
        # Ids go on from the clock, so that a sandbox started again never gives one twice.
        self._conversation_ids = count(time.time_ns() // 1000)
        self._part_ids = count(time.time_ns() // 10_000_000)
        self._window = (0, 0)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/intercom/conversations/search", self._api(self._search)),
            web.post("/intercom/conversations/{id}/reply", self._api(self._reply)),
            web.get("/intercom/conversations/{id}", self._api(self._conversation)),
            web.get("/intercom/contacts/{id}", self._api(self._contact)),
            web.post("/intercom/messages", self._api(self._message)),
            web.get("/intercom/uploads/{id}/{name}", self._upload),
            web.route("*", "/intercom/{tail:.*}", self._api(_unknown)),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_control/intercom/conversations", self._control_conversations),
            web.post("/_control/intercom/ping", self._control_ping),
        ]

    async def report(self, body: Json) -> tuple[int, str | None]:
        """conversation.user.created, or .user.replied in `thread`; `delete_of` redacts a part or a conversation."""
        if body.get("edit_of"):
            raise BadInput("Nobody can edit a message on Intercom; there is no topic for it.")
        if body.get("delete_of"):
            return await self._redact(body["delete_of"])
        conversation, part = self._written(body)
        replied = part is not conversation.opening
        item = conversation.shown(plain=self._plain(body), parts=[part] if replied else [])
        topic = "conversation.user.replied" if replied else "conversation.user.created"
        status = await self._deliver(topic, item)
        key = f"{self.app_id}:{conversation.id}"
        return status, f"{key}:{part.id}" if replied else key

    def rate_limited(self, retry_after: float | None) -> web.Response:
        answer = _error(Failure(429, "rate_limit_exceeded", _exceeded()))
        answer.headers["X-RateLimit-Limit"] = str(WINDOW_REQUESTS)
        answer.headers["X-RateLimit-Remaining"] = "0"
        answer.headers["X-RateLimit-Reset"] = str(int(time.time() + (retry_after or WINDOW_SECONDS)))
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        return _error(Failure(500, "server_error", "Server Error"))

    def state(self) -> Json:
        return {
            "contacts": [row(contact) for contact in self.contacts.values()],
            "conversations": [_kept(conversation) for conversation in self.conversations.values()],
            "uploads": [{"id": key, **row(upload)} for key, upload in self.uploads.items()],
        }

    def restore(self, state: Json) -> None:
        self.contacts = {each["id"]: Contact(**each) for each in state["contacts"]}
        self.conversations = {each["id"]: self._recalled(each) for each in state["conversations"]}
        self.uploads = {each.pop("id"): Upload(**each) for each in state["uploads"]}
        self._window = (0, 0)
        # A part's id is a hundredth of a second: whoever made more of them in that time is ahead of the clock.
        last = max((int(part.id) for one in self.conversations.values() for part in one.all_parts), default=0)
        self._part_ids = count(max(last + 1, next(self._part_ids)))

    def _recalled(self, kept: Json) -> Conversation:
        opening, *parts = (Part(**each) for each in kept["parts"])
        return Conversation(kept["id"], self.contacts[kept["contact"]], opening, kept["started_by"], parts)

    def _api(self, endpoint: Callable[[web.Request], Any]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_token(request)
            except Failure as failure:
                return _error(failure)
            remaining, reset = self._count_request()
            try:
                response = await self._checked(request, endpoint, remaining)
            except Failure as failure:
                response = _error(failure)
            response.headers["X-RateLimit-Limit"] = str(WINDOW_REQUESTS)
            response.headers["X-RateLimit-Remaining"] = str(max(0, remaining))
            response.headers["X-RateLimit-Reset"] = str(reset)
            return response

        return answer

    async def _checked(
        self, request: web.Request, endpoint: Callable[[web.Request], Any], remaining: int
    ) -> web.Response:
        if remaining < 0:
            raise Failure(429, "rate_limit_exceeded", _exceeded())
        version = request.headers.get("Intercom-Version")
        if version is not None and version not in VERSIONS:
            raise Failure(400, "intercom_version_invalid", "The requested version could not be found")
        answer: web.Response = await endpoint(request)
        return answer

    def _check_token(self, request: web.Request) -> None:
        token = self.world.settings.intercom_api_token.get_secret_value()
        given = request.headers.get("Authorization", "")
        if not given:
            raise Failure(401, "token_unauthorized", "No authorization token was provided")
        if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Failure(401, "unauthorized", "Access Token Invalid")

    def _count_request(self) -> tuple[int, int]:
        """What is left in this window (below 0: exceeded) and when it ends."""
        window = int(time.time()) // WINDOW_SECONDS
        used = self._window[1] + 1 if self._window[0] == window else 1
        self._window = (window, used)
        return WINDOW_REQUESTS - used, (window + 1) * WINDOW_SECONDS

    async def _conversation(self, request: web.Request) -> web.Response:
        conversation = self._find(request.match_info["id"])
        plain = request.query.get("display_as") == "plaintext"
        return web.json_response(conversation.shown(plain=plain, parts=conversation.parts))

    async def _contact(self, request: web.Request) -> web.Response:
        contact = self.contacts.get(request.match_info["id"])
        if contact is None:
            raise Failure(404, "not_found", "User Not Found")
        return web.json_response(self._contact_shown(contact))

    async def _reply(self, request: web.Request) -> web.Response:
        """Reply to a conversation (reference): message_type, type and admin_id are required."""
        body = await _body(request)
        conversation = self._find(request.match_info["id"])
        if body.get("message_type") not in ("comment", "note"):
            raise Failure(400, "parameter_invalid", "Message type is invalid")
        if not isinstance(body.get("body"), str) or not body["body"].strip():
            raise Failure(400, "parameter_invalid", "Body is required")
        author = self._reply_author(body, conversation)
        part = self._part(body["message_type"], author, body["body"], int(time.time()))
        part.app_package_code = "sandbox_api_app"
        conversation.parts.append(part)
        return web.json_response(conversation.shown(plain=False, parts=conversation.parts))

    def _reply_author(self, body: Json, conversation: Conversation) -> Json:
        if body.get("type") == "admin":
            return self._admin(body.get("admin_id"))
        if body.get("type") == "user" and body["message_type"] == "comment":
            if body.get("intercom_user_id") != conversation.contact.id:
                raise Failure(404, "not_found", "User Not Found")
            return conversation.contact.author()
        raise Failure(400, "parameter_invalid", "Type is invalid")

    def _admin(self, admin_id: object) -> Json:
        if not isinstance(admin_id, str | int) or isinstance(admin_id, bool) or not str(admin_id).isdigit():
            raise Failure(400, "parameter_invalid", "Admin id is invalid")
        known = self.world.settings.intercom_admin_id
        if known and str(admin_id) != known:
            raise Failure(404, "not_found", "Resource Not Found")
        return {"type": "admin", "id": str(admin_id), "name": "Support", "email": "support@example.com"}

    async def _message(self, request: web.Request) -> web.Response:
        """Create a message (reference). No conversation exists until the contact answers, unless asked for."""
        body = await _body(request)
        kind = body.get("message_type")
        if kind not in ("in_app", "inapp", "email"):
            raise Failure(400, "parameter_invalid", "Message type is invalid")
        if not isinstance(body.get("body"), str) or not body["body"].strip():
            raise Failure(400, "parameter_invalid", "Body is required")
        if kind == "email" and not body.get("subject"):
            raise Failure(422, "parameter_not_found", "No subject supplied for email message")
        owner = self._admin(_field(body, "from", "id") if _field(body, "from", "type") == "admin" else None)
        contact = self.contacts.get(str(_field(body, "to", "id")))
        if _field(body, "to", "type") not in ("user", "lead") or contact is None:
            raise Failure(404, "not_found", "User Not Found")
        now = int(time.time())
        part = self._part("comment", owner, body["body"], now)
        answer: Json = {
            "type": "admin_message",
            "id": part.id,
            "created_at": now,
            "subject": body.get("subject") or "",
            "body": part.body,
            "message_type": "email" if kind == "email" else "inapp",
            "owner": {**owner, "away_mode_enabled": False, "away_mode_reassign": False},
        }
        if body.get("create_conversation_without_contact_reply") is True:
            conversation = self._open(contact, part, "admin_initiated")
            answer["conversation_id"] = conversation.id
        return web.json_response(answer)

    async def _search(self, request: web.Request) -> web.Response:
        """Search conversations (reference): field, operator and value, or AND / OR of such."""
        body = await _body(request)
        query, paging = body.get("query"), body.get("pagination") or {}
        if not isinstance(query, dict) or not isinstance(paging, dict):
            raise Failure(400, "parameter_invalid", "Query is invalid")
        per_page, after = paging.get("per_page", PER_PAGE), paging.get("starting_after")
        if not isinstance(per_page, int) or not 1 <= per_page <= MAX_PER_PAGE:
            raise Failure(400, "parameter_invalid", "per_page must be a number between 1 and 150")
        newest = sorted(self.conversations.values(), key=lambda one: (one.updated_at, one.id), reverse=True)
        found = [one for one in newest if _matches(one, query)]
        start = _position(found, after)
        page = found[start : start + per_page]
        pages: Json = {
            "type": "pages",
            "page": start // per_page + 1,
            "per_page": per_page,
            "total_pages": -(-len(found) // per_page),
        }
        if start + per_page < len(found):
            pages["next"] = {"page": pages["page"] + 1, "starting_after": page[-1].id}
        return web.json_response(
            {
                "type": "conversation.list",
                "pages": pages,
                "total_count": len(found),
                "conversations": [one.shown(plain=False, parts=None) for one in page],
            }
        )

    async def _upload(self, request: web.Request) -> web.Response:
        """Attachment URLs need no token; the long id in them is the secret."""
        upload = self.uploads.get(request.match_info["id"])
        if upload is None or upload.name != request.match_info["name"]:
            raise web.HTTPNotFound
        return web.Response(
            body=upload.content,
            headers={"Content-Type": _header(upload.content_type), "Content-Disposition": "attachment"},
        )

    def _find(self, conversation_id: str) -> Conversation:
        conversation = self.conversations.get(conversation_id)
        if conversation is None:
            raise Failure(404, "not_found", "Resource Not Found")
        return conversation

    def _written(self, body: Json) -> tuple[Conversation, Part]:
        """The conversation somebody wrote in and the part that is new: its opening when it is new itself."""
        thread = (body.get("thread") or "").removeprefix(f"{self.app_id}:").split(":")[0]
        conversation = self.conversations.get(thread) if thread else None
        if thread and conversation is None:
            raise BadInput('"thread" has to be the id of a conversation, as answered by an earlier report.')
        contact = self._person(body)
        at = int(time.time() - body["ago_seconds"])
        files = [self._attach(upload) for upload in uploads(body)]
        part = self._part("comment", contact.author(), body["text"], at, files, escaped=False)
        if conversation is None:
            return self._open(contact, part, "customer_initiated"), part
        conversation.parts.append(part)
        return conversation, part

    def _open(self, contact: Contact, opening: Part, started_by: str) -> Conversation:
        conversation = Conversation(str(next(self._conversation_ids)), contact, opening, started_by)
        self.conversations[conversation.id] = conversation
        return conversation

    def _person(self, body: Json) -> Contact:
        """`from` is a contact's id, or any word: the same word is always the same contact."""
        word = body["from"].strip()
        is_id = re.fullmatch(r"[0-9a-f]{24}", word) is not None
        contact_id = word if is_id else hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()[:24]
        contact = self.contacts.get(contact_id)
        if contact is None:
            name = body.get("name") or (None if is_id else word)
            contact = Contact(contact_id, name, body.get("email"), int(time.time()))
            self.contacts[contact_id] = contact
        contact.name = body.get("name") or contact.name
        contact.email = body.get("email") or contact.email
        self.world.people.setdefault(self.name, {})[contact.id] = {"name": contact.name, "email": contact.email}
        return contact

    def _part(
        self,
        part_type: str,
        author: Json,
        text: str,
        at: int,
        attachments: list[Json] | None = None,
        *,
        escaped: bool = True,
    ) -> Part:
        """`escaped`: the text came through the API, where it may be HTML; else somebody typed it."""
        if escaped:
            body, plain = (text if "<" in text else _html(text)), _plain_text(text)
        else:
            body, plain = _html(text), text
        return Part(str(next(self._part_ids)), part_type, author, plain, body, at, attachments or [])

    def _attach(self, upload: Upload) -> Json:
        key = secrets.token_urlsafe(18)
        self.uploads[key] = upload
        return {
            "type": "upload",
            "name": upload.name,
            "url": f"{self.world.own_url}/intercom/uploads/{key}/{quote(upload.name, safe='')}",
            "content_type": upload.content_type,
            "filesize": len(upload.content),
        }

    def _plain(self, body: Json) -> bool:
        """Bodies in webhooks are plain text from 2.15 on (changelog); `"html": true` plays an older app."""
        if body.get("html") is True:
            return False
        minor = self.world.settings.intercom_version.partition(".")[2]
        return not minor.isdigit() or int(minor) >= 15

    async def _redact(self, target: str) -> tuple[int, str | None]:
        """A conversation is deleted (only its id is sent), a part is redacted (the part without its text)."""
        names = target.removeprefix(f"{self.app_id}:").split(":")
        conversation = self.conversations.get(names[0])
        if conversation is None:
            raise BadInput('"delete_of" has to be the id of a conversation, or of a part as <conversation>:<part>.')
        if len(names) == 1:
            del self.conversations[conversation.id]
            deleted: Json = {"type": "conversation", "id": conversation.id}
            return await self._deliver("conversation.deleted", deleted), f"{self.app_id}:{conversation.id}"
        part = next((one for one in conversation.parts if one.id == names[1]), None)
        if part is None:
            raise BadInput('"delete_of" names a part that is not in this conversation.')
        part.text, part.body, part.redacted, part.attachments = "", "", True, []
        item = conversation.shown(plain=True, parts=[part])
        status = await self._deliver("conversation_part.redacted", item)
        return status, f"{self.app_id}:{conversation.id}:{part.id}"

    async def _deliver(self, topic: str, item: Json | None) -> int:
        now = int(time.time())
        payload: Json = {
            "type": "notification_event",
            "app_id": self.app_id,
            "data": {"type": "notification_event_data", "item": item},
            "links": {},
            "id": f"notif_{_uuid()}" if topic != "ping" else None,
            "topic": topic,
            "delivery_status": "pending",
            "delivery_attempts": 1,
            "delivered_at": 0,
            "first_sent_at": now,
            "created_at": now,
            "self": None,
        }
        raw = wire(payload, ascii_only=False)
        url = f"{self.world.intake_url}/webhooks/intercom"
        status, _ = await self.world.deliver(self.name, url, raw, self._headers(raw))
        return status

    def _headers(self, raw: bytes) -> dict[str, str]:
        """Signed notifications (reference): HMAC-SHA1 of the raw body, keyed by the app's client secret."""
        secret = self.world.settings.intercom_webhook_secret.get_secret_value()
        digest = hmac.new(secret.encode(), raw, hashlib.sha1).hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "intercom-parrot-service-client/1.0",
            "X-Hub-Signature": f"sha1={digest}",
        }

    def _contact_shown(self, contact: Contact) -> Json:
        path = f"/contacts/{contact.id}"
        return {
            "type": "contact",
            "id": contact.id,
            "workspace_id": self.app_id,
            "external_id": None,
            "role": contact.role,
            "email": contact.email,
            "phone": None,
            "name": contact.name,
            "avatar": None,
            "owner_id": None,
            "social_profiles": {"type": "list", "data": []},
            "has_hard_bounced": False,
            "marked_email_as_spam": False,
            "unsubscribed_from_emails": False,
            "created_at": contact.created_at,
            "updated_at": contact.created_at,
            "signed_up_at": contact.created_at if contact.email else None,
            "last_seen_at": None,
            "last_replied_at": None,
            "last_contacted_at": None,
            "language_override": None,
            "browser_language": None,
            "location": {"type": "location", "country": None, "region": None, "city": None},
            "custom_attributes": {},
            "tags": _empty_list(f"{path}/tags"),
            "notes": _empty_list(f"{path}/notes"),
            "companies": _empty_list(f"{path}/companies"),
        }

    async def _control_conversations(self, _request: web.Request) -> web.Response:
        """Every conversation as people see it: who wrote what, oldest first."""
        rows = [
            {
                "id": one.id,
                "contact": {"id": one.contact.id, "name": one.contact.name, "email": one.contact.email},
                "messages": [
                    {"id": part.id, "author": part.author, "text": part.text, "attachments": part.attachments}
                    for part in one.all_parts
                ],
            }
            for one in self.conversations.values()
        ]
        return web.json_response({"data": rows})

    async def _control_ping(self, _request: web.Request) -> web.Response:
        """What Intercom sends when a webhook is tested: no id, and a message instead of an item."""
        status = await self._deliver("ping", {"type": "ping", "message": "something something interzen"})
        return web.json_response({"status": status})


def _kept(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "contact": conversation.contact.id,
        "started_by": conversation.started_by,
        "parts": [row(part) for part in conversation.all_parts],
    }


async def _unknown(_request: web.Request) -> web.Response:
    raise Failure(404, "not_found", "The requested resource does not exist")


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Failure(400, "bad_request", "bad 'json' parameter") from None
    if not isinstance(body, dict):
        raise Failure(400, "bad_request", "bad 'json' parameter")
    return body


def _field(body: Json, outer: str, inner: str) -> object:
    value = body.get(outer)
    return value.get(inner) if isinstance(value, dict) else None


def _matches(conversation: Conversation, query: Json) -> bool:
    operator, value = query.get("operator"), query.get("value")
    if operator in ("AND", "OR"):
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise Failure(400, "parameter_invalid", f"{operator} needs a list of queries")
        results = [_matches(conversation, part) for part in value]
        return all(results) if operator == "AND" else any(results)
    return _compares(_searched(conversation, query.get("field")), operator, value)


def _searched(conversation: Conversation, name: object) -> object:
    author = conversation.opening.author
    values: dict[object, object] = {
        "id": conversation.id,
        "created_at": conversation.opening.created_at,
        "updated_at": conversation.updated_at,
        "contact_ids": conversation.contact.id,
        "source.author.id": author["id"],
        "source.author.email": author["email"],
        "source.body": conversation.opening.text,
        "state": "open",
        "open": True,
    }
    if name not in values:
        raise Failure(400, "parameter_invalid", f"{name} is not a searchable field")
    return values[name]


def _compares(have: object, operator: object, value: Any) -> bool:
    if operator in ("IN", "NIN"):
        if not isinstance(value, list):
            raise Failure(400, "parameter_invalid", f"{operator} needs a list of values")
        inside = str(have) in [str(one) for one in value]
        return inside if operator == "IN" else not inside
    if operator == "~":
        return str(value).lower() in str(have).lower()
    if operator in ("=", "!="):
        same = str(have).lower() == str(value).lower()
        return same if operator == "=" else not same
    if operator in ("<", ">") and isinstance(have, int) and str(value).isdigit():
        return have > int(value) if operator == ">" else have < int(value)
    raise Failure(400, "parameter_invalid", f"{operator} is not valid here")


def _position(found: list[Conversation], after: object) -> int:
    if after is None:
        return 0
    for position, conversation in enumerate(found):
        if conversation.id == after:
            return position + 1
    raise Failure(400, "parameter_invalid", "starting_after is invalid")


def _error(failure: Failure) -> web.Response:
    body = {
        "type": "error.list",
        "request_id": _uuid(),
        "errors": [{"code": failure.code, "message": failure.message}],
    }
    return web.json_response(body, status=failure.status)


def _exceeded() -> str:
    return f"Exceeded rate limit of {WINDOW_REQUESTS} in {WINDOW_SECONDS}_seconds"


def _empty_list(url: str) -> Json:
    return {"type": "list", "data": [], "url": url, "total_count": 0, "has_more": False}


def _uuid() -> str:
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _header(value: str) -> str:
    return value if re.fullmatch(r"[\w.+-]+/[\w.+-]+(; ?[\w=.-]+)*", value) else "application/octet-stream"


def _html(text: str) -> str:
    """What somebody typed as Intercom keeps it: escaped paragraphs."""
    lines = [html.escape(line, quote=False) for line in text.split("\n")]
    return "\n".join(f"<p>{line}</p>" for line in lines if line.strip()) or "<p></p>"


def _plain_text(markup: str) -> str:
    if "<" not in markup:
        return markup
    words = _Words()
    words.feed(markup)
    words.close()
    return "".join(words.found).strip()


class _Words(HTMLParser):
    """The words of a body; blocks end in a line break, links read `label (url)` as display_as=plaintext does."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.found.append("\n")
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("p", "li", "h1", "h2", "div", "pre"):
            self.found.append("\n")
        if tag == "a" and self._links and (url := self._links.pop()):
            self.found.append(f" ({url})")

    def handle_data(self, data: str) -> None:
        self.found.append(data)
