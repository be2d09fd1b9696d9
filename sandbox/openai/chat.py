"""Chat completions: a request that its model takes gets a message."""

import secrets
import time

from sandbox.openai import parameters, prompt
from sandbox.openai.answers import QUOTA, answer
from sandbox.openai.failure import Failure
from sandbox.openai.models import CHAT_MODELS, Models
from sandbox.openai.prompt import Prompt
from sandbox.openai.tokens import CHARACTERS, tokens
from sandbox.world import Json

FINGERPRINT = "sandbox"


def complete(models: Models, body: Json) -> Json:
    """Create a chat completion (reference)."""
    asked = _read(models, body)
    if QUOTA in asked.text:
        said = "You exceeded your current quota, please check your plan and billing details."
        raise Failure(429, said, code="insufficient_quota", kind="insufficient_quota")
    message, finish = _within_limit(body, *answer(asked, body.get("response_format")))
    return {
        "id": f"chatcmpl-sandbox{secrets.token_hex(10)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": _usage(asked.tokens, tokens(message["content"] or message["refusal"] or "")),
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def _read(models: Models, body: Json) -> Prompt:
    """The prompt of a request; Failure unless the model takes every parameter of it."""
    parameters.check_names(body)
    model = models.named_in(body, CHAT_MODELS)
    parameters.check(body, model, CHAT_MODELS[model].efforts)
    return prompt.read(body.get("messages"))


def _within_limit(body: Json, message: Json, finish: str) -> tuple[Json, str]:
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    content = message["content"] or ""
    if limit is None or tokens(content) <= limit:
        return message, finish
    return message | {"content": content[: limit * CHARACTERS]}, "length"


def _usage(prompt_tokens: int, completion_tokens: int) -> Json:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
