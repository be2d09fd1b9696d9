"""The played workspace: people, channels, messages, open views, files, and the short-lived tokens."""

import copy
import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from runtime.settings import Settings
from sandbox.slack.refusal import Json, NotThere, Refusal
from sandbox.world import row

TEAM = "T0SANDBOX"
TEAM_DOMAIN = "sandbox"
APP = "A0SANDBOX"
BOT_USER = "U0HUB"
BOT_ID = "B0HUB"
VERIFICATION_TOKEN = "played-by-the-sandbox"  # noqa: S105 - sent in payloads, checked by nobody
SUPPORT = "C0SUPPORT"

MANIFEST = Path(__file__).parents[2] / "manifest.json"

TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5
STACK = 3
MADE_UP = "="
"""What the id of a block begins with to which the app gave none: another one whenever it is drawn."""
EARLIER = 3
"""Drawings kept of what has changed since, so that a click on an old one can be played."""

SEEDED = (
    ("U0ANA", "ana", "Ana Alvarez", "ana@hub.example", True),
    ("U0BEN", "ben", "Ben Baker", "ben@hub.example", True),
    ("U0RITA", "rita", "Rita Rossi", "rita@customer.example", False),
    ("U0REX", "rex", "Rex Rivers", "rex@customer.example", False),
)


@dataclass(slots=True)
class User:
    id: str
    name: str
    real_name: str
    email: str | None
    is_bot: bool = False

    def shown(self) -> Json:
        """The user object of users.info (docs.slack.dev, "User object")."""
        profile: Json = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "first_name": self.real_name.partition(" ")[0],
            "last_name": self.real_name.partition(" ")[2],
            "team": TEAM,
        }
        if self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": TEAM,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": False,
            "tz": "Europe/Madrid",
            "tz_offset": 3600,
            "locale": "en-US",
            "is_admin": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_restricted": False,
            "updated": 1_790_000_000,
            "profile": profile,
        }

    def acting(self) -> Json:
        """The short form in interaction payloads."""
        return {"id": self.id, "username": self.name, "name": self.name, "team_id": TEAM}


@dataclass(slots=True)
class Message:
    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    bot_id: str | None = None
    subtype: str | None = None
    edited: Json | None = None
    client_msg_id: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    only_for: str | None = None
    """An ephemeral message is seen by this user alone."""
    earlier: list[list[Json]] = field(default_factory=list)
    """How it was drawn before: somebody may still have that on their screen."""

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def redraw(self, text: str, blocks: list[Json], attachments: list[Json]) -> None:
        self.earlier = [self.blocks, *self.earlier][:EARLIER]
        self.text, self.blocks, self.attachments = text, blocks, attachments

    def shown(self, *, metadata: bool = False) -> Json:
        """The message object as events, history and interactions carry it."""
        shown: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM}
        if self.bot_id:
            shown |= {"bot_id": self.bot_id, "app_id": APP, "bot_profile": bot_profile()}
        given = {
            "subtype": self.subtype,
            "client_msg_id": self.client_msg_id,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": self.files,
            "thread_ts": self.thread_ts,
            "edited": self.edited,
        }
        shown |= {key: copy.deepcopy(value) for key, value in given.items() if value}
        if self.reactions:
            shown["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)} for name, users in self.reactions.items()
            ]
        if metadata and self.metadata:
            shown["metadata"] = copy.deepcopy(self.metadata)
        return shown


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    members: set[str]
    im_with: str | None = None
    triage: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: list[Message] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return "im" if self.im_with else "channel"

    def shown(self) -> Json:
        """The conversation object (docs.slack.dev, "Conversation object")."""
        if self.im_with:
            return {
                "id": self.id,
                "created": 1_790_000_000,
                "is_im": True,
                "is_channel": False,
                "is_private": True,
                "is_archived": False,
                "is_org_shared": False,
                "user": self.im_with,
                "is_open": True,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": 1_790_000_000,
            "creator": "U0ANA",
            "is_channel": True,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": False,
            "is_archived": False,
            "is_general": False,
            "is_shared": False,
            "is_org_shared": False,
            "is_member": BOT_USER in self.members,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.members),
        }

    def as_named(self) -> Json:
        """The `{id, name}` of interaction payloads; a direct message is called that."""
        return {"id": self.id, "name": "directmessage" if self.im_with else self.name}

    def ordered(self) -> list[Message]:
        return in_order(self.messages.values())

    def replies(self, ts: str) -> list[Message]:
        return in_order(message for message in self.messages.values() if message.thread_ts == ts != message.ts)

    def threads(self) -> dict[str, list[Message]]:
        """All replies, by the message they are under."""
        found: dict[str, list[Message]] = {}
        for message in self.ordered():
            if message.thread_ts not in (None, message.ts):
                found.setdefault(str(message.thread_ts), []).append(message)
        return found

    def described(
        self, message: Message, replies: Sequence[Message] | None = None, *, metadata: bool = False
    ) -> Json:
        """A message with what Slack adds to the first of a thread; `replies` where they are known already."""
        shown = message.shown(metadata=metadata)
        if replies is None:
            replies = self.replies(message.ts)
        if replies:
            users = list(dict.fromkeys(reply.user for reply in replies))
            shown |= {
                "thread_ts": message.ts,
                "reply_count": len(replies),
                "reply_users": users,
                "reply_users_count": len(users),
                "latest_reply": replies[-1].ts,
            }
        return shown


@dataclass(slots=True)
class View:
    """A modal somebody has open, or their Home.

    `typed` is what they have entered, by block and action; `errors` the sentence under a block that was refused.
    """

    id: str
    user: str
    drawn: Json
    hash: str
    root: str
    previous: str | None = None
    typed: dict[str, dict[str, Json]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    earlier: list[list[Json]] = field(default_factory=list)

    @property
    def is_home(self) -> bool:
        return bool(self.drawn["type"] == "home")

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.drawn["blocks"]
        return blocks

    def shown(self, values: Json | None = None) -> Json:
        """The view object of responses and interaction payloads."""
        drawn = copy.deepcopy(self.drawn)
        return {
            "id": self.id,
            "team_id": TEAM,
            "type": drawn["type"],
            "blocks": drawn["blocks"],
            "private_metadata": drawn.get("private_metadata", ""),
            "callback_id": drawn.get("callback_id", ""),
            "state": {"values": values or {}},
            "hash": self.hash,
            "title": drawn.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
            "clear_on_close": bool(drawn.get("clear_on_close", False)),
            "notify_on_close": bool(drawn.get("notify_on_close", False)),
            "close": drawn.get("close"),
            "submit": drawn.get("submit"),
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": APP,
            "external_id": drawn.get("external_id", ""),
            "app_installed_team_id": TEAM,
            "bot_id": BOT_ID,
        }


@dataclass(slots=True)
class StoredFile:
    shown: Json
    content: bytes
    complete: bool = True


@dataclass(slots=True)
class ResponseUrl:
    user: str
    channel: str
    born: float
    ts: str | None = None
    """The message the interaction came from; a command has none."""
    uses: int = 0


@dataclass(slots=True)
class Trigger:
    user: str
    born: float
    view: str | None = None
    used: bool = False


class Workspace:
    """Everything Slack would remember. `changes` grows whenever a view or a Home does."""

    def __init__(self, settings: Settings) -> None:
        self.changes = 0
        self._numbers = count(1)
        agents = settings.slack_agents
        self.agents_group = agents if re.fullmatch(r"S[A-Z0-9]+", agents) else "S0AGENTS"
        self._triage = settings.slack_triage_channel or "C0TRIAGE"
        self._begin()

    def _begin(self) -> None:
        """An empty workspace with its first people; nobody has anything open."""
        self.users: dict[str, User] = {BOT_USER: User(BOT_USER, "feedback_hub", "Feedback Hub", None, is_bot=True)}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, StoredFile] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.offered: dict[tuple[str, str], list[Json]] = {}
        self.scopes: list[str] = json.loads(MANIFEST.read_text())["oauth_config"]["scopes"]["bot"]
        """What the app was installed with."""
        self.refused: Refusal | None = None
        """What the app drew last and Slack would not show, until somebody has read why."""
        self._triggers: dict[str, Trigger] = {}
        self._stamps: set[int] = set()
        self._seed(self._triage)

    def _seed(self, triage: str) -> None:
        self.channels[triage] = Channel(triage, "feedback-triage", {BOT_USER}, triage=True)
        self.channels[SUPPORT] = Channel(SUPPORT, "help", {BOT_USER})
        for user_id, name, real_name, email, agent in SEEDED:
            self.add_user(User(user_id, name, real_name, email))
            if agent:
                self.channels[triage].members.add(user_id)

    def state(self) -> Json:
        """What Slack would still show tomorrow: modals, triggers and ephemeral messages are gone by then."""
        channels = list(self.channels.values())
        return {
            "users": [row(user) for user in self.users.values()],
            "channels": [
                {"id": one.id, "name": one.name, "members": sorted(one.members), "im_with": one.im_with}
                for one in channels
            ],
            "messages": [_kept(message) for one in channels for message in one.messages.values()],
            "files": [row(stored) for stored in self.files.values()],
            "homes": [{**row(home), "earlier": []} for home in self.homes.values()],
        }

    def restore(self, state: Json) -> None:
        """Over the first people and channels, because the settings may name another triage channel by now."""
        self._begin()
        self.users |= {each["id"]: User(**each) for each in state["users"]}
        for each in state["channels"]:
            members = set(each.pop("members"))
            self.channels[each["id"]] = Channel(**each, members=members, triage=each["id"] == self._triage)
        for each in state["messages"]:
            self.channels[each["channel"]].messages[each["ts"]] = Message(**each)
            self._stamps.add(_stamp(each["ts"]))
        self.files = {each["shown"]["id"]: StoredFile(**each) for each in state["files"]}
        self.homes = {each["user"]: View(**each) for each in state["homes"]}
        self.changes += 1

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        self.channels[SUPPORT].members.add(user.id)
        dm = "D" + user.id[1:]
        self.channels[dm] = Channel(dm, user.name, {user.id, BOT_USER}, im_with=user.id)
        return user

    @property
    def triage(self) -> Channel:
        return next(channel for channel in self.channels.values() if channel.triage)

    def is_agent(self, user: User) -> bool:
        return not user.is_bot and user.id in self.triage.members

    def person(self, wanted: str, *, name: str | None = None, email: str | None = None) -> User:
        """Who is meant by an id, a name or an e-mail; somebody unknown joins the workspace."""
        user = self.find_person(wanted) or self.add_user(self._newcomer(wanted))
        if name:
            user.real_name = name
        if email:
            user.email = email
        return user

    def find_person(self, wanted: str) -> User | None:
        """Who has this id, handle, full name or e-mail; the bot is nobody."""
        people = [user for user in self.users.values() if not user.is_bot]
        folded = wanted.strip().removeprefix("@").casefold()
        for user in people:
            if wanted == user.id:
                return user
        names = (
            (user, {_handle(user.name), user.real_name.casefold(), (user.email or "").casefold()}) for user in people
        )
        return next((user for user, known in names if folded and known & {folded, _handle(folded)}), None)

    def _newcomer(self, wanted: str) -> User:
        """An id made from the name, so that the same person has it again after a restart."""
        if re.fullmatch(r"[UW][A-Z0-9]{2,}", wanted) and wanted not in self.users:
            return User(wanted, wanted.lower(), wanted, None)
        plain = re.sub(r"[^A-Z0-9]", "", wanted.upper())
        user_id = f"U0{plain[:12]}"
        if not plain or user_id in self.users:
            user_id = "U1" + hashlib.sha256(wanted.encode()).hexdigest()[:10].upper()
        email = wanted if re.fullmatch(r"[^@\s]+@[^@\s]+", wanted) else None
        return User(user_id, _handle(wanted) or user_id.lower(), wanted.strip() or user_id, email)

    def somebody(self, user_id: object) -> User:
        """A person a control request names; NotThere when there is none."""
        user = self.find_person(user_id) if isinstance(user_id, str) and user_id else None
        if user is None:
            raise NotThere(f'Nobody called "{user_id}" is in the workspace; GET /_control/slack/users lists them.')
        return user

    def dm(self, user: User) -> Channel:
        return self.channels["D" + user.id[1:]]

    def channel(self, channel_id: object) -> Channel:
        channel = self.channels.get(channel_id) if isinstance(channel_id, str) else None
        if channel is None:
            raise Refusal("channel_not_found")
        return channel

    def new_ts(self, ago: float = 0.0) -> str:
        """Seconds and microseconds, never the same twice: a message's key within its channel."""
        stamp = int((time.time() - ago) * 1_000_000)
        while stamp in self._stamps:
            stamp += 1
        self._stamps.add(stamp)
        return f"{stamp // 1_000_000}.{stamp % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        return f"{prefix}0{next(self._numbers):05d}{secrets.token_hex(3).upper()}"

    def find_message(self, channel: Channel, ts: str, *, seen_by: str | None = None) -> Message | None:
        """A message, or an ephemeral one when `seen_by` is who got it."""
        if ts in channel.messages:
            return channel.messages[ts]
        return next((m for m in channel.ephemerals if m.ts == ts and m.only_for == seen_by and seen_by), None)

    def trigger(self, user: User, view: View | None = None) -> str:
        trigger_id = f"{time.time_ns() // 1_000_000}.{next(self._numbers)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user.id, time.monotonic(), view.id if view else None)
        return trigger_id

    def exchange(self, trigger_id: object) -> Trigger:
        """Use a trigger up (docs.slack.dev, "views.open": once, within three seconds)."""
        if not isinstance(trigger_id, str) or not re.fullmatch(r"\d+\.\d+\.\w+", trigger_id):
            raise Refusal("invalid_trigger_id")
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() - trigger.born > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_url(self, user: User, channel: Channel, ts: str | None = None) -> str:
        """The last part of a response_url, good for five uses within thirty minutes."""
        token = secrets.token_urlsafe(18)
        self.response_urls[token] = ResponseUrl(user.id, channel.id, time.monotonic(), ts)
        return token

    def stack(self, user_id: str) -> list[View]:
        return self.stacks.setdefault(user_id, [])

    def views(self) -> Iterator[View]:
        for stack in self.stacks.values():
            yield from stack
        yield from self.homes.values()

    def view(self, view_id: object) -> View | None:
        return next((view for view in self.views() if view.id == view_id), None)

    def view_called(self, external_id: object) -> View | None:
        return next((v for v in self.views() if external_id and v.drawn.get("external_id") == external_id), None)

    def open_view(self, user_id: str, drawn: Json) -> View:
        """A new modal with nothing under it."""
        view_id = self.new_id("V")
        view = View(view_id, user_id, drawn, self._hash(), view_id)
        self.stacks[user_id] = [view]
        self.changes += 1
        return view

    def push_view(self, user_id: str, drawn: Json) -> View:
        """A modal over the open one (docs.slack.dev, "Modals": three at most)."""
        stack = self.stack(user_id)
        if len(stack) >= STACK:
            raise Refusal("push_limit_reached")
        if not stack:
            raise Refusal("not_found")
        view = View(self.new_id("V"), user_id, drawn, self._hash(), stack[0].id, stack[-1].id)
        stack.append(view)
        self.changes += 1
        return view

    def redraw(self, view: View, drawn: Json) -> View:
        """New contents for an open view; what was typed stays where block_id and action_id are the same."""
        view.earlier = [view.blocks, *view.earlier][:EARLIER]
        view.drawn, view.hash, view.errors = drawn, self._hash(), {}
        kept = {block["block_id"] for block in drawn["blocks"]}
        view.typed = {block: values for block, values in view.typed.items() if block in kept}
        self.changes += 1
        return view

    def publish(self, user_id: str, drawn: Json) -> View:
        home = self.homes.get(user_id)
        if home is not None:
            return self.redraw(home, drawn)
        view_id = self.new_id("V")
        self.homes[user_id] = View(view_id, user_id, drawn, self._hash(), view_id)
        self.changes += 1
        return self.homes[user_id]

    def close(self, view: View) -> None:
        """Close a modal and what lies over it."""
        stack = self.stack(view.user)
        if view in stack:
            del stack[stack.index(view) :]
            self.changes += 1

    def clear(self, user_id: str) -> None:
        self.stacks[user_id] = []
        self.changes += 1

    def _hash(self) -> str:
        return f"{int(time.time())}.{secrets.token_hex(4)}"


def _handle(name: str) -> str:
    return re.sub(r"\s+", ".", name.strip().casefold())


def in_order(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: at(message.ts))


def at(ts: str) -> tuple[int, int]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros or 0)


def _stamp(ts: str) -> int:
    seconds, micros = at(ts)
    return seconds * 1_000_000 + micros


def _kept(message: Message) -> Json:
    return {
        **row(message),
        "earlier": [],
        "reactions": {name: list(users) for name, users in message.reactions.items()},
    }


def bot_profile() -> Json:
    return {
        "id": BOT_ID,
        "app_id": APP,
        "name": "Feedback Hub",
        "deleted": False,
        "updated": 1_790_000_000,
        "team_id": TEAM,
    }


def named(blocks: Iterable[Json]) -> list[Json]:
    """A copy of the blocks in which, as at Slack, every block has an id and every element an action_id."""
    copied = copy.deepcopy(list(blocks))
    for block in copied:
        _name(block)
    return copied


def _name(block: Json) -> None:
    block.setdefault("block_id", MADE_UP + secrets.token_urlsafe(4))
    for element in elements_of(block):
        if element.get("type") in INTERACTIVE:
            element.setdefault("action_id", secrets.token_urlsafe(4))
    for child in nested_blocks(block):
        _name(child)


def elements_of(block: Json) -> list[Json]:
    """The elements that belong to this very block."""
    found: list[Json] = [block[key] for key in ("accessory", "element") if isinstance(block.get(key), dict)]
    for key in ("elements", "actions"):
        if key == "elements" and block.get("type") == "carousel":
            continue
        found += [one for one in block.get(key) or [] if isinstance(one, dict)]
    return found


def nested_blocks(block: Json) -> list[Json]:
    key = {"container": "child_blocks", "carousel": "elements"}.get(str(block.get("type")))
    return [one for one in block.get(key) or [] if isinstance(one, dict)] if key else []


def walk(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block it belongs to, in the order of the screen."""
    for block in blocks:
        for element in elements_of(block):
            if element.get("type") in INTERACTIVE:
                yield block, element
        yield from walk(nested_blocks(block))


INTERACTIVE = frozenset(
    {
        "button",
        "workflow_button",
        "icon_button",
        "feedback_buttons",
        "overflow",
        "static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
        "multi_static_select",
        "multi_external_select",
        "multi_users_select",
        "multi_conversations_select",
        "multi_channels_select",
        "checkboxes",
        "radio_buttons",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "plain_text_input",
        "rich_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "file_input",
    }
)
