"""Try every credential, and say in sentences what works, what is missing, and what is off."""

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial

from platforms.checking import Finding, Probe, Tried, note, ok, wrong
from platforms.errors import Later, PlatformError, RateLimited
from platforms.notion import checks as notion_checks
from platforms.openai import checks as openai_checks
from runtime.wiring import Runtime

NAMES = {"slack": "Slack", "intercom": "Intercom", "whatsapp": "WhatsApp", "notion": "Notion", "openai": "Models"}
HERE = "PostgreSQL and Redis"


async def findings(runtime: Runtime) -> AsyncIterator[tuple[str, list[Finding]]]:
    """Each platform's name, and what trying it found, as soon as it was tried."""
    yield HERE, await _found([partial(_here, runtime)])
    tried = {name: _of_channel(runtime, name) for name, channel in runtime.channels.items() if channel.accepts}
    tried |= {"notion": _of_notion(runtime), "openai": _of_openai(runtime)}
    others = sorted(set(runtime.connections()) - tried.keys() - runtime.channels.keys())
    tried |= {name: [_harmless(runtime, name)] for name in others}
    for name, probes in tried.items():
        found = [probes] if isinstance(probes, Finding) else await _found(probes)
        yield NAMES.get(name, name.capitalize()), found


def is_well(found: Iterable[Finding]) -> bool:
    return all(one.state != "wrong" for one in found)


def _of_channel(runtime: Runtime, name: str) -> Sequence[Probe] | Finding:
    channel = runtime.channels[name]
    if channel.off:
        return Finding("off", channel.off)
    return channel.probes() if isinstance(channel, Tried) else [_harmless(runtime, name)]


def _of_notion(runtime: Runtime) -> Sequence[Probe] | Finding:
    settings = runtime.settings
    if runtime.notion_off:
        return Finding("off", runtime.notion_off)
    return notion_checks.probes(
        runtime.notion,
        known=settings.notion_status_map,
        is_told=bool(settings.notion_webhook_secret.get_secret_value()),
        poll_seconds=settings.notion_poll_seconds,
    )


def _of_openai(runtime: Runtime) -> Sequence[Probe] | Finding:
    settings = runtime.settings
    if runtime.models_off:
        return Finding("off", runtime.models_off)
    return openai_checks.probes(
        runtime.openai,
        model=settings.openai_model,
        embedding_model=settings.openai_embedding_model,
        offered=settings.offered_models,
    )


def _harmless(runtime: Runtime, name: str) -> Probe:
    """The request that is made of it every five minutes as well."""

    async def probe() -> list[Finding]:
        await runtime.connections()[name]()
        return [ok("Its token is taken.")]

    return probe


async def _here(runtime: Runtime) -> list[Finding]:
    found = await runtime.health.look()
    database = ok("PostgreSQL answers, and has every table.")
    if found.oldest_pending is None:
        database = wrong("PostgreSQL is away or was not migrated: DATABASE_URL, then `python -m runtime.migrate`.")
    redis = ok("Redis answers.") if found.redis else wrong("Redis does not answer: look at REDIS_URL.")
    return [database, redis]


async def _found(probes: Sequence[Probe]) -> list[Finding]:
    """When the first is refused, which tries the token, the others would only be refused as well."""
    found: list[Finding] = []
    for place, probe in enumerate(probes):
        try:
            found += await probe()
        except (RateLimited, Later) as error:  # who asks us to wait knows us
            found.append(note(f"{error} Try this once more in a minute."))
        except PlatformError as error:
            found.append(wrong(error.message))
            if place == 0:
                break
        except Exception as error:  # whatever it is, the others are tried
            found.append(wrong(f"Trying this failed here ({type(error).__name__}): report it as a defect."))
    return found
