"""What Slack sends, read into reports, comments and edits. Pure: no network, no database."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from hub.channel import Comment, Edit, File, Json, Pointed, Profile, Reading, Report, Unreadable
from platforms.payload import Unexpected, child, children, find_identifier, identifier, whole, words
from platforms.slack import markup

REPORT_COMMAND = "/feedback"
REPORT_VIEW = "report.submit"
REPORT_SHORTCUT = "report.message"
POINTING = "ticket"
"""The emoji that makes a ticket of the message it is put on."""
DESCRIPTION, URGENCY, FILES = "report.description", "report.urgency", "report.files"

_SPOKEN = (None, "file_share", "me_message", "thread_broadcast")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TS = re.compile(r"([0-9]{1,11})\.([0-9]{1,6})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY = r"\S(.{0,198}\S)?"


@dataclass(frozen=True, slots=True)
class _Envelope:
    """Where a delivery came from: the workspace and our own bot's user there, when Slack says it."""

    team: str
    bot: str | None


def read(payload: Any, now: datetime | None = None) -> list[Reading]:
    """The reports, comments and edits in one delivery; what is none of these gives an empty list.

    `now` dates what Slack does not: slash commands, modal submissions and workflows carry no time.
    """
    try:
        return list(_read(payload, now or datetime.now(UTC)))
    except Unexpected as unexpected:
        return [Unreadable(reason=str(unexpected))]


def _read(payload: Any, now: datetime) -> Iterator[Reading]:
    if not isinstance(payload, dict):
        raise Unexpected("The delivery is not a JSON object.")
    if payload.keys() == {"payload"}:
        payload = _interaction(payload["payload"])
    kind = payload.get("type")
    if kind == "event_callback":
        yield from _event(payload)
    elif kind == "view_submission":
        yield from _submission(payload, now)
    elif kind == "message_action":
        yield from _shortcut(payload)
    elif kind is None and "command" in payload:
        yield from _command(payload, now)
    elif kind is None and ("issue_id" in payload or "trigger_id" in payload):
        yield _workflow(payload, now)


def is_echo(payload: Json) -> bool:
    """Slack tells an app of its own messages, and of every change it makes to them, as it tells it of others'."""
    event, app = child(payload, "event"), payload.get("api_app_id")
    messages = (event, child(event, "message"), child(event, "previous_message"))
    written_by = {each.get("app_id") or child(each, "bot_profile").get("app_id") for each in messages}
    return event.get("type") == "message" and bool(app) and app in written_by


def as_form(payload: Json) -> str:
    """A payload as Slack sends it, for keeping what reached us already read."""
    return urlencode({"payload": json.dumps(payload)})


def _interaction(written: Any) -> Json:
    """Interactions arrive as a form with one field that holds JSON (Slack's "Handling user interaction")."""
    try:
        payload = json.loads(written)
    except (TypeError, ValueError, RecursionError):
        raise Unexpected("The interaction's payload is not JSON.") from None
    if not isinstance(payload, dict):
        raise Unexpected("The interaction's payload is not a JSON object.")
    return payload


def _event(payload: Json) -> Iterator[Reading]:
    event = payload.get("event")
    if not isinstance(event, dict):
        raise Unexpected("The event_callback has no event.")
    envelope = _Envelope(_id(payload, "team_id"), _own_user(payload))
    if event.get("type") == "reaction_added":
        yield from _pointed(event, envelope)
    if event.get("type") not in ("message", "app_mention"):
        return
    if event.get("subtype") in ("message_changed", "message_deleted"):
        yield from _edit(event, envelope)
    elif not _is_ours_or_noise(event, envelope):
        yield from _said(event, envelope)


def _pointed(event: Json, envelope: _Envelope) -> Iterator[Reading]:
    """:ticket: on somebody's message (Slack's "reaction_added"); the event names the message and no more."""
    item = child(event, "item")
    if event.get("reaction") != POINTING or item.get("type") != "message":
        return
    if envelope.bot in (event.get("user"), event.get("item_user")):
        return
    channel, ts = _id(item, "channel"), _ts(item, "ts")
    place = {"team": envelope.team, "channel": channel, "ts": ts, "by": _id(event, "user")}
    yield Pointed(platform="slack", external_id=f"{envelope.team}:{channel}:{ts}", place=place)


def _said(event: Json, envelope: _Envelope) -> Iterator[Reading]:
    """A person's message: in a thread a comment; on top a report where it was addressed to us."""
    channel, direct, thread = _id(event, "channel"), _is_direct(event), _thread(event)
    if thread:
        message = _message(event, envelope, channel=channel)
        yield Comment(parent=f"{envelope.team}:{channel}:{thread}", message=message, orphan_is_report=direct)
    elif direct:
        place = {"channel": channel, "ts": _ts(event, "ts")}
        yield replace(_message(event, envelope, channel=channel), place=place)
    elif event["type"] == "app_mention":
        yield _message(event, envelope, channel=channel)


def _message(event: Json, envelope: _Envelope, *, channel: str) -> Report:
    ts = _ts(event, "ts")
    return Report(
        platform="slack",
        external_id=f"{envelope.team}:{channel}:{ts}",
        author=Profile(account_id=f"{envelope.team}:{_id(event, 'user')}"),
        sent_at=_moment(ts),
        text=_words(event, envelope.bot),
        raw=event,
        place={"channel": channel, "thread_ts": _thread(event) or ts},
        files=_files(event),
    )


def _edit(event: Json, envelope: _Envelope) -> Iterator[Reading]:
    """Slack's "message_changed" and "message_deleted" events.

    `message_changed` also comes when Slack adds a link preview, and as a `tombstone` when a message that has
    replies is deleted.
    """
    before, after = child(event, "previous_message"), child(event, "message")
    if _is_ours_or_noise(before, envelope):
        return
    if event["subtype"] == "message_deleted" or after.get("subtype") == "tombstone":
        ts = _ts(event, "deleted_ts") if "deleted_ts" in event else _ts(after, "ts")
        yield _edited(event, envelope, ts=ts, user=_id(before, "user"), text=None)
    elif not _is_ours_or_noise(after, envelope):
        text = _words(after, envelope.bot)
        if text != _words(before, envelope.bot):
            yield _edited(event, envelope, ts=_ts(after, "ts"), user=_id(after, "user"), text=text)


def _edited(event: Json, envelope: _Envelope, *, ts: str, user: str, text: str | None) -> Edit:
    return Edit(
        platform="slack",
        external_id=f"{envelope.team}:{_id(event, 'channel')}:{ts}",
        account_id=f"{envelope.team}:{user}",
        text=text,
        at=_moment(_ts(event, "event_ts") if "event_ts" in event else _ts(event, "ts")),
    )


def _command(payload: Json, now: datetime) -> Iterator[Reading]:
    """`/feedback some words`; without words it opens the form and reports nothing yet."""
    text = markup.plain(_text(payload, "text"))
    if payload.get("command") != REPORT_COMMAND or not text:
        return
    team, user = _id(payload, "team_id"), _id(payload, "user_id")
    yield Report(
        platform="slack",
        external_id=f"{team}:trigger:{identifier(payload, 'trigger_id')}",
        author=Profile(account_id=f"{team}:{user}", handle=_text(payload, "user_name") or None),
        sent_at=now,
        text=text,
        raw=_kept(payload),
    )


def _submission(payload: Json, now: datetime) -> Iterator[Reading]:
    """The form that `/feedback` and the global shortcut open."""
    view = child(payload, "view")
    if view.get("callback_id") != REPORT_VIEW:
        return
    team, values = _team(payload), _values(view)
    user = child(payload, "user")
    yield Report(
        platform="slack",
        external_id=f"{team}:view:{identifier(view, 'id')}",
        author=Profile(account_id=f"{team}:{_id(user, 'id')}", handle=_handle(user)),
        sent_at=now,
        text=_text(values.get(DESCRIPTION, {}), "value").strip(),
        raw=_kept(payload),
        files=_files(values.get(FILES, {})),
        priority=_urgency(values.get(URGENCY, {})),
    )


def _shortcut(payload: Json) -> Iterator[Reading]:
    """ "Report as feedback" on a message: the same report as if its author had written to us.

    An app's message is the report of the person who chose it: an app cannot be told.
    """
    if payload.get("callback_id") != REPORT_SHORTCUT:
        return
    message = child(payload, "message")
    if "user" not in message or message.get("bot_id"):
        message = {**message, "user": _id(child(payload, "user"), "id")}
    channel = _id(child(payload, "channel"), "id")
    yield _message({"ts": payload.get("message_ts"), **message}, _Envelope(_team(payload), None), channel=channel)


def _workflow(payload: Json, now: datetime) -> Report:
    """What Workflow Builder or a script posts to our webhook: an id of its own, some words and who said them."""
    named = find_identifier(payload, "issue_id", _KEY) or identifier(payload, "trigger_id", _KEY)
    text = markup.plain(_first(payload, "text", "description"))
    title = markup.plain(_first(payload, "title")) or None
    if not (text or title):
        raise Unexpected("The workflow's payload has neither text, description nor title.")
    return Report(
        platform="slack",
        external_id=f"workflow:{named}",
        author=_workflow_author(payload),
        sent_at=now,
        text=text or title or "",
        raw=_kept(payload),
        title=title,
    )


def _workflow_author(payload: Json) -> Profile:
    user = payload.get("user")
    person = user if isinstance(user, dict) else {**payload, "id": user}
    team = _first(payload, "team_id") or _first(child(payload, "team"), "id") or "workflow"
    user_id = _first(payload, "user_id") or _first(person, "id")
    email = _first(person, "email", "user_email")
    if not (user_id or email):
        raise Unexpected("The workflow's payload does not say who reports: give user_id or email.")
    return Profile(
        account_id=f"{team}:{user_id}" if user_id else f"email:{email.lower()}",
        name=_first(person, "name", "user_name") or None,
        email=email or None,
    )


def _is_direct(event: Json) -> bool:
    """Whether it was written in a person's direct messages with us (their channel ids begin with D)."""
    return event.get("channel_type", "im" if _id(event, "channel").startswith("D") else None) == "im"


def _is_ours_or_noise(message: Json, envelope: _Envelope) -> bool:
    """Apps' messages (ours too), Slack's own notices, and the subtypes that nobody typed."""
    if message.get("hidden") or message.get("bot_id") or message.get("subtype") not in _SPOKEN:
        return True
    user = message.get("user")
    return user == "USLACKBOT" or (user is not None and user == envelope.bot)


def _own_user(payload: Json) -> str | None:
    """Our bot's user id: an event's `authorizations` name who it was delivered for (Slack's "Events API")."""
    bots = (words(one, "user_id") for one in children(payload, "authorizations") if one.get("is_bot"))
    return next(bots, None)


def _words(message: Json, bot: str | None) -> str:
    """What a message says: its text; else its rich text; else the message it passes on."""
    written = markup.plain(_text(message, "text"), bot)
    return written or markup.rich_text(message) or _passed_on(message)


def _passed_on(message: Json) -> str:
    shared = [one for one in children(message, "attachments") if one.get("is_share") or one.get("is_msg_unfurl")]
    return "\n\n".join(markup.plain(words(one, "text")) for one in shared)


def _files(parent: Json) -> tuple[File, ...]:
    """Only files Slack itself holds can be fetched: those have a `url_private_download`."""
    return tuple(_file(one) for one in children(parent, "files") if words(one, "url_private_download"))


def _file(one: Json) -> File:
    return File(
        name=words(one, "name") or words(one, "title") or words(one, "id") or "file",
        content_type=words(one, "mimetype") or "application/octet-stream",
        size=whole(one, "size"),
        source=words(one, "url_private_download"),
    )


def _values(view: Json) -> dict[str, Json]:
    """The submitted elements by action id, whatever their blocks are called."""
    blocks = child(child(view, "state"), "values").values()
    elements = (pair for block in blocks if isinstance(block, dict) for pair in block.items())
    return {action: element for action, element in elements if isinstance(element, dict)}


def _urgency(element: Json) -> int | None:
    chosen = words(child(element, "selected_option"), "value")
    return int(chosen) if re.fullmatch("[0-5]", chosen) else None


def _thread(message: Json) -> str | None:
    """The thread a message answers in; the message that opened a thread carries its own ts there."""
    if message.get("thread_ts") in (None, "", message.get("ts")):
        return None
    return _ts(message, "thread_ts")


def _team(payload: Json) -> str:
    team, user = child(payload, "team"), child(payload, "user")
    return _id(team, "id") if team.get("id") else _id(user, "team_id")


def _handle(user: Json) -> str | None:
    return words(user, "username") or words(user, "name") or None


def _kept(payload: Json) -> Json:
    """The payload without what would let its holder act: the verification token and the reply address."""
    return {key: value for key, value in payload.items() if key not in ("token", "response_url", "response_urls")}


def _moment(ts: str) -> datetime:
    match = _TS.fullmatch(ts)
    if match is None:
        raise Unexpected("A timestamp is not one of Slack's.")
    return _EPOCH + timedelta(seconds=int(match[1]), microseconds=int(match[2].ljust(6, "0")))


def _ts(part: Json, key: str) -> str:
    value = part.get(key)
    if not isinstance(value, str) or not _TS.fullmatch(value):
        raise Unexpected(f"The message's {key} is not a Slack timestamp.")
    return value


def _id(part: Json, key: str) -> str:
    value = part.get(key)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Unexpected(f"{key} is missing or is not a Slack id.")
    return value


def _text(part: Json, key: str) -> str:
    value = part.get(key)
    if value is not None and not isinstance(value, str):
        raise Unexpected(f"{key} is not text.")
    return value or ""


def _first(part: Json, *keys: str) -> str:
    return next((text for key in keys if (text := words(part, key).strip())), "")
