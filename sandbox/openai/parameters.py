"""Which parameters of a chat completion the API, the model and the stand-in take."""

from sandbox.openai.failure import Failure, invalid
from sandbox.openai.models import Efforts
from sandbox.openai.response_format import check_format
from sandbox.world import Json

NAMES = frozenset(
    (
        "model",
        "messages",
        "response_format",
        "max_completion_tokens",
        "max_tokens",
        "temperature",
        "top_p",
        "n",
        "stream",
        "stop",
        "store",
        "reasoning_effort",
        "verbosity",
        "seed",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "metadata",
        "service_tier",
        "logprobs",
        "top_logprobs",
        "presence_penalty",
        "frequency_penalty",
        "moderation",
        "tools",
        "tool_choice",
        "parallel_tool_calls",
    )
)


def check_names(body: Json) -> None:
    for name in body:
        if name not in NAMES:
            raise _unrecognized(name)


def check(body: Json, model: str, efforts: Efforts) -> None:
    _check_stand_in(body)
    _check_limits(body)
    if efforts:
        _check_reasoning(body, model, efforts)
    elif body.get("reasoning_effort") is not None:
        raise _unrecognized("reasoning_effort")
    if body.get("response_format") is not None:
        check_format(body["response_format"])


def _check_stand_in(body: Json) -> None:
    if body.get("stream"):
        raise _unsupported("stream", "The stand-in does not stream.")
    if body.get("n", 1) != 1:
        raise _unsupported("n", "The stand-in gives one choice.")
    if body.get("tools"):
        raise _unsupported("tools", "The stand-in has no tools.")


def _check_limits(body: Json) -> None:
    for name in ("max_completion_tokens", "max_tokens"):
        limit = body.get(name)
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            raise invalid(name, f"Invalid '{name}': expected a whole number, 1 or more.")


def _check_reasoning(body: Json, model: str, efforts: Efforts) -> None:
    """What reasoning models refuse (reference of each parameter)."""
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in efforts:
        said = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model."
        raise _unsupported("reasoning_effort", said)
    if body.get("max_tokens") is not None:
        said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        raise invalid("max_tokens", said, code="unsupported_parameter")
    if effort == "none" and model.startswith("gpt-5."):
        return
    for name in ("temperature", "top_p"):
        if body.get(name) not in (None, 1):
            said = f"Unsupported value: '{name}' does not support {body[name]} with this model, only the default (1)."
            raise _unsupported(name, said)


def _unrecognized(name: str) -> Failure:
    return invalid(name, f"Unrecognized request argument supplied: {name}")


def _unsupported(name: str, message: str) -> Failure:
    return invalid(name, message, code="unsupported_value")
