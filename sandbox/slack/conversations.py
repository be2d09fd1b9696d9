"""conversations.* of the played Web API."""

import re

from sandbox.slack.call import Call, Method
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import BOT_USER, Channel, Message, at, in_order

TS = r"\d{1,12}(\.\d{1,6})?"


def conversations_open(call: Call) -> Json:
    """The direct message with one person, which is always there already."""
    if "channel" in call.args:
        return {"no_op": True, "already_open": True, "channel": {"id": call.channel().id}}
    wanted = [part.strip() for part in (call.args.text("users") or "").split(",") if part.strip()]
    if not wanted:
        raise Refusal("users_list_not_supplied")
    people = [call.workspace.users.get(user_id) for user_id in wanted]
    if len(people) > 1:
        raise Refusal("invalid_user_combination")
    person = people[0]
    if person is None:
        raise Refusal("user_not_found")
    if person.is_bot:
        raise Refusal("cannot_dm_bot")
    channel = call.workspace.dm(person)
    shown = channel.shown() if call.args.flag("return_im") else {"id": channel.id}
    return {"no_op": True, "already_open": True, "channel": shown}


def conversations_info(call: Call) -> Json:
    shown = call.channel().shown()
    if not call.args.flag("include_num_members"):
        shown.pop("num_members", None)
    return {"channel": shown}


def conversations_join(call: Call) -> Json:
    channel = call.channel()
    if channel.im_with:
        raise Refusal("method_not_supported_for_channel_type")
    channel.members.add(BOT_USER)
    return {"channel": channel.shown()}


def conversations_members(call: Call) -> Json:
    members = sorted(call.channel().members)
    page = call.page("members", [{"id": member} for member in members])
    return page | {"members": [member["id"] for member in page["members"]]}


def conversations_list(call: Call) -> Json:
    kinds = (call.args.text("types") or "public_channel").split(",")
    wanted = {"public_channel": "channel", "im": "im"}
    if not set(kinds) <= {"public_channel", "private_channel", "mpim", "im"}:
        raise Refusal("invalid_types")
    chosen = {wanted[kind] for kind in kinds if kind in wanted}
    channels = [channel for channel in call.workspace.channels.values() if channel.kind in chosen]
    return call.page("channels", [channel.shown() for channel in channels])


def conversations_history(call: Call) -> Json:
    """Newest first; replies are left out unless they were sent to the channel too."""
    channel = call.joined_channel()
    visible = [m for m in channel.messages.values() if (not m.is_reply or m.broadcast) and _within(call, m)]
    page = _page(call, channel, in_order(visible)[::-1])
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"]), "pin_count": 0}


def conversations_replies(call: Call) -> Json:
    """A message and its thread, oldest first; a message without one is alone."""
    channel, ts = call.joined_channel(), call.args.need("ts")
    first = channel.messages.get(ts)
    thread = channel.replies(ts)
    if first is None and not thread:
        raise Refusal("thread_not_found")
    if first is not None and first.is_reply:
        thread = []
    replies = [message for message in thread if _within(call, message)]
    page = _page(call, channel, [*([first] if first else []), *replies], default=1000)
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"])}


def _page(call: Call, channel: Channel, messages: list[Message], default: int = 100) -> Json:
    """Only those of the page are described."""
    metadata, threads = call.args.flag("include_all_metadata"), channel.threads()
    page = call.page("messages", messages, default)
    page["messages"] = [
        channel.described(message, threads.get(message.ts, []), metadata=metadata) for message in page["messages"]
    ]
    return page


def _within(call: Call, message: Message) -> bool:
    moment, inclusive = at(message.ts), call.args.flag("inclusive")
    oldest, latest = _bound(call, "oldest"), _bound(call, "latest")
    if oldest is not None and not (moment > oldest or (inclusive and moment == oldest)):
        return False
    return latest is None or moment < latest or (inclusive and moment == latest)


def _bound(call: Call, name: str) -> tuple[int, int] | None:
    text = call.args.text(name)
    if not text:
        return None
    if not re.fullmatch(TS, text):
        raise Refusal(f"invalid_ts_{name}")
    seconds, _, micros = text.partition(".")
    return int(seconds), int(micros.ljust(6, "0"))


METHODS: dict[str, Method] = {
    "conversations.open": conversations_open,
    "conversations.info": conversations_info,
    "conversations.join": conversations_join,
    "conversations.members": conversations_members,
    "conversations.list": conversations_list,
    "conversations.history": conversations_history,
    "conversations.replies": conversations_replies,
}
