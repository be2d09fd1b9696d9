"""Slack as one person of the workspace sees it: the sidebar, a channel or the app's Home, a thread, the windows."""

from dataclasses import dataclass, field

from sandbox.pages.look import Look
from sandbox.slack import Slack
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import Channel, Message, User, View, Workspace

HOME = "home"
USUAL = 40
"""Messages shown of a channel at first."""
SEEDED = ("U0ANA", "U0BEN", "U0RITA", "U0REX")


@dataclass(frozen=True, slots=True)
class Line:
    """A message with what is known of it only where it stands."""

    message: Message
    author: str
    is_app: bool
    is_mine: bool
    place: Json
    """What a click on it says about where it was."""
    values: Json
    replies: list[Message] = field(default_factory=list)
    follows: bool = False
    """Written by the same person soon after the one above it: no name and face again."""

    @property
    def id(self) -> str:
        return anchor(self.message.channel, self.message.ts)


@dataclass(frozen=True, slots=True)
class Window:
    """A modal somebody has open."""

    view: View
    values: Json
    is_top: bool

    @property
    def place(self) -> Json:
        return {"user": self.view.user, "view_id": self.view.id}


@dataclass(frozen=True, slots=True)
class Screen:
    me: User
    is_agent: bool
    agents: list[User]
    others: list[User]
    newcomers: list[User]
    rooms: list[Channel]
    dm: Channel
    room: Channel
    at_home: bool
    lines: list[Line]
    earlier: int
    thread: list[Line]
    windows: list[Window]
    home: Window | None
    refused: Refusal | None

    @property
    def is_dm(self) -> bool:
        return self.room is self.dm

    @property
    def title(self) -> str:
        return "Feedback Hub" if self.is_dm else f"#{self.room.name}"


def screen(slack: Slack, look: Look) -> Screen:
    workspace = slack.workspace
    me = workspace.find_person(look.get("as") or SEEDED[0]) or workspace.users[SEEDED[0]]
    room = _room(workspace, me, look.get("in"))
    lines = _lines(slack, me, room)
    shown = lines[-look.many(USUAL) :]
    people = [user for user in workspace.users.values() if not user.is_bot]
    return Screen(
        me=me,
        is_agent=workspace.is_agent(me),
        agents=[user for user in people if workspace.is_agent(user)],
        others=[user for user in people if user.id in SEEDED and not workspace.is_agent(user)],
        newcomers=[user for user in people if user.id not in SEEDED and not workspace.is_agent(user)],
        rooms=[one for one in workspace.channels.values() if not one.im_with and me.id in one.members],
        dm=workspace.dm(me),
        room=room,
        at_home=look.get("in") == HOME,
        lines=shown,
        earlier=len(lines) - len(shown),
        thread=_thread(slack, me, room, look.get("thread")),
        windows=_windows(slack, me),
        home=_home(slack, me),
        refused=workspace.refused,
    )


def anchor(channel: str, ts: str) -> str:
    """The id a message has on the page."""
    return f"m-{channel}-{ts}".replace(".", "-")


def name_of(workspace: Workspace, user_id: str) -> str | None:
    user = workspace.users.get(user_id)
    return user.real_name if user else None


def _room(workspace: Workspace, me: User, wanted: str) -> Channel:
    """The channel asked for where one is in it, else where one's work is: triage for agents, the app for others."""
    channel = workspace.channels.get(wanted)
    if channel is not None and me.id in channel.members:
        return channel
    if wanted == HOME or not workspace.is_agent(me):
        return workspace.dm(me)
    return workspace.triage


def _lines(slack: Slack, me: User, room: Channel) -> list[Line]:
    first = [m for m in room.ordered() if not m.is_reply or m.thread_ts not in room.messages or m.broadcast]
    own = [m for m in room.ephemerals if m.only_for == me.id and m.thread_ts not in room.messages]
    return _in_order(slack, me, room, [*first, *own])


def _thread(slack: Slack, me: User, room: Channel, ts: str) -> list[Line]:
    first = room.messages.get(ts)
    if first is None:
        return []
    own = [m for m in room.ephemerals if m.only_for == me.id and m.thread_ts == ts]
    return _in_order(slack, me, room, [first, *room.replies(ts), *own])


def _in_order(slack: Slack, me: User, room: Channel, messages: list[Message]) -> list[Line]:
    lines: list[Line] = []
    for message in sorted(messages, key=lambda one: float(one.ts)):
        above = lines[-1].message if lines else None
        lines.append(_line(slack, me, room, message, above))
    return lines


def _line(slack: Slack, me: User, room: Channel, message: Message, above: Message | None) -> Line:
    is_app = message.bot_id is not None
    return Line(
        message=message,
        author=name_of(slack.workspace, message.user) or message.user,
        is_app=is_app,
        is_mine=message.user == me.id,
        place={"user": me.id, "channel": room.id, "ts": message.ts},
        values=slack.acting.values_on(me, room, message),
        replies=[] if message.is_reply else room.replies(message.ts),
        follows=not is_app and above is not None and _goes_on(above, message),
    )


def _goes_on(above: Message, message: Message) -> bool:
    soon = float(message.ts) - float(above.ts) < 300
    return soon and above.user == message.user and above.only_for == message.only_for


def _windows(slack: Slack, me: User) -> list[Window]:
    stack = slack.workspace.stack(me.id)
    return [Window(view, slack.acting.values_in(view), view is stack[-1]) for view in stack]


def _home(slack: Slack, me: User) -> Window | None:
    view = slack.workspace.homes.get(me.id)
    return Window(view, slack.acting.values_in(view), is_top=True) if view else None
