"""Asks models, which are sent only `Scrubbed`: a plain string does not type-check and is refused at run time."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import httpx2
from pydantic import BaseModel, Field, SecretStr

from hub.pii import Scrubbed
from platforms import calls
from platforms.errors import WAIT, PlatformError, RateLimited, Unreachable
from platforms.http import certificates
from platforms.lazily import lazily
from platforms.limits import Limits
from platforms.openai import prices, refusals
from platforms.openai.prices import NO_PRICES, Prices
from platforms.openai.refusals import PLATFORM

if TYPE_CHECKING:
    import openai
else:
    openai = lazily("openai")  # every process has this client, workers alone ask models

COOL_DOWN = "openai:rate_limited"
"""The bucket that is closed while OpenAI wants to be left alone; every process asks it first."""
CONNECT_SECONDS = 3.0
TRIES = 3
BACKOFF_SECONDS = 0.5
ANSWER_TOKENS = 4096
"""Room for an answer; reasoning models think inside it, so that a small one leaves nothing to say."""

EMBEDDED_AT_ONCE = 2048
EMBEDDED_CHARACTERS = 8000
EMBEDDED_CHARACTERS_AT_ONCE = 200_000
"""Embeddings API: at most 2,048 inputs, 8,192 tokens each and 300,000 tokens a request."""

Form = TypeVar("Form", bound=BaseModel)
Budget = Callable[[], Awaitable[None]]
"""Counts a request that costs money, before it is made; Later when no more may be made today."""


class OpenAISettings(Protocol):
    """What of the settings concerns us."""

    @property
    def openai_api_key(self) -> SecretStr: ...
    @property
    def openai_base_url(self) -> str: ...
    @property
    def openai_seconds(self) -> float: ...
    @property
    def openai_prices(self) -> Prices: ...


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer: `model` is the one that answered, tokens None where the server does not count.

    `cost` is in US dollars, None where the price of the model is not known.
    """

    text: str
    model: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: Decimal | None
    milliseconds: int
    finish_reason: str


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Chat(BaseModel):
    """What we read of an answer. The SDK checks nothing, and compatible servers leave much out."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    model: str | None = None
    usage: _Usage | None = None


class _Vector(BaseModel):
    index: int
    embedding: list[float]


class _Vectors(BaseModel):
    data: list[_Vector]
    usage: _Usage | None = None


class _Model(BaseModel):
    id: str
    shutdown_date: str | None = None


class _Models(BaseModel):
    data: list[_Model]


def open_openai(settings: OpenAISettings, limits: Limits, budget: Budget) -> "OpenAI":
    return OpenAI(
        key=settings.openai_api_key.get_secret_value().strip(),
        base_url=settings.openai_base_url,
        seconds=settings.openai_seconds,
        limits=limits,
        prices=settings.openai_prices,
        budget=budget,
    )


async def _unlimited() -> None:
    """No budget at all."""


class OpenAI:
    """One account. A call may try three times, each within `seconds`; a 429 starts a cool-down instead."""

    def __init__(
        self,
        *,
        key: str,
        base_url: str,
        seconds: float,
        limits: Limits,
        prices: Prices = NO_PRICES,
        budget: Budget = _unlimited,
    ) -> None:
        self._key = key
        self._prices = prices
        self._seconds = seconds
        self._limits = limits
        self._budget = budget
        self._base_url = base_url
        self._opened: openai.AsyncOpenAI | None = None

    async def complete(
        self,
        *,
        instructions: Scrubbed,
        content: Scrubbed,
        model: str,
        schema: dict[str, Any] | None = None,
        schema_name: str = "answer",
        max_tokens: int = ANSWER_TOKENS,
    ) -> Completion:
        """What `model` answers to `content`, as JSON of `schema` when one is given (strict structured output).

        Refused when the model declines, is cut off, or is not served; the message says what to do.
        """
        _insist([instructions, content])
        _count_redactions([instructions, content])
        request: dict[str, Any] = {
            "model": model,
            "messages": [
                {"role": "system", "content": instructions.text},
                {"role": "user", "content": content.text},
            ],
            "store": False,
            "max_completion_tokens": max_tokens,
        }
        if schema is not None:
            form = {"name": schema_name, "strict": True, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": form}
        started = time.monotonic()
        answer = await self._ask(lambda: self._client.chat.completions.create(**request), _Chat, model)
        cost = self._count(model, answer.usage)
        return _completion(answer, model, max_tokens, cost, round((time.monotonic() - started) * 1000))

    async def embed(
        self, texts: Sequence[Scrubbed], *, model: str, dimensions: int | None = None
    ) -> list[list[float]]:
        """One vector a text, in order, in as few requests as the API allows; the end of a long text is left out."""
        _insist(texts)
        _count_redactions(texts)
        asked: dict[str, Any] = {} if dimensions is None else {"dimensions": dimensions}
        vectors: list[list[float]] = []
        for batch in _batches([text.text[:EMBEDDED_CHARACTERS] or " " for text in texts]):
            vectors += await self._embedded(batch, model, asked)
        return vectors

    async def served(self) -> frozenset[str]:
        """The models this account may use today (List models; `shutdown_date` where the server tells it)."""
        answer = await self._ask(self._client.models.list, _Models, None)
        return frozenset(row.id for row in answer.data if not _is_shut_down(row))

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    @property
    def _client(self) -> "openai.AsyncOpenAI":
        if self._opened is None:
            self._opened = openai.AsyncOpenAI(
                api_key=self._key or "not set",
                base_url=self._base_url,
                max_retries=0,
                http_client=openai.DefaultAsyncHttpxClient(verify=certificates()),
                timeout=httpx2.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds)),
            )
        return self._opened

    async def _embedded(self, batch: list[str], model: str, asked: dict[str, Any]) -> list[list[float]]:
        answer = await self._ask(
            lambda: self._client.embeddings.create(model=model, input=batch, **asked), _Vectors, model
        )
        self._count(model, answer.usage)
        rows = sorted(answer.data, key=lambda row: row.index)
        if [row.index for row in rows] != list(range(len(batch))):
            raise refusals.unreadable()
        return [row.embedding for row in rows]

    def _count(self, model: str, usage: _Usage | None) -> Decimal | None:
        """By the name that was asked for: a server may answer by any. What it cost, where that is known."""
        if usage is None:
            return None
        read, written = usage.prompt_tokens, usage.completion_tokens
        calls.TOKENS.labels(model, "prompt").inc(max(0, read or 0))
        calls.TOKENS.labels(model, "completion").inc(max(0, written or 0))
        cost = prices.cost(self._prices, model, read=read, written=written)
        if cost is not None:
            calls.COST.labels(model).inc(float(cost))
        return cost

    async def _ask(self, send: Callable[[], Awaitable[object]], form: type[Form], model: str | None) -> Form:
        """Send, and once or twice again after what may pass; RateLimited without sending during the cool-down.

        Later without sending when the day's budget is used up. Without a `model` it costs nothing and is not counted.
        """
        if not self._key:
            raise refusals.refused("AI is off: set OPENAI_API_KEY.", "no_key")
        for failed in range(TRIES - 1):
            try:
                return await self._once(send, form, model)
            except Unreachable:
                await asyncio.sleep(BACKOFF_SECONDS * 2**failed * random.uniform(0.5, 1))
        return await self._once(send, form, model)

    async def _obey_cool_down(self) -> None:
        until = await self._limits.closed_until(COOL_DOWN)
        if until is not None:
            seconds = max(1.0, (until - datetime.now(UTC)).total_seconds())
            raise refusals.rate_limited(seconds)

    async def _once(self, send: Callable[[], Awaitable[object]], form: type[Form], model: str | None) -> Form:
        await self._obey_cool_down()
        if model is not None:
            await self._budget()
        with calls.counted(PLATFORM):
            return await self._asked(send, form, model)

    async def _asked(self, send: Callable[[], Awaitable[object]], form: type[Form], model: str | None) -> Form:
        try:
            async with asyncio.timeout(self._seconds):
                return _read(form, await send())
        except openai.APIStatusError as error:
            raise await self._noted(refusals.translated(error, model)) from None
        except (openai.APIConnectionError, TimeoutError) as error:
            slow = isinstance(error, openai.APITimeoutError | TimeoutError)
            said = f"did not answer within {self._seconds:g} s" if slow else "could not be reached"
            sentence = f"OpenAI {said}: {WAIT}."
            raise Unreachable(sentence, platform=PLATFORM, code="timeout" if slow else None) from None
        except (openai.OpenAIError, httpx2.HTTPError, ValueError):
            raise refusals.unreadable() from None

    async def _noted(self, error: PlatformError) -> PlatformError:
        if isinstance(error, RateLimited):
            await self._limits.close(COOL_DOWN, error.retry_after or refusals.COOL_DOWN_SECONDS)
        return error


def _insist(texts: Sequence[Scrubbed]) -> None:
    for text in texts:
        if not isinstance(text, Scrubbed):
            raise TypeError(f"Models are sent only Scrubbed text, not {type(text).__name__}")


def _count_redactions(texts: Sequence[Scrubbed]) -> None:
    for text in texts:
        for redaction in text.redactions:
            calls.REDACTIONS.labels(redaction.kind.value).inc()


def _read(form: type[Form], answer: object) -> Form:
    """The answer in the form it must have; a ValueError otherwise."""
    return form.model_validate(answer.model_dump(warnings=False) if isinstance(answer, BaseModel) else answer)


def _completion(answer: _Chat, model: str, max_tokens: int, cost: Decimal | None, milliseconds: int) -> Completion:
    choice = answer.choices[0]
    if choice.message.refusal:
        raise refusals.refused(
            f"The model {model} declined to answer. Write it by hand or choose another model.", "refusal"
        )
    if choice.finish_reason == "length":
        sentence = f"The model {model} ran out of room ({max_tokens} tokens) before it had answered."
        raise refusals.refused(f"{sentence} Choose another model or a shorter text.", "length")
    if choice.finish_reason == "content_filter":
        raise refusals.refused(
            f"The answer of {model} was withheld by OpenAI's content filter. Write it by hand.", "content_filter"
        )
    if not (choice.message.content or "").strip():
        raise refusals.refused(f"The model {model} answered nothing. Try again or choose another model.", "empty")
    usage = answer.usage
    return Completion(
        text=choice.message.content or "",
        model=answer.model or model,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        cost=cost,
        milliseconds=milliseconds,
        finish_reason=choice.finish_reason or "stop",
    )


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) == EMBEDDED_AT_ONCE or size + len(text) > EMBEDDED_CHARACTERS_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch


def _is_shut_down(row: _Model) -> bool:
    try:
        return date.fromisoformat((row.shutdown_date or "")[:10]) <= datetime.now(UTC).date()
    except ValueError:
        return False
