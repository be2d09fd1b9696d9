"""What endpoints that ask a model have in common: which one is asked, and what it is shown."""

from collections.abc import Iterable

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from hub import changelog
from hub.errors import Invalid
from hub.pii import Redaction
from intake.api.replies import Answer, Asked
from runtime.wiring import Runtime


class Model(Asked):
    model: str | None = Field(
        None, min_length=1, max_length=100, description="One of those the settings offer; without it the first."
    )


class Redacted(Answer):
    type: str
    placeholder: str
    original: str


def redacted(pairs: Iterable[tuple[Redaction, str]]) -> list[Redacted]:
    return [Redacted(type=each.kind, placeholder=each.placeholder, original=original) for each, original in pairs]


async def offered(session: AsyncSession, runtime: Runtime, wanted: str | None) -> str:
    """`wanted` or the default; ChannelOff without a model, TooOften when today's budget is used up, Invalid when it
    is not offered."""
    await runtime.require_model(session)
    settings = runtime.settings
    served = await changelog.models(session, settings.offered_models)
    if wanted and wanted not in served:
        raise Invalid(f"The model must be one of {', '.join(served)}.", field="model")
    return wanted or settings.openai_model
