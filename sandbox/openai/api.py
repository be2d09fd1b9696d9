"""The door of the played API: the key, the endpoint, and the answer in OpenAI's form."""

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.openai import chat, embeddings
from sandbox.openai.failure import Failure
from sandbox.openai.models import Models
from sandbox.world import Json, World

Endpoint = Callable[[web.Request], Awaitable[Json]]


class Api:
    """Answers `/openai/…`."""

    def __init__(self, world: World, models: Models) -> None:
        self.world = world
        self.models = models

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/openai/v1/models", self._door(self._listed)),
            web.get("/openai/v1/models/{id}", self._door(self._model)),
            web.post("/openai/v1/chat/completions", self._door(self._chat)),
            web.post("/openai/v1/embeddings", self._door(self._embeddings)),
            web.route("*", "/openai/{tail:.*}", self._door(_unknown)),
        ]

    def _door(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                self._check_key(request)
                response = web.json_response(await endpoint(request))
            except Failure as failure:
                response = failure.answer()
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

    async def _listed(self, _request: web.Request) -> Json:
        return self.models.listed()

    async def _model(self, request: web.Request) -> Json:
        return self.models.shown(request.match_info["id"])

    async def _chat(self, request: web.Request) -> Json:
        return chat.complete(self.models, await _read_body(request))

    async def _embeddings(self, request: web.Request) -> Json:
        return embeddings.embed(self.models, await _read_body(request))


async def _unknown(request: web.Request) -> Json:
    raise Failure(404, f"Invalid URL ({request.method} /{request.match_info['tail']})")


async def _read_body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Failure(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict):
        raise Failure(400, "We could not parse the JSON body of your request: it is not an object.")
    return body
