"""What every listener shares: acknowledge, check the agent, explain a HubError; nothing escapes into Bolt."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from slack_bolt.async_app import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest

from blocks import kit, problem
from blocks.kit import Message
from bot.routes import Listener, Routes
from hub import agents
from hub.errors import Conflict, HubError, Invalid, NotAnAgent, Stale
from hub.timeline import Actor
from hub.work import Work, promise
from platforms.errors import Later, PlatformError
from platforms.slack.client import SlackClient
from runtime.wiring import Runtime
from storage import cards
from storage.text import storable

Json = dict[str, Any]
log = structlog.get_logger(__name__)
UNEXPECTED = "Something went wrong here; it has been logged. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody pressed, chose or sent something. `by` is an agent; None on listeners open to everybody."""

    runtime: Runtime
    payload: Json
    by: Actor | None

    @property
    def actor(self) -> Actor:
        if self.by is None:
            raise Invalid("Only agents can do this.")
        return self.by

    @property
    def slack(self) -> SlackClient:
        return self.runtime.slack(self.team)

    @property
    def team(self) -> str:
        return team_of(self.payload)

    @property
    def user(self) -> str:
        return user_of(self.payload)

    @property
    def account(self) -> str:
        """`team:user`, as agents and identities are known."""
        return f"{self.team}:{self.user}"

    @property
    def trigger_id(self) -> str:
        return str(self.payload.get("trigger_id") or "")

    @property
    def value(self) -> str:
        """Of the button or the chosen option."""
        action = self.payload["actions"][0]
        chosen = action.get("selected_option")
        return str(chosen["value"] if chosen else action.get("value") or "")

    @property
    def chosen(self) -> str | None:
        """What a filter was set to; None for anything."""
        return None if self.value == kit.ANY else self.value

    @property
    def typed(self) -> str:
        """What stands behind a slash command."""
        return str(self.payload.get("text") or "").strip()

    @property
    def asks_for_help(self) -> bool:
        """A telephone's keyboard begins with a capital letter."""
        return self.typed.lower() == "help"

    @property
    def block_id(self) -> str:
        return str(self.payload["actions"][0].get("block_id") or "")

    @property
    def id(self) -> UUID:
        """The id the button carries; opaque, everything else is read anew."""
        return uuid_of(self.value)

    @property
    def view(self) -> Json:
        view: Json = self.payload.get("view") or {}
        return view

    async def open(self, view: Json) -> Json:
        """A modal, on top of the one the click was in if it was in one. The trigger lives three seconds."""
        if self.view.get("type") == "modal":
            return await self.slack.push_view(self.trigger_id, view)
        return await self.slack.open_view(self.trigger_id, view)


Act = Callable[[Click], Awaitable[None]]
Answer = Callable[[Click], Awaitable[Json | None]]
Offer = Callable[[Click, str], Awaitable[list[Json]]]
Reply = str | Message | None
Answered = Callable[[Click, str], Awaitable[Reply]]


def on_action(routes: Routes, runtime: Runtime, action_id: str, act: Act, *, agents_only: bool = True) -> None:
    """A button or a select."""
    routes.add("action", action_id, _listener(runtime, act, agents_only=agents_only))


def on_shortcut(routes: Routes, runtime: Runtime, callback_id: str, act: Act, *, agents_only: bool = True) -> None:
    routes.add("shortcut", callback_id, _listener(runtime, act, agents_only=agents_only))


def _listener(runtime: Runtime, act: Act, *, agents_only: bool) -> Listener:
    """Acknowledged first, worked on after."""

    async def listen(ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        await ack()
        click = Click(runtime, storable(body), None)
        try:
            await act(await _checked(click, agents_only=agents_only))
        except Exception as error:  # what escapes would erase the acknowledgement
            await _explain(click, error)

    return listen


def on_options(routes: Routes, runtime: Runtime, action_id: str, offer: Offer) -> None:
    """A picker asks what fits what an agent types; nobody else is offered anything."""

    async def listen(ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        try:
            click = await _checked(Click(runtime, storable(body), None), agents_only=True)
            options = await offer(click, str(click.payload.get("value") or "").strip())
        except Exception as error:  # as above
            log.warning("nothing_offered", error=_sentence(error))
            options = []
        await ack(options=options[: kit.OPTIONS])

    routes.add("options", action_id, listen)


def on_command(
    routes: Routes,
    runtime: Runtime,
    command: str,
    answer: Answered,
    otherwise: Act | None = None,
    *,
    agents_only: bool = True,
) -> None:
    """A slash command: `answer(click, raw)` says what its author reads; when None, `otherwise` opens a window."""

    async def listen(ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        click = Click(runtime, storable(dict(body)), None)
        try:
            click = await _checked(click, agents_only=agents_only)
            told = await answer(click, request.raw_body)
        except Exception as error:  # as above
            told = problem.text(_sentence(error))
        if told is not None or otherwise is None:
            await ack(**_shown(told))
            return
        await ack()
        try:
            await otherwise(click)
        except Exception as error:  # as above
            await _explain(click, error)

    routes.add("command", command, listen)


def _shown(told: Reply) -> Json:
    """What a command's author reads: words, or words with blocks beside them."""
    if isinstance(told, Message):
        return {"text": told.text, "blocks": told.blocks}
    return {"text": told or ""}


def on_submission(
    routes: Routes,
    runtime: Runtime,
    callback_id: str,
    answer: Answer,
    *,
    field: str | None = None,
    agents_only: bool = True,
) -> None:
    """A modal sent: the work first, since only the acknowledgement can show an error.

    `answer` returns what Slack is told (a response_action), None to close. A refusal stands at the input `field`,
    or takes the modal's place when there is none.
    """

    async def listen(ack: AsyncAck, body: Json, request: AsyncBoltRequest) -> None:
        click = Click(runtime, storable(body), None)
        try:
            told = await answer(await _checked(click, agents_only=agents_only))
        except Exception as error:  # as above
            told = _refusal(click, error, field)
        await ack(**(told or {}))

    routes.add("view", callback_id, listen)


def values_of(view: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed and chosen, by action id: text, an option's value, a list of values, or a list of files."""
    typed: dict[str, Any] = {}
    for block in (view.get("state") or {}).get("values", {}).values():
        for action_id, state in block.items():
            typed[action_id] = _entered(state)
    return typed


def _entered(state: Mapping[str, Any]) -> Any:
    if "selected_options" in state:
        return [option["value"] for option in state["selected_options"]]
    chosen = state.get("selected_option")
    return chosen["value"] if chosen else state.get("value") or state.get("files") or state.get("selected_date_time")


def metadata_of(view: Mapping[str, Any]) -> Json:
    """What we put into the view when it was opened."""
    try:
        metadata = json.loads(view.get("private_metadata") or "{}")
    except ValueError:
        metadata = {}
    return metadata if isinstance(metadata, dict) else {}


def uuid_of(value: object) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise Stale("This button is from an older version; the card will be drawn again.") from None


def team_of(payload: Json) -> str:
    team = payload.get("team") or {}
    return str(payload.get("team_id") or team.get("id") or "")


def user_of(payload: Json) -> str:
    user = payload.get("user") or {}
    return str(payload.get("user_id") or (user.get("id") if isinstance(user, dict) else user) or "")


async def _checked(click: Click, *, agents_only: bool) -> Click:
    if not agents_only:
        return click
    async with click.runtime.db.transaction() as session:
        try:
            by = await agents.require(session, click.account)
        except NotAnAgent:
            log.warning("refused_no_agent", account=click.account)
            raise
    return Click(click.runtime, click.payload, by)


async def _explain(click: Click, error: Exception) -> None:
    """In a small modal, which everybody sees; an ephemeral message when the trigger is spent.

    A button that was refused may be from a card that is out of date: it is drawn again.
    """
    sentence = _sentence(error)
    if isinstance(error, Conflict):
        await _redraw(click)
    try:
        await click.open(problem.modal(sentence))
    except (PlatformError, Later):
        channel = (click.payload.get("channel") or {}).get("id")
        if channel:
            try:
                await click.slack.post_ephemeral(channel=channel, user=click.user, text=problem.text(sentence))
            except (PlatformError, Later) as failure:
                log.warning("not_explained", error=type(failure).__name__)


async def _redraw(click: Click) -> None:
    place = click.payload.get("container") or {}
    channel, ts = place.get("channel_id"), place.get("message_ts")
    if not (channel and ts):
        return
    async with click.runtime.db.transaction() as session:
        ticket_id = await cards.forget_look(session, channel=channel, ts=ts)
        if ticket_id is not None:
            promise(session, Work.CARD, ticket_id)


def _refusal(click: Click, error: Exception, field: str | None) -> Json:
    sentence = _sentence(error)
    block = _block_of(click.view, field) if field else None
    if block is not None:
        return {"response_action": "errors", "errors": {block: sentence}}
    return {"response_action": "update", "view": problem.modal(sentence)}


def _block_of(view: Json, action_id: str) -> str | None:
    for block in view.get("blocks", []):
        if (block.get("element") or {}).get("action_id") == action_id:
            return str(block["block_id"])
    return None


def _sentence(error: Exception) -> str:
    if isinstance(error, HubError | PlatformError):
        return error.message
    log.error("listener_failed", error=type(error).__name__, exc_info=error)
    return UNEXPECTED
