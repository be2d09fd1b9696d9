"""chat.* and reactions.* of the played Web API, and what a response_url does."""

import re
from typing import Any

from sandbox.slack.arguments import Arguments
from sandbox.slack.blocks import block_faults
from sandbox.slack.call import Call, Method
from sandbox.slack.refusal import Json, Refusal, TooFast
from sandbox.slack.workspace import BOT_ID, BOT_USER, Channel, Message, ResponseUrl, Workspace, named

POSTED = 40_000
"""Longer text is cut off when posted, and refused beyond a tenth of this when updated (docs.slack.dev)."""
UPDATED = 4_000
MARKDOWN = 12_000
ATTACHMENTS = 100
POSTS_PER_SECOND, POSTS_AT_ONCE = 1, 25
"""docs.slack.dev, "Rate limits": one a second in a channel, and short bursts, which others found to end at 25."""


def post_message(call: Call) -> Json:
    channel = _destination(call)
    _check_pace(call, channel)
    text, blocks, attachments = contents(call.args)
    message = Message(
        ts=call.workspace.new_ts(),
        channel=channel.id,
        user=BOT_USER,
        text=text[:POSTED],
        blocks=blocks,
        attachments=attachments,
        metadata=_metadata(call.args),
        thread_ts=_thread(call.args, channel),
        broadcast=call.args.flag("reply_broadcast"),
        bot_id=BOT_ID,
        client_msg_id=call.args.text("client_msg_id"),
    )
    channel.messages[message.ts] = message
    return {"channel": channel.id, "ts": message.ts, "message": channel.described(message, metadata=True)}


def _check_pace(call: Call, channel: Channel) -> None:
    wait = call.limits.take("slack", channel.id, per_second=POSTS_PER_SECOND, burst=POSTS_AT_ONCE)
    if wait:
        raise TooFast(wait)


def post_ephemeral(call: Call) -> Json:
    channel, user = call.joined_channel(), call.user()
    if user.id not in channel.members:
        raise Refusal("user_not_in_channel")
    text, blocks, attachments = contents(call.args)
    message = show_ephemeral(call.workspace, channel, user.id, text, blocks, thread_ts=_thread(call.args, channel))
    message.attachments = attachments
    return {"message_ts": message.ts}


def show_ephemeral(
    workspace: Workspace,
    channel: Channel,
    user_id: str,
    text: str,
    blocks: list[Json],
    *,
    thread_ts: str | None = None,
) -> Message:
    """What only one person sees, and only until they reload (docs.slack.dev, "chat.postEphemeral")."""
    message = Message(workspace.new_ts(), channel.id, BOT_USER, text, blocks, thread_ts=thread_ts, bot_id=BOT_ID)
    message.only_for = user_id
    channel.ephemerals.append(message)
    return message


def update(call: Call) -> Json:
    """docs.slack.dev, "chat.update": text without blocks removes the blocks; metadata stays unless given."""
    channel = call.channel()
    message = _own(call, channel, "cant_update_message")
    if len(call.args.text("text") or "") > UPDATED:
        raise Refusal("msg_too_long")
    text, blocks, attachments = contents(call.args)
    message.redraw(text, blocks, attachments)
    if "metadata" in call.args:
        message.metadata = _metadata(call.args)
    if not blocks:
        message.edited = {"user": BOT_USER, "ts": call.workspace.new_ts()}
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": channel.described(message, metadata=True),
    }


def delete(call: Call) -> Json:
    channel = call.channel()
    message = _own(call, channel, "cant_delete_message")
    del channel.messages[message.ts]
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """The address has Slack's form but leads to the sandbox, never out of the machine."""
    channel = call.channel()
    message = channel.messages.get(call.args.need("message_ts"))
    if message is None:
        raise Refusal("message_not_found")
    link = f"{call.own_url}/slack/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(call: Call) -> Json:
    message, name = _reacted(call)
    users = message.reactions.setdefault(name, [])
    if BOT_USER in users:
        raise Refusal("already_reacted")
    users.append(BOT_USER)
    return {}


def remove_reaction(call: Call) -> Json:
    message, name = _reacted(call)
    if BOT_USER not in message.reactions.get(name, []):
        raise Refusal("no_reaction")
    message.reactions[name].remove(BOT_USER)
    if not message.reactions[name]:
        del message.reactions[name]
    return {}


def _reacted(call: Call) -> tuple[Message, str]:
    channel, name = call.joined_channel(), call.args.need("name")
    if not re.fullmatch(r"[a-z0-9_+'\-]+(::skin-tone-\d)?", name):
        raise Refusal("invalid_name")
    message = channel.messages.get(call.args.need("timestamp"))
    if message is None:
        raise Refusal("message_not_found")
    return message, name


def _destination(call: Call) -> Channel:
    """Where a post goes: a channel, a direct message, or a person, who gets a direct message."""
    wanted = call.args.need("channel")
    user = call.workspace.users.get(wanted)
    if user is not None and not user.is_bot:
        return call.workspace.dm(user)
    for channel in call.workspace.channels.values():
        if not channel.im_with and wanted in (channel.name, f"#{channel.name}"):
            if BOT_USER not in channel.members:
                raise Refusal("not_in_channel")
            return channel
    return call.joined_channel()


def _own(call: Call, channel: Channel, refusal: str) -> Message:
    message = channel.messages.get(call.args.need("ts"))
    if message is None:
        raise Refusal("message_not_found")
    if message.bot_id != BOT_ID:
        raise Refusal(refusal)
    return message


def contents(args: Arguments) -> tuple[str, list[Json], list[Json]]:
    """Text, blocks and attachments, checked as every message is."""
    blocks = _listed(args, "blocks", "invalid_blocks_format")
    attachments = _listed(args, "attachments", "invalid_attachments")
    text = _words(args)
    if not (text or blocks or attachments):
        raise Refusal("no_text")
    faults = block_faults(blocks, "message")
    if faults:
        raise Refusal("invalid_blocks", *faults)
    if len(attachments) > ATTACHMENTS:
        raise Refusal("too_many_attachments")
    for index, attachment in enumerate(attachments):
        inner = attachment.get("blocks") or []
        faults = block_faults(inner, "message", f"/attachments/{index}/blocks")
        if faults:
            raise Refusal("invalid_blocks", *faults)
    return text, named(blocks), [{**one, "id": index} for index, one in enumerate(attachments, 1)]


def _words(args: Arguments) -> str:
    text, markdown = args.text("text") or "", args.text("markdown_text")
    if markdown is None:
        return text
    if text or "blocks" in args:
        raise Refusal("markdown_text_conflict")
    if len(markdown) > MARKDOWN:
        raise Refusal("msg_too_long")
    return markdown


def _listed(args: Arguments, name: str, refusal: str) -> list[Json]:
    value = args.structure(name, refusal)
    if value is None or value == "":
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Refusal(refusal)
    return value


def _metadata(args: Arguments) -> Json | None:
    """docs.slack.dev, "Message metadata": an event type and its payload, or entities; `{}` removes it."""
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata in (None, {}):
        return None
    if not isinstance(metadata, dict):
        raise Refusal("invalid_metadata_format")
    event = isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
    if not event and "entities" not in metadata:
        raise Refusal("invalid_metadata_format")
    return metadata


def _thread(args: Arguments, channel: Channel) -> str | None:
    """The thread's first message; answering a reply joins that reply's thread."""
    thread_ts = args.text("thread_ts")
    if not thread_ts:
        return None
    if not re.fullmatch(r"\d{1,12}\.\d{6}", thread_ts):
        raise Refusal("invalid_thread_ts")
    parent = channel.messages.get(thread_ts)
    return parent.thread_ts if parent is not None and parent.is_reply else thread_ts


def respond(workspace: Workspace, address: ResponseUrl, body: Json) -> None:
    """What a POST to a response_url does (docs.slack.dev, "Handling user interaction", response_url)."""
    channel = workspace.channels[address.channel]
    source = workspace.find_message(channel, address.ts, seen_by=address.user) if address.ts else None
    if body.get("delete_original"):
        _remove(channel, source)
        return
    text, blocks, attachments = contents(Arguments(body))
    if body.get("replace_original") and source is not None:
        source.redraw(text, blocks, attachments)
        return
    thread_ts = _thread(Arguments(body), channel)
    if body.get("response_type") == "in_channel":
        message = Message(
            workspace.new_ts(), channel.id, BOT_USER, text, blocks, attachments, thread_ts=thread_ts, bot_id=BOT_ID
        )
        channel.messages[message.ts] = message
    else:
        show_ephemeral(workspace, channel, address.user, text, blocks, thread_ts=thread_ts)


def _remove(channel: Channel, source: Message | None) -> None:
    if source is None:
        raise Refusal("message_not_found")
    if source.only_for is not None:
        channel.ephemerals.remove(source)
    else:
        channel.messages.pop(source.ts, None)


def is_message(answer: Any) -> bool:
    """Whether the answer to a slash command is something to show."""
    return isinstance(answer, dict) and bool(answer.get("text") or answer.get("blocks"))


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": get_permalink,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
}
