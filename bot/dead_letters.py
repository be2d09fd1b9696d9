"""Dead letters: look into one, resolve it, run it again; read deliveries again; in development, have work fail."""

from uuid import UUID

from blocks import dead_letters as draw
from blocks import problem
from bot import home
from bot.listener import (
    Click,
    Json,
    Reply,
    on_action,
    on_command,
    on_submission,
    uuid_of,
    values_of,
)
from bot.routes import Routes
from hub import mending, recovery
from hub.errors import Invalid
from runtime.wiring import Runtime
from storage.enums import DeliveryStatus

COMMAND = "/dead-letters"


def register(routes: Routes, runtime: Runtime) -> None:
    on_action(routes, runtime, draw.DETAILS, details)
    on_action(routes, runtime, draw.RESOLVE, ask_reason)
    on_action(routes, runtime, draw.RETRY, retry)
    on_action(routes, runtime, draw.RETRY_ALL, retry_all)
    on_action(routes, runtime, draw.READ_AGAIN, read_again)
    on_action(routes, runtime, draw.READ_ALL, read_all)
    on_submission(routes, runtime, draw.RESOLVE, resolve, field=draw.REASON)
    on_command(routes, runtime, COMMAND, command)
    if runtime.settings.is_development:
        on_action(routes, runtime, draw.FAIL, fail_next)
        on_action(routes, runtime, draw.TAKE_BACK, take_back)


async def details(click: Click) -> None:
    await click.open(await _window(click, click.id))


async def ask_reason(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        shown = await mending.details(session, click.id)
    await click.open(draw.resolve_form(shown.line))


async def resolve(click: Click) -> Json:
    letter_id = uuid_of(click.view.get("private_metadata"))
    reason = str(values_of(click.view).get(draw.REASON) or "")
    async with click.runtime.db.transaction() as session:
        await recovery.resolve(session, letter_id, by=click.account, resolution=reason)
    await home.refresh(click)
    return {"response_action": "clear"}


async def retry(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await recovery.run_again(session, click.id, by=click.account)
    if click.view.get("type") == "modal":
        await click.slack.update_view(str(click.view["id"]), await _window(click, click.id))
    elif not click.view:
        await click.open(problem.told("Dead letters", draw.retried(1, ())))
    await home.refresh(click)


async def retry_all(click: Click) -> None:
    letter_ids = [uuid_of(letter) for letter in draw.ids_of(click.value)]
    started, refusals = await recovery.run_each_again(click.runtime.db, letter_ids, by=click.account)
    sentences = [refusal.message for _, refusal in refusals]
    await click.open(problem.told("Dead letters", draw.retried(started, sentences)))
    await home.refresh(click)


async def read_again(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await recovery.replay(session, click.id)
    await click.open(problem.told("Deliveries", draw.read_again(1)))


async def read_all(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        number, more = await recovery.replay_range(session, None, None, status=DeliveryStatus.UNREADABLE)
    await click.open(problem.told("Deliveries", draw.read_again(number, more=more)))


async def fail_next(click: Click) -> None:
    kind = values_of(click.view).get(draw.KIND)
    if not kind:
        raise Invalid("Choose what is to fail first.")
    async with click.runtime.db.transaction() as session:
        await recovery.fail_next(session, str(kind), by=click.account)
    await home.refresh(click)


async def take_back(click: Click) -> None:
    async with click.runtime.db.transaction() as session:
        await recovery.take_back(session, click.value)
    await home.refresh(click)


async def command(click: Click, _raw: str) -> Reply:
    if click.asks_for_help:
        return draw.usage(mending.EXAMPLES)
    async with click.runtime.db.transaction() as session:
        found = await mending.letters(session, mending.parse(click.typed))
    return draw.answer(found, click.typed)


async def _window(click: Click, letter_id: UUID) -> Json:
    async with click.runtime.db.transaction() as session:
        return draw.window(await mending.details(session, letter_id))
