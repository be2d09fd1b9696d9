"""An OpenAI-compatible server whose model is a few rules: the same words always get the same answer."""

import base64
import hashlib
import hmac
import json
import math
import re
import secrets
import struct
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.world import BadInput, Json, World, readable

FINGERPRINT = "sandbox"
MARK = "(sandbox model)"
FIRST = 1_750_000_000

Efforts = tuple[str, ...]
UP_TO_HIGH: Efforts = ("none", "low", "medium", "high")
UP_TO_XHIGH: Efforts = (*UP_TO_HIGH, "xhigh")
UP_TO_MAX: Efforts = (*UP_TO_XHIGH, "max")
MINIMAL: Efforts = ("minimal", "low", "medium", "high")
NOT_NONE: Efforts = ("low", "medium", "high", "xhigh", "max")

CHAT_MODELS: dict[str, tuple[str | None, Efforts]] = {
    "gpt-4.1": ("2027-01-14", ()),
    "gpt-4.1-mini": ("2027-01-14", ()),
    "gpt-4o": ("2027-01-14", ()),
    "gpt-4o-mini": ("2027-01-14", ()),
    "o3": ("2026-12-11", ("low", "medium", "high")),
    "gpt-5": ("2026-12-11", MINIMAL),
    "gpt-5-mini": ("2026-12-11", MINIMAL),
    "gpt-5-nano": ("2026-12-11", MINIMAL),
    "gpt-5.1": ("2027-04-01", UP_TO_HIGH),
    "gpt-5.4": (None, UP_TO_XHIGH),
    "gpt-5.4-mini": (None, UP_TO_XHIGH),
    "gpt-5.4-nano": ("2027-04-01", UP_TO_XHIGH),
    "gpt-5.5": (None, UP_TO_XHIGH),
    "gpt-5.6-sol": (None, UP_TO_XHIGH),
    "gpt-5.6-terra": (None, UP_TO_XHIGH),
    "gpt-5.6-luna": (None, UP_TO_XHIGH),
    "gpt-6-sol": (None, UP_TO_MAX),
    "gpt-6-luna": (None, UP_TO_MAX),
    "gpt-6-astra": (None, NOT_NONE),
    "gpt-6.1-sol": (None, NOT_NONE),
    "gpt-6.1-terra": (None, UP_TO_MAX),
    "gpt-6.2-sol": (None, UP_TO_MAX),
    "gpt-6.2-astra": (None, NOT_NONE),
}
"""Shut-down date and the reasoning efforts a model takes; none: it does not reason (deprecations page)."""
EMBEDDING_MODELS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
MAX_INPUTS = 2048
MAX_INPUT_TOKENS = 8192
MAX_REQUEST_TOKENS = 300_000

CHAT_KEYS = frozenset(
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
ROLES = ("system", "developer", "user", "assistant", "tool")

REFUSE, CUT, FILTER, BROKEN, EMPTY, QUOTA = (
    "sandbox-refuse",
    "sandbox-length",
    "sandbox-filter",
    "sandbox-broken",
    "sandbox-empty",
    "sandbox-quota",
)
"""Marker words: somewhere in the user's message, each plays one way in which a model fails."""

KINDS = (
    ("incident", r"outage|is down|are down|nobody can|everyone|all users|data loss|breach|ca[ií]do|nadie puede"),
    ("feature", r"feature|would be (nice|great)|could you add|please add|wish|suggest|support for|me gustar[ií]a"),
    ("bug", r"bug|error|crash\w*|broken|fail\w*|wrong|doesn'?t|does not|can'?t|cannot|freez\w*|no funciona|falla\w*"),
    ("question", r"how (do|can|to)|where|what|why|is there|c[oó]mo|d[oó]nde|\?"),
)
RANKS = (
    (0, r"outage|data loss|breach|security|is down|are down|nobody can|everyone|all users|ca[ií]do"),
    (1, r"urgent\w*|asap|critical|blocked|blocking|cannot work|payment\w*|crash\w*|urgente"),
    (2, r"error|fail\w*|broken|can'?t|cannot|no funciona|falla\w*"),
    (4, r"would be (nice|great)|wish|feature|someday|minor|me gustar[ií]a"),
    (5, r"typo|cosmetic|color|colour|spelling"),
)
RANK_NAMES = ("critical", "high", "medium", "normal", "low", "minimal")


class Failure(Exception):
    """An error the API answers: HTTP status, message, type, code and the parameter concerned."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param, self.kind = status, message, code, param, kind


class OpenAI:
    """Chat completions, embeddings and the list of models, for one key."""

    name = "openai"

    def __init__(self, world: World) -> None:
        self.world = world
        self.retired: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/openai/v1/models", self._api(self._models)),
            web.get("/openai/v1/models/{id}", self._api(self._model)),
            web.post("/openai/v1/chat/completions", self._api(self._chat)),
            web.post("/openai/v1/embeddings", self._api(self._embeddings)),
            web.route("*", "/openai/{tail:.*}", self._api(_unknown)),
        ]

    def control_routes(self) -> list[web.RouteDef]:
        return [web.post("/_control/openai", self._control_retire)]

    async def report(self, body: Json) -> tuple[int, str | None]:
        raise BadInput(f"Nobody reports on OpenAI, so there is nothing to send for {body.get('from')!r}.")

    def rate_limited(self, retry_after: float | None) -> web.Response:
        said = "Rate limit reached for requests. Please try again later."
        answer = _error(Failure(429, said, code="rate_limit_exceeded", kind="requests"))
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        said = "The server had an error while processing your request. Sorry about that!"
        return _error(Failure(500, said, kind="server_error"))

    def state(self) -> Json:
        """A model remembers nothing."""
        return {}

    def restore(self, state: Json) -> None:
        self.retired = set()

    def _api(self, endpoint: Callable[[web.Request], Awaitable[Json]]) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_key(request)
                response = web.json_response(await endpoint(request))
            except Failure as failure:
                response = _error(failure)
            response.headers["x-request-id"] = f"req_{secrets.token_hex(16)}"
            return response

        return answer

    def _check_key(self, request: web.Request) -> None:
        key = self.world.settings.openai_api_key.get_secret_value()
        given = request.headers.get("Authorization", "")
        if not given:
            raise Failure(401, "You didn't provide an API key.")
        if not key or not hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            shown = given.removeprefix("Bearer ")[:3]
            said = f"Incorrect API key provided: {shown}***. You can find your API key in your account's settings."
            raise Failure(401, said, code="invalid_api_key")

    async def _models(self, _request: web.Request) -> Json:
        return {"object": "list", "data": [self._model_shown(name) for name in self._served()]}

    async def _model(self, request: web.Request) -> Json:
        name = request.match_info["id"]
        if name not in self._served():
            raise _no_model(name)
        return self._model_shown(name)

    async def _chat(self, request: web.Request) -> Json:
        """Create a chat completion (reference)."""
        body = await _body(request)
        prompt = self._read_chat(body)
        if QUOTA in prompt.text:
            said = "You exceeded your current quota, please check your plan and billing details."
            raise Failure(429, said, code="insufficient_quota", kind="insufficient_quota")
        message, finish = _answer(prompt, body.get("response_format"))
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        content = message["content"] or ""
        if isinstance(limit, int) and _tokens(content) > limit:
            message["content"], finish = content[: limit * 4], "length"
        return {
            "id": f"chatcmpl-sandbox{secrets.token_hex(10)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
            "usage": _usage(prompt.tokens, _tokens(message["content"] or message["refusal"] or "")),
            "service_tier": "default",
            "system_fingerprint": FINGERPRINT,
        }

    def _read_chat(self, body: Json) -> "Prompt":
        """The prompt of a request; Failure unless the model takes every parameter of it."""
        for key in body:
            if key not in CHAT_KEYS:
                raise Failure(400, f"Unrecognized request argument supplied: {key}", param=key)
        self._check_model(body, CHAT_MODELS)
        _check_parameters(body, CHAT_MODELS[body["model"]][1])
        if body.get("response_format") is not None:
            _check_format(body["response_format"])
        return _read_messages(body.get("messages"))

    def _check_model(self, body: Json, known: dict[str, Any]) -> None:
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise Failure(400, "you must provide a model parameter")
        if model not in self._served():
            raise _no_model(model)
        if model not in known:
            raise Failure(404, f"The model {model} does not serve this endpoint.", param="model")

    async def _embeddings(self, request: web.Request) -> Json:
        """Create embeddings (reference): up to 2,048 inputs of 8,192 tokens, no empty ones."""
        body = await _body(request)
        self._check_model(body, EMBEDDING_MODELS)
        inputs = _read_inputs(body.get("input"))
        most = EMBEDDING_MODELS[body["model"]]
        dimensions = body.get("dimensions", most)
        if not isinstance(dimensions, int) or isinstance(dimensions, bool) or not 1 <= dimensions <= most:
            raise Failure(400, f"Invalid value for 'dimensions': at most {most}.", param="dimensions")
        form = body.get("encoding_format", "float")
        if form not in ("float", "base64"):
            raise Failure(400, "Invalid 'encoding_format': expected float or base64.", param="encoding_format")
        tokens = sum(_tokens(text) for text in inputs)
        if tokens > MAX_REQUEST_TOKENS:
            said = f"Invalid 'input': at most {MAX_REQUEST_TOKENS} tokens a request."
            raise Failure(400, said, param="input", code="max_tokens_per_request")
        vectors = [vector(text, dimensions) for text in inputs]
        return {
            "object": "list",
            "data": [
                {"object": "embedding", "index": index, "embedding": _packed(one) if form == "base64" else one}
                for index, one in enumerate(vectors)
            ],
            "model": body["model"],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    def _served(self) -> list[str]:
        return [name for name in (*CHAT_MODELS, *EMBEDDING_MODELS) if name not in self.retired]

    def _model_shown(self, name: str) -> Json:
        shutdown = CHAT_MODELS[name][0] if name in CHAT_MODELS else None
        return {"id": name, "object": "model", "created": FIRST, "owned_by": "sandbox", "shutdown_date": shutdown}

    async def _control_retire(self, request: web.Request) -> web.Response:
        """`{"retired": [models]}`: these answer 404 from now on, all others are served."""
        raw = await request.read()
        body = readable(raw) if raw else {}
        retired = body.get("retired", []) if isinstance(body, dict) else None
        if not isinstance(retired, list) or not all(isinstance(name, str) for name in retired):
            raise BadInput('"retired" has to be a list of names of models.')
        self.retired = set(retired)
        return web.json_response({"retired": sorted(self.retired), "served": self._served()})


@dataclass(frozen=True, slots=True)
class Prompt:
    """`whole` is everything said, `text` what the user's last message says, markup taken off."""

    whole: str
    text: str

    @property
    def tokens(self) -> int:
        return _tokens(self.whole)

    @property
    def kind(self) -> str:
        words = self.text.lower()
        return next((kind for kind, pattern in KINDS if _says(pattern, words)), "bug")

    @property
    def rank(self) -> int:
        """0 critical … 5 minimal."""
        words = self.text.lower()
        return next((rank for rank, pattern in RANKS if _says(pattern, words)), 3)

    @property
    def topic(self) -> str:
        """The first words of the text, bare: no address, link or markup survives."""
        bare = re.sub(r"https?://\S+|\S+@\S+|\[[A-Z_ -]+\d*\]", " ", self.text)
        words = re.sub(r"[^\w\s',-]", " ", bare).split()
        return " ".join(words[:14])[:140].strip(" ,-") or "what you reported"


def vector(text: str, dimensions: int) -> list[float]:
    """A unit vector of hashed words and word parts: texts that share words lie close together."""
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
    for word in re.findall(r"\w+", text.lower()):
        yield word, 1.0
        for start in range(len(word) - 3):
            yield f"~{word[start : start + 4]}", 0.3


def _packed(values: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()


def _answer(prompt: Prompt, form: Json | None) -> tuple[Json, str]:
    """The assistant's message and why it ended."""
    message: Json = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    if REFUSE in prompt.text:
        return message | {"refusal": f"I can't help with that. {MARK}"}, "stop"
    if FILTER in prompt.text:
        return message | {"content": ""}, "content_filter"
    if EMPTY in prompt.text:
        return message | {"content": ""}, "stop"
    content = _content(prompt, form)
    if BROKEN in prompt.text:
        return message | {"content": content[: len(content) // 2] + "…"}, "stop"
    if CUT in prompt.text:
        return message | {"content": content[: len(content) // 2]}, "length"
    return message | {"content": content}, "stop"


def _content(prompt: Prompt, form: Json | None) -> str:
    kind = form["type"] if form else "text"
    if kind == "json_schema" and form:
        schema = form["json_schema"].get("schema", {})
        return json.dumps(_fill(schema, "", schema, prompt), ensure_ascii=False)
    if kind == "json_object":
        return json.dumps({"answer": _sentence(prompt)}, ensure_ascii=False)
    return _prose(prompt)


def _prose(prompt: Prompt) -> str:
    """A changelog entry where the prompt asks for its sections, else one sentence."""
    if "what happened" not in prompt.whole.lower():
        return _sentence(prompt)
    parts = [f"**{heading}:** {_section(heading, prompt)}" for heading in SECTIONS]
    return "\n\n".join(parts)


SECTIONS = ("What happened", "How we fixed it", "Going forward")


def _section(heading: str, prompt: Prompt) -> str:
    if heading == "What happened":
        return f"You told us about this: {prompt.topic}."
    if heading == "How we fixed it":
        return "We found the cause, corrected it and checked that it works again."
    return f"We watch this part more closely now. Thank you for telling us. {MARK}"


def _sentence(prompt: Prompt) -> str:
    return f"The reporter writes about this: {prompt.topic}. {MARK}"


def _fill(schema: Any, name: str, root: Json, prompt: Prompt) -> Any:
    """A value that the schema accepts; `name` is the property it is for."""
    if not isinstance(schema, dict):
        return None
    if "$ref" in schema:
        return _fill(_resolve(schema["$ref"], root), name, root, prompt)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return _choose(schema["enum"], name, prompt)
    for group in ("anyOf", "oneOf", "allOf"):
        if schema.get(group):
            some = [option for option in schema[group] if not _is_null(option)] or schema[group]
            return _fill(some[0], name, root, prompt)
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        properties = schema.get("properties", {})
        return {key: _fill(value, key, root, prompt) for key, value in properties.items()}
    if kind == "array":
        return [_fill(schema.get("items"), name, root, prompt) for _ in range(schema.get("minItems", 0))]
    if kind in ("integer", "number"):
        return _number(schema, kind, name, prompt)
    if kind == "boolean":
        return False
    return _string(schema, name, prompt) if kind == "string" else None


def _choose(options: list[Any], name: str, prompt: Prompt) -> Any:
    """Types and priorities by what the text says, anything else the first."""
    if re.search(r"priorit|severit|urgen", name):
        by_name = {str(option).lower(): option for option in options}
        wanted = (RANK_NAMES[prompt.rank], str(prompt.rank), f"p{prompt.rank}")
        return next((by_name[one] for one in wanted if one in by_name), options[len(options) // 2])
    fitting = (option for option in options if str(option).lower().startswith(prompt.kind))
    return next(fitting, options[0])


def _number(schema: Json, kind: str, name: str, prompt: Prompt) -> float:
    value: float = prompt.rank if re.search(r"priorit|severit|urgen", name) else 0 if kind == "integer" else 0.5
    low = schema.get("minimum", schema.get("exclusiveMinimum", value - 1) + 1)
    high = schema.get("maximum", schema.get("exclusiveMaximum", value + 1) - 1)
    chosen: float = min(max(value, low), max(low, high))
    return chosen


def _string(schema: Json, name: str, prompt: Prompt) -> str:
    heading = next((one for one in SECTIONS if one.lower().replace(" ", "_") == name.lower()), None)
    if heading:
        text = _section(heading, prompt)
    elif re.search(r"content|changelog|draft|body|entry", name):
        text = _prose(prompt)
    elif re.search(r"title|name|subject", name):
        text = f"{prompt.topic[:60].strip()} {MARK}"
    else:
        text = _sentence(prompt)
    cut = text[: schema.get("maxLength", len(text))]
    return cut.ljust(schema.get("minLength", 0), ".")


def _resolve(reference: str, root: Json) -> Any:
    found: Any = root
    for part in reference.removeprefix("#/").split("/") if reference != "#" else ():
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is_null(option: Any) -> bool:
    return isinstance(option, dict) and option.get("type") == "null"


def _check_parameters(body: Json, efforts: Efforts) -> None:
    """What reasoning models refuse (reference of each parameter)."""
    if body.get("stream"):
        raise Failure(400, "The stand-in does not stream.", param="stream", code="unsupported_value")
    if body.get("n", 1) != 1:
        raise Failure(400, "The stand-in gives one choice.", param="n", code="unsupported_value")
    if body.get("tools"):
        raise Failure(400, "The stand-in has no tools.", param="tools", code="unsupported_value")
    for key in ("max_completion_tokens", "max_tokens"):
        limit = body.get(key)
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            raise Failure(400, f"Invalid '{key}': expected a whole number, 1 or more.", param=key)
    effort = body.get("reasoning_effort")
    if not efforts:
        if effort is not None:
            raise Failure(400, "Unrecognized request argument supplied: reasoning_effort", param="reasoning_effort")
        return
    if effort is not None and effort not in efforts:
        said = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model."
        raise Failure(400, said, param="reasoning_effort", code="unsupported_value")
    if body.get("max_tokens") is not None:
        said = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        raise Failure(400, said, param="max_tokens", code="unsupported_parameter")
    for key in ("temperature", "top_p"):
        if body.get(key) not in (None, 1) and not (effort == "none" and body["model"].startswith("gpt-5.")):
            said = f"Unsupported value: '{key}' does not support {body[key]} with this model, only the default (1)."
            raise Failure(400, said, param=key, code="unsupported_value")


def _check_format(form: object) -> None:
    if not isinstance(form, dict) or form.get("type") not in ("text", "json_object", "json_schema"):
        raise Failure(400, "Invalid value for 'response_format'.", param="response_format")
    if form["type"] != "json_schema":
        return
    wrapped = form.get("json_schema")
    if not isinstance(wrapped, dict) or not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", str(wrapped.get("name", ""))):
        said = "Missing required parameter: 'response_format.json_schema.name'."
        raise Failure(400, said, param="response_format.json_schema.name", code="missing_required_parameter")
    schema = wrapped.get("schema")
    if not isinstance(schema, dict):
        said = "Missing required parameter: 'response_format.json_schema.schema'."
        raise Failure(400, said, param="response_format.json_schema.schema", code="missing_required_parameter")
    if wrapped.get("strict"):
        _check_strict(schema, (), str(wrapped["name"]))


def _check_strict(schema: object, context: tuple[str, ...], name: str) -> None:
    """Structured outputs (guide): every object closed, every property required, an object at the root."""
    if not isinstance(schema, dict):
        return
    where = f"Invalid schema for response_format '{name}': In context={context}, "
    wrong = None
    if not context and schema.get("type") != "object" and "$ref" not in schema:
        wrong = "schema must have type 'object'."
    elif "properties" in schema or schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            wrong = "'additionalProperties' is required to be supplied and to be false."
        elif set(schema.get("required", [])) != set(schema.get("properties", {})):
            wrong = "'required' is required to be supplied and to be an array including every key in properties."
    if wrong:
        raise Failure(400, where + wrong, param="response_format", code="invalid_json_schema")
    for group in ("properties", "$defs", "definitions"):
        for key, part in (schema.get(group) or {}).items():
            _check_strict(part, (*context, group, key), name)
    for group in ("anyOf", "allOf", "oneOf"):
        for index, part in enumerate(schema.get(group) or []):
            _check_strict(part, (*context, group, str(index)), name)
    _check_strict(schema.get("items"), (*context, "items"), name)


def _read_messages(messages: object) -> Prompt:
    if not isinstance(messages, list) or not messages:
        raise Failure(400, "Invalid 'messages': empty array. Expected at least one message.", param="messages")
    said: list[tuple[str, str]] = []
    for index, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ROLES:
            raise Failure(400, f"Invalid value for 'messages[{index}].role'.", param=f"messages[{index}].role")
        said.append((role, _said(message.get("content"), index)))
    last = next((text for role, text in reversed(said) if role == "user"), said[-1][1])
    return Prompt("\n".join(text for _, text in said), _bare(last))


def _said(content: object, index: int) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return "\n".join(str(part.get("text", "")) for part in content)
    raise Failure(400, f"Invalid type for 'messages[{index}].content'.", param=f"messages[{index}].content")


def _bare(text: str) -> str:
    """The words of a message: what stands in its delimiters or its JSON, else all of it."""
    found = readable(text.encode("utf-8", "replace"))
    if isinstance(found, dict | list):
        return "\n".join(_strings(found))
    lines = text.strip().splitlines()
    if len(lines) > 2 and lines[0].strip() == lines[-1].strip():  # between two identical marker lines
        text = re.sub(r"^Title: .*\n", "", "\n".join(lines[1:-1]).strip()).strip()
    inside = re.findall(r"<(\w+)[^>]*>\n?(.*?)</\1>", text, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", "\n".join(part for _, part in inside) if inside else text).strip()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _read_inputs(given: object) -> list[str]:
    """Texts, or texts as token numbers."""
    if isinstance(given, str):
        given = [given]
    if isinstance(given, list) and given and all(isinstance(one, int) for one in given):
        given = [given]
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_INPUTS:
        raise Failure(400, f"Invalid 'input': 1 to {MAX_INPUTS} texts.", param="input")
    texts = [" ".join(map(str, one)) if isinstance(one, list) else one for one in given]
    for text in texts:
        if not isinstance(text, str) or not text:
            raise Failure(400, "Invalid 'input': input cannot be an empty string.", param="input")
        if _tokens(text) > MAX_INPUT_TOKENS:
            said = (
                f"This model's maximum context length is {MAX_INPUT_TOKENS} tokens, your input has {_tokens(text)}."
            )
            raise Failure(400, said, param="input", code="context_length_exceeded")
    return texts


def _usage(prompt: int, completion: int) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _tokens(text: str) -> int:
    """About four characters a token, as the platform's rule of thumb says."""
    return -(-len(text) // 4)


def _says(pattern: str, words: str) -> bool:
    return re.search(rf"(?<!\w)({pattern})(?!\w)", words) is not None


async def _unknown(request: web.Request) -> Json:
    raise Failure(404, f"Invalid URL ({request.method} /{request.match_info['tail']})")


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Failure(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise Failure(400, "We could not parse the JSON body of your request: it is not an object.")
    return body


def _no_model(name: str) -> Failure:
    said = f"The model `{name}` does not exist or you do not have access to it."
    return Failure(404, said, code="model_not_found")


def _error(failure: Failure) -> web.Response:
    error = {"message": failure.message, "type": failure.kind, "param": failure.param, "code": failure.code}
    return web.json_response({"error": error}, status=failure.status)
