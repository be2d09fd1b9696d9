"""What people do on the screen: press, choose, submit, close, open; and what they would see then."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from sandbox.slack.arguments import Arguments
from sandbox.slack.blocks import option_faults
from sandbox.slack.deliveries import Deliveries
from sandbox.slack.files import bytes_of, guess, store
from sandbox.slack.inputs import (
    VALUE_KEYS,
    Rejected,
    Typed,
    action,
    entered,
    find,
    missing,
    state_values,
)
from sandbox.slack.messages import contents, is_message, show_ephemeral
from sandbox.slack.refusal import Json, NotThere, Refusal
from sandbox.slack.views import checked
from sandbox.slack.workspace import BOT_ID, BOT_USER, Channel, Message, User, View, Workspace, walk
from sandbox.world import BadInput, World

QUIET_SECONDS = 0.15
LONGEST_WAIT_SECONDS = 2.5
NOT_SENT = "Slack keeps this in the view and tells the app when it is submitted."
TROUBLE = "We had some trouble connecting. Try again?"


@dataclass(frozen=True, slots=True)
class Place:
    """A view, or a message in its channel, that somebody has before them."""

    user: User
    view: View | None = None
    channel: Channel | None = None
    message: Message | None = None

    @property
    def key(self) -> str:
        if self.view is not None:
            return self.view.id
        return f"{self.user.id}:{self.channel.id}:{self.message.ts}" if self.channel and self.message else ""

    @property
    def blocks(self) -> list[Json]:
        return self.view.blocks if self.view is not None else self.message.blocks if self.message else []

    def blocks_with(self, block_id: object) -> list[Json]:
        """As it is drawn, or was when it had this block: Slack sends what was pressed, not what is there by now."""
        shown = self.view or self.message
        drawings = [self.blocks, *(shown.earlier if shown else [])]
        has_it = (blocks for blocks in drawings if any(block.get("block_id") == block_id for block in blocks))
        return next(has_it, self.blocks)


class Acting:
    """Plays a person in front of the app's messages, modals and Home."""

    def __init__(self, world: World, workspace: Workspace, deliveries: Deliveries) -> None:
        self.world = world
        self.workspace = workspace
        self.deliveries = deliveries
        self._typed: dict[str, Typed] = {}

    async def command(self, body: Json) -> Json:
        user = self.workspace.somebody(body.get("user"))
        name = body.get("command")
        if not isinstance(name, str) or not name.startswith("/"):
            raise BadInput('"command" is a slash command such as "/feedback".')
        channel = self._command_channel(user, body.get("channel"))
        status, answer = await self.deliveries.command(user, channel, name, str(body.get("text") or ""))
        return await self._outcome(user, status, answer, self._show_answer(user, channel, status, answer))

    async def click(self, body: Json) -> Json:
        place = self._place(body)
        value = body.get("value")
        block_id = body.get("block_id")
        block, element = find(place.blocks_with(block_id), body.get("action_id"), block_id, value)
        state = None
        if element["type"] in VALUE_KEYS:
            state = self._entered(place, element, value)
            self._keep(place)[block["block_id"]] = self._keep(place).get(block["block_id"], {}) | {
                element["action_id"]: state
            }
        if block["type"] == "input" and not block.get("dispatch_action"):
            return await self._outcome(place.user, 0, {"note": NOT_SENT})
        pressed = action(block, element, state, value, self.workspace.new_ts())
        status, answer = await self.deliveries.interaction(
            "block_actions", place.user, actions=[pressed], **self._around(place)
        )
        return await self._outcome(place.user, status, answer)

    async def submit(self, body: Json) -> Json:
        place = self._place(body)
        view = place.view
        if view is None or view.is_home:
            raise BadInput('"view_id" names the modal to submit.')
        self._fill(place, view, body.get("values") or {})
        values = self.values_in(view)
        self._let_through(view, values)
        status, answer = await self.deliveries.interaction(
            "view_submission",
            place.user,
            view=view.shown(values),
            trigger_id=self.workspace.trigger(place.user, view),
            response_urls=self._response_urls(place.user, view, values),
        )
        return await self._outcome(place.user, status, answer, self._acknowledged(view, status, answer))

    async def close(self, body: Json) -> Json:
        """Close the top modal, or with `"all"` the whole stack; whoever asked for it is told."""
        place = self._place(body)
        view = place.view
        if view is None or view.is_home:
            raise BadInput('"view_id" names the modal to close.')
        everything = bool(body.get("all") or view.drawn.get("clear_on_close"))
        closed = list(reversed(self.workspace.stack(place.user.id))) if everything else [view]
        status, answer = 0, None
        for one in closed:
            self.workspace.close(one)
        for one in closed:
            if one.drawn.get("notify_on_close"):
                shown = one.shown(state_values(one.blocks, one.typed))
                status, answer = await self.deliveries.interaction(
                    "view_closed", place.user, view=shown, is_cleared=everything
                )
        return await self._outcome(place.user, status, answer)

    async def shortcut(self, body: Json) -> Json:
        user, callback_id = self.workspace.somebody(body.get("user")), body.get("callback_id")
        if not isinstance(callback_id, str) or not callback_id:
            raise BadInput('"callback_id" names the shortcut.')
        now = self.workspace.new_ts()
        more: Json = {"callback_id": callback_id, "action_ts": now}
        if not body.get("ts"):
            status, answer = await self.deliveries.interaction(
                "shortcut", user, **more, trigger_id=self.workspace.trigger(user)
            )
            return await self._outcome(user, status, answer)
        channel, message = self._message(user, body)
        if message.only_for is not None:
            raise NotThere("An ephemeral message has no shortcuts.")
        around = self.deliveries.on_message(user, channel, message, {})
        kept = {key: around[key] for key in ("channel", "message", "trigger_id", "response_url")}
        status, answer = await self.deliveries.interaction(
            "message_action", user, **more, **kept, message_ts=message.ts
        )
        return await self._outcome(user, status, answer)

    async def home(self, body: Json) -> Json:
        user = self.workspace.somebody(body.get("user"))
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.workspace.dm(user).id,
            "tab": "home",
            "event_ts": self.workspace.new_ts(),
        }
        home = self.workspace.homes.get(user.id)
        if home is not None:
            event["view"] = home.shown(self.values_in(home))
        return await self._outcome(user, await self.deliveries.event(event), None)

    async def suggest(self, body: Json) -> Json:
        """Typing into an external select (docs.slack.dev, "block_suggestion payload")."""
        place, query = self._place(body), str(body.get("query") or "")
        block, element = find(place.blocks, body.get("action_id"), body.get("block_id"))
        if not element["type"].endswith("external_select"):
            raise BadInput(f'"{body.get("action_id")}" does not ask the app for options.')
        if len(query) < (element.get("min_query_length") or 0):
            raise BadInput(f"Slack asks only from {element['min_query_length']} characters on.")
        around = self._around(place)
        for unused in ("state", "trigger_id", "response_url"):
            around.pop(unused, None)
        status, answer = await self.deliveries.interaction(
            "block_suggestion",
            place.user,
            action_id=element["action_id"],
            block_id=block["block_id"],
            value=query,
            **around,
        )
        return await self._outcome(place.user, status, answer, self._offer(place, element, status, answer))

    async def react(self, body: Json) -> Json:
        user, name = self.workspace.somebody(body.get("user")), str(body.get("name") or "").strip(":")
        channel, message = self._message(user, body)
        if not name or message.only_for is not None:
            raise BadInput('"name" is an emoji without colons, "ts" a message that is not ephemeral.')
        users = message.reactions.setdefault(name, [])
        if user.id in users:
            raise BadInput(f"{user.real_name} has already reacted with :{name}:.")
        users.append(user.id)
        event = {
            "type": "reaction_added",
            "user": user.id,
            "reaction": name,
            "item": {"type": "message", "channel": channel.id, "ts": message.ts},
            "item_user": message.user,
            "event_ts": self.workspace.new_ts(),
        }
        return await self._outcome(user, await self.deliveries.event(event), None)

    def shown_views(self, user_id: str) -> list[Json]:
        return [view.shown(self.values_in(view)) for view in self.workspace.stack(user_id)]

    def shown_home(self, user_id: str) -> Json:
        home = self.workspace.homes.get(user_id)
        return home.shown(self.values_in(home)) if home else {}

    def values_in(self, view: View) -> Json:
        return state_values(view.blocks, view.typed)

    def values_on(self, user: User, channel: Channel, message: Message) -> Json:
        """What somebody has chosen in a message."""
        place = Place(user, channel=channel, message=message)
        return state_values(message.blocks, self._typed.get(place.key, {}))

    async def _outcome(self, user: User, status: int, answer: Any, problem: str | None = None) -> Json:
        """What is on the screen as soon as nothing has moved there for a moment."""
        await self._settle()
        outcome: Json = {
            "status": status,
            "body": answer,
            "views": self.shown_views(user.id),
            "home": self.shown_home(user.id),
        }
        return outcome | ({"error": problem} if problem else {})

    async def _settle(self) -> None:
        started = moved = time.monotonic()
        seen = self.workspace.changes
        while (now := time.monotonic()) - moved < QUIET_SECONDS and now - started < LONGEST_WAIT_SECONDS:
            await asyncio.sleep(0.01)
            if self.workspace.changes != seen:
                seen, moved = self.workspace.changes, time.monotonic()

    def _place(self, body: Json) -> Place:
        """What the request points at; without `view_id` or `ts` it is the person's Home."""
        user = self.workspace.somebody(body.get("user"))
        if body.get("ts"):
            channel, message = self._message(user, body)
            return Place(user, channel=channel, message=message)
        home, stack = self.workspace.homes.get(user.id), self.workspace.stack(user.id)
        view_id = body.get("view_id")
        if home is not None and view_id in (None, home.id):
            return Place(user, view=home)
        if stack and stack[-1].id == view_id:
            return Place(user, view=stack[-1])
        if any(view.id == view_id for view in stack):
            raise NotThere(f'The view "{view_id}" lies under another one.')
        raise NotThere(f'{user.real_name} has no view "{view_id}" open.' if view_id else "There is no Home yet.")

    def _message(self, user: User, body: Json) -> tuple[Channel, Message]:
        channel = self.workspace.channels.get(str(body.get("channel")))
        if channel is None or user.id not in channel.members:
            raise NotThere(f'{user.real_name} is not in a channel "{body.get("channel")}".')
        message = self.workspace.find_message(channel, str(body.get("ts")), seen_by=user.id)
        if message is None:
            raise NotThere(f'{user.real_name} sees no message "{body.get("ts")}" in {channel.name}.')
        return channel, message

    def _around(self, place: Place) -> Json:
        values = state_values(place.blocks, self._keep(place))
        if place.view is not None:
            return self.deliveries.in_view(place.view, values)
        if place.channel is None or place.message is None:
            raise NotThere("There is nothing to press.")
        return self.deliveries.on_message(place.user, place.channel, place.message, values)

    def _keep(self, place: Place) -> Typed:
        return place.view.typed if place.view is not None else self._typed.setdefault(place.key, {})

    def _entered(self, place: Place, element: Json, value: Any) -> Json:
        if element["type"] == "file_input":
            value = self._uploaded(place.user, element, value)
        if isinstance(value, list | str) and element["type"].endswith(
            ("users_select", "conversations_select", "channels_select")
        ):
            self._must_exist(value if isinstance(value, list) else [value])
        return entered(element, value, self.workspace.offered.get((place.key, element["action_id"]), []))

    def _must_exist(self, ids: list[Any]) -> None:
        for one in ids:
            if one not in self.workspace.users and one not in self.workspace.channels:
                raise NotThere(f'The workspace has no "{one}" to choose.')

    def _uploaded(self, user: User, element: Json, value: Any) -> list[Json]:
        """Files chosen in a file_input: `{"name", "content"…}` each, uploaded before the submission."""
        given = value if isinstance(value, list) else [value] if value else []
        if not all(isinstance(file, dict) and isinstance(file.get("name"), str) for file in given):
            raise BadInput('Files are given as a list of {"name", "content_type", "content"}.')
        if len(given) > element.get("max_files", 10):
            raise Rejected(f'"{element["action_id"]}" takes at most {element.get("max_files", 10)} files.')
        kinds = [str(kind).lower() for kind in element.get("filetypes") or []]
        for file in given:
            if kinds and file["name"].rpartition(".")[2].lower() not in kinds:
                raise Rejected(f'"{element["action_id"]}" takes only {", ".join(kinds)}.')
        return [
            store(
                self.workspace,
                self.world.own_url,
                user.id,
                name=file["name"],
                content_type=file.get("content_type") or guess(file["name"]),
                content=bytes_of(file),
            ).shown
            for file in given
        ]

    def _fill(self, place: Place, view: View, values: Any) -> None:
        if not isinstance(values, dict):
            raise BadInput('"values" maps action ids to what is entered there.')
        typed = {block: dict(states) for block, states in view.typed.items()}
        for action_id, value in values.items():
            block, element = find(view.blocks, action_id)
            if element["type"] not in VALUE_KEYS:
                raise BadInput(f'"{action_id}" is a {element["type"]} and keeps no value.')
            typed.setdefault(block["block_id"], {})[action_id] = self._entered(place, element, value)
        view.typed = typed

    def _let_through(self, view: View, values: Json) -> None:
        """What Slack's client checks before it submits."""
        if not view.drawn.get("submit"):
            raise Rejected("This view has no submit button.")
        empty = missing(view.blocks, values)
        if empty is not None:
            raise Rejected(f'Please complete the required field "{empty}".')

    def _response_urls(self, user: User, view: View, values: Json) -> list[Json]:
        """Only selects that ask for it give a submission its response_urls."""
        made = []
        for block, element in walk(view.blocks):
            chosen = None
            if element.get("response_url_enabled"):
                state = values[block["block_id"]][element["action_id"]]
                chosen = state.get("selected_conversation") or state.get("selected_channel")
            if chosen in self.workspace.channels:
                token = self.workspace.response_url(user, self.workspace.channels[chosen])
                made.append(
                    {
                        "block_id": block["block_id"],
                        "action_id": element["action_id"],
                        "channel_id": chosen,
                        "response_url": self.deliveries.response_address(token),
                    }
                )
        return made

    def _acknowledged(self, view: View, status: int, answer: Any) -> str | None:
        """Do what the answer to a submission says (docs.slack.dev, "Modals"); what is wrong with it otherwise."""
        view.errors = {}
        if not 200 <= status < 300:
            return TROUBLE
        if not answer:
            self.workspace.close(view)
            return None
        act = answer.get("response_action") if isinstance(answer, dict) else None
        try:
            return self._respond(view, act, answer)
        except Refusal as refusal:
            return f"{TROUBLE} ({refusal.code}: {'; '.join(refusal.messages)})"

    def _respond(self, view: View, act: Any, answer: Any) -> str | None:
        match act:
            case "errors":
                return self._field_errors(view, answer.get("errors"))
            case "clear":
                self.workspace.clear(view.user)
            case "update":
                self.workspace.redraw(view, checked(self.workspace, answer.get("view"), "modal", instead_of=view))
            case "push":
                self.workspace.push_view(view.user, checked(self.workspace, answer.get("view"), "modal"))
            case _:
                return f"{TROUBLE} (the answer is neither empty nor a known response_action)"
        return None

    def _field_errors(self, view: View, errors: Any) -> str | None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors:
            return f"{TROUBLE} (response_action errors without errors)"
        unknown = [str(block) for block in errors if block not in inputs]
        view.errors = {str(block): str(sentence) for block, sentence in errors.items()}
        return f"{TROUBLE} (no input block is called {', '.join(unknown)})" if unknown else None

    def _offer(self, place: Place, element: Json, status: int, answer: Any) -> str | None:
        """Keep the options a select was given so that one of them can be chosen."""
        if not 200 <= status < 300 or not isinstance(answer, dict):
            return "No results could be loaded."
        faults = option_faults(answer)
        if faults:
            return "; ".join(faults)
        options = list(answer.get("options") or [])
        for group in answer.get("option_groups") or []:
            options += group["options"]
        self.workspace.offered[place.key, element["action_id"]] = options
        return None

    def _command_channel(self, user: User, wanted: Any) -> Channel:
        """Where the command is typed: the channel named, an agent's triage channel, else the help channel."""
        if wanted is None:
            wanted = self.workspace.triage.id if self.workspace.is_agent(user) else "C0SUPPORT"
        channel = self.workspace.channels.get(str(wanted))
        if channel is None or user.id not in channel.members:
            raise NotThere(f'{user.real_name} is not in a channel "{wanted}".')
        return channel

    def _show_answer(self, user: User, channel: Channel, status: int, answer: Any) -> str | None:
        """Draw what a command answered: to its author alone, or to the channel."""
        if not 200 <= status < 300:
            return "The command failed: the app did not answer it."
        if isinstance(answer, str) and answer:
            show_ephemeral(self.workspace, channel, user.id, answer, [])
        if not is_message(answer):
            return None
        try:
            text, blocks, _ = contents(Arguments(answer))
        except Refusal as refusal:
            return f"{refusal.code}: {'; '.join(refusal.messages)}"
        if answer.get("response_type") == "in_channel":
            ts = self.workspace.new_ts()
            channel.messages[ts] = Message(ts, channel.id, BOT_USER, text, blocks, bot_id=BOT_ID)
        else:
            show_ephemeral(self.workspace, channel, user.id, text, blocks)
        return None
