"""Embeddings: vectors of hashed words, so that texts that share words lie close together."""

import base64
import hashlib
import math
import re
import struct
from collections.abc import Iterator

from sandbox.openai.failure import invalid
from sandbox.openai.models import EMBEDDING_MODELS, Models
from sandbox.openai.tokens import tokens
from sandbox.world import Json

MAX_INPUTS = 2048
MAX_INPUT_TOKENS = 8192
MAX_REQUEST_TOKENS = 300_000


def embed(models: Models, body: Json) -> Json:
    """Create embeddings (reference): up to 2,048 inputs of 8,192 tokens, no empty ones."""
    model = models.named_in(body, EMBEDDING_MODELS)
    inputs = _inputs(body.get("input"))
    dimensions = _dimensions(body, EMBEDDING_MODELS[model])
    is_packed = _is_packed(body)
    used = _used(inputs)
    vectors = [_vector(text, dimensions) for text in inputs]
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _packed(one) if is_packed else one}
            for index, one in enumerate(vectors)
        ],
        "model": model,
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def _inputs(given: object) -> list[str]:
    """Texts, or texts as token numbers."""
    if isinstance(given, str) or (isinstance(given, list) and given and all(isinstance(one, int) for one in given)):
        given = [given]
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_INPUTS:
        raise invalid("input", f"Invalid 'input': 1 to {MAX_INPUTS} texts.")
    return [_input(one) for one in given]


def _input(given: object) -> str:
    text = " ".join(map(str, given)) if isinstance(given, list) else given
    if not isinstance(text, str) or not text:
        raise invalid("input", "Invalid 'input': input cannot be an empty string.")
    if tokens(text) > MAX_INPUT_TOKENS:
        said = f"This model's maximum context length is {MAX_INPUT_TOKENS} tokens, your input has {tokens(text)}."
        raise invalid("input", said, code="context_length_exceeded")
    return text


def _dimensions(body: Json, most: int) -> int:
    dimensions = body.get("dimensions", most)
    if not isinstance(dimensions, int) or isinstance(dimensions, bool) or not 1 <= dimensions <= most:
        raise invalid("dimensions", f"Invalid value for 'dimensions': at most {most}.")
    return dimensions


def _is_packed(body: Json) -> bool:
    form = body.get("encoding_format", "float")
    if form not in ("float", "base64"):
        raise invalid("encoding_format", "Invalid 'encoding_format': expected float or base64.")
    return bool(form == "base64")


def _used(inputs: list[str]) -> int:
    used = sum(tokens(text) for text in inputs)
    if used > MAX_REQUEST_TOKENS:
        said = f"Invalid 'input': at most {MAX_REQUEST_TOKENS} tokens a request."
        raise invalid("input", said, code="max_tokens_per_request")
    return used


def _vector(text: str, dimensions: int) -> list[float]:
    """Of length one."""
    sums = [0.0] * dimensions
    for feature, weight in _features(text):
        digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest()
        number = int.from_bytes(digest, "big")
        sums[number % dimensions] += weight if number >> 63 else -weight
    length = math.sqrt(sum(value * value for value in sums))
    if length == 0:
        return [1.0, *([0.0] * (dimensions - 1))]
    return [value / length for value in sums]


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Words, and every four letters in them at a lower weight."""
    for word in re.findall(r"\w+", text.lower()):
        yield word, 1.0
        for start in range(len(word) - 3):
            yield f"~{word[start : start + 4]}", 0.3


def _packed(values: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
