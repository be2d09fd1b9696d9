"""What people write in the played workspace, and the events Slack makes of it."""

import asyncio
import re
import uuid
from typing import Any

from sandbox.slack.deliveries import Deliveries
from sandbox.slack.files import bytes_of, store
from sandbox.slack.inputs import rich_text
from sandbox.slack.refusal import Json
from sandbox.slack.workspace import BOT_USER, TEAM, Channel, Message, User, Workspace, named
from sandbox.world import NOT_DELIVERED, BadInput, World

LINK = re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)'\"\]]")
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
REFERENCE = re.compile(r"<[@#][A-Z0-9]+(?:\|[^<>]*)?>")
SPECIAL = re.compile(f"{REFERENCE.pattern}|{LINK.pattern}|{ADDRESS.pattern}")


class Reports:
    """Plays a person who writes, answers, edits or deletes."""

    def __init__(self, world: World, workspace: Workspace, deliveries: Deliveries) -> None:
        self.world = world
        self.workspace = workspace
        self.deliveries = deliveries

    async def play(self, body: Json) -> tuple[int, str | None]:
        user = self.workspace.person(body["from"], name=body.get("name"), email=body.get("email"))
        if body.get("edit_of"):
            return await self._edit(user, self._written(user, body["edit_of"]), body["text"])
        if body.get("delete_of"):
            return await self._delete(self._written(user, body["delete_of"]))
        channel, parent = self._place(user, body)
        mentioned = not channel.im_with and parent is None and bool(body.get("mention", True))
        message = self._write(user, channel, parent, body, mentioned=mentioned)
        return await self._tell(channel, message), self._external_id(message)

    def _place(self, user: User, body: Json) -> tuple[Channel, Message | None]:
        """Where it is written: in the thread, else the channel named, else the direct message."""
        wanted = body.get("in")
        if wanted is not None and wanted not in self.workspace.channels:
            raise BadInput(f'There is no channel "{wanted}"; GET /_control/slack/channels lists them.')
        channel = self.workspace.channels[wanted] if wanted else self.workspace.dm(user)
        parent = self._find(body["thread"], channel) if body.get("thread") else None
        if parent is not None:
            channel = self.workspace.channels[parent.channel]
        if user.id not in channel.members:
            raise BadInput(f"{user.real_name} is not in {channel.name}.")
        return channel, parent

    def _find(self, reference: str, channel: Channel | None = None) -> Message:
        """A message by `ts`, `channel:ts` or `team:channel:ts`."""
        *place, ts = reference.split(":")
        channels = [channel] if channel is not None else []
        channels += self.workspace.channels.values()
        if place:
            channels = [one for one in channels if one.id == place[-1]]
        for one in channels:
            if ts in one.messages:
                return one.messages[ts]
        raise BadInput(f'There is no message "{reference}".')

    def _written(self, user: User, reference: str) -> Message:
        message = self._find(reference)
        if message.user != user.id:
            raise BadInput(f"{user.real_name} did not write {reference}.")
        return message

    def _write(self, user: User, channel: Channel, parent: Message | None, body: Json, *, mentioned: bool) -> Message:
        typed, text = body["text"], typed_text(body["text"])
        if mentioned and f"<@{BOT_USER}>" not in text:
            text = f"<@{BOT_USER}> {text}"
        files = [self._attach(user, file) for file in body.get("files") or []]
        message = Message(
            ts=self.workspace.new_ts(float(body.get("ago_seconds") or 0)),
            channel=channel.id,
            user=user.id,
            text=text,
            blocks=named([rich_text(typed)]) if typed else [],
            files=files,
            subtype="file_share" if files else None,
            thread_ts=(parent.thread_ts or parent.ts) if parent else None,
            client_msg_id=str(uuid.uuid4()),
        )
        channel.messages[message.ts] = message
        return message

    def _attach(self, user: User, file: Json) -> Json:
        kind = file.get("content_type") or "application/octet-stream"
        return store(
            self.workspace,
            self.world.own_url,
            user.id,
            name=file["name"],
            content_type=kind,
            content=bytes_of(file),
        ).shown

    async def _tell(self, channel: Channel, message: Message) -> int:
        """A mention arrives twice, as app_mention and as a message, under two event ids."""
        events = [message_event(channel, message)]
        if BOT_USER not in channel.members:
            return NOT_DELIVERED
        if not channel.im_with and f"<@{BOT_USER}>" in message.text:
            mention = {**events[0], "type": "app_mention"}
            mention.pop("channel_type")
            events.insert(0, mention)
        return worst(await asyncio.gather(*map(self.deliveries.event, events)))

    async def _edit(self, user: User, message: Message, text: str) -> tuple[int, str]:
        channel, before = self.workspace.channels[message.channel], message.shown()
        ts = self.workspace.new_ts()
        message.text, message.blocks = typed_text(text), named([rich_text(text)])
        message.edited = {"user": user.id, "ts": ts}
        event = _changed(channel, "message_changed", ts) | {"message": message.shown(), "previous_message": before}
        return await self.deliveries.event(event), self._external_id(message)

    async def _delete(self, message: Message) -> tuple[int, str]:
        channel = self.workspace.channels[message.channel]
        del channel.messages[message.ts]
        event = _changed(channel, "message_deleted", self.workspace.new_ts())
        event |= {"deleted_ts": message.ts, "previous_message": message.shown()}
        return await self.deliveries.event(event), self._external_id(message)

    def _external_id(self, message: Message) -> str:
        return f"{TEAM}:{message.channel}:{message.ts}"


def message_event(channel: Channel, message: Message) -> Json:
    """The message event (docs.slack.dev, "message.im", "message.channels")."""
    event = message.shown() | {"channel": channel.id, "channel_type": channel.kind, "event_ts": message.ts}
    if message.is_reply:
        parent = channel.messages.get(str(message.thread_ts))
        if parent is not None:
            event["parent_user_id"] = parent.user
    return event


def _changed(channel: Channel, subtype: str, ts: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": ts,
        "event_ts": ts,
    }


def typed_text(text: str) -> str:
    """What Slack makes of typed words: three characters escaped, addresses turned into links.

    docs.slack.dev, "Formatting text": `&`, `<` and `>` are the only escapes; references like `<@U1>` stay.
    """
    parts: list[str] = []
    position = 0
    for found in SPECIAL.finditer(text):
        parts.append(_escaped(text[position : found.start()]))
        parts.append(_linked(found[0]))
        position = found.end()
    return "".join([*parts, _escaped(text[position:])])


def _linked(found: str) -> str:
    if found.startswith("<"):
        return found
    if found.startswith("http"):
        return f"<{_escaped(found)}>"
    return f"<mailto:{found}|{found}>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def worst(statuses: list[int]) -> int:
    """Of several deliveries the status of one that failed, if any did."""
    failed: list[Any] = [status for status in statuses if not 200 <= status < 300]
    return int(failed[0]) if failed else statuses[0]
