"""Plays an OpenAI-compatible server whose model is a few rules: the same words always get the same answer."""

from aiohttp import web

from sandbox.openai.api import Api
from sandbox.openai.failure import Failure
from sandbox.openai.models import Models
from sandbox.world import BadInput, Json, World, readable


class OpenAI:
    """Chat completions, embeddings and the list of models, for one key."""

    name = "openai"

    def __init__(self, world: World) -> None:
        self.models = Models()
        self._api = Api(world, self.models)

    def routes(self) -> list[web.RouteDef]:
        return self._api.routes()

    def control_routes(self) -> list[web.RouteDef]:
        return [web.post("/_control/openai", self._retire)]

    async def report(self, body: Json) -> tuple[int, str | None]:
        raise BadInput(f"Nobody reports on OpenAI, so there is nothing to send for {body.get('from')!r}.")

    def rate_limited(self, retry_after: float | None) -> web.Response:
        said = "Rate limit reached for requests. Please try again later."
        answer = Failure(429, said, code="rate_limit_exceeded", kind="requests").answer()
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        said = "The server had an error while processing your request. Sorry about that!"
        return Failure(500, said, kind="server_error").answer()

    def refused(self, code: str, status: int | None) -> web.Response:
        return Failure(status or 400, "A switch of the sandbox refuses this.", code=code).answer()

    def state(self) -> Json:
        """A model remembers nothing."""
        return {}

    def restore(self, state: Json) -> None:
        self.models.retired = set()

    async def _retire(self, request: web.Request) -> web.Response:
        """`{"retired": [models]}`: these answer 404 from now on, all others are served."""
        raw = await request.read()
        body = readable(raw) if raw else {}
        retired = body.get("retired", []) if isinstance(body, dict) else None
        if not isinstance(retired, list) or not all(isinstance(name, str) for name in retired):
            raise BadInput('"retired" has to be a list of names of models.')
        self.models.retired = set(retired)
        return web.json_response({"retired": sorted(self.models.retired), "served": self.models.served()})
