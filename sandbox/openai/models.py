"""The models that can be asked for, and which of them are served."""

from collections.abc import Container
from typing import NamedTuple

from sandbox.openai.failure import Failure
from sandbox.world import Json

CREATED = 1_750_000_000

Efforts = tuple[str, ...]
UP_TO_HIGH: Efforts = ("none", "low", "medium", "high")
UP_TO_XHIGH: Efforts = (*UP_TO_HIGH, "xhigh")
UP_TO_MAX: Efforts = (*UP_TO_XHIGH, "max")
MINIMAL: Efforts = ("minimal", "low", "medium", "high")
NOT_NONE: Efforts = ("low", "medium", "high", "xhigh", "max")


class ChatModel(NamedTuple):
    """Shut-down date and the reasoning efforts a model takes; none: it does not reason (deprecations page)."""

    shutdown_date: str | None
    efforts: Efforts


CHAT_MODELS = {
    "gpt-4.1": ChatModel("2027-01-14", ()),
    "gpt-4.1-mini": ChatModel("2027-01-14", ()),
    "gpt-4o": ChatModel("2027-01-14", ()),
    "gpt-4o-mini": ChatModel("2027-01-14", ()),
    "o3": ChatModel("2026-12-11", ("low", "medium", "high")),
    "gpt-5": ChatModel("2026-12-11", MINIMAL),
    "gpt-5-mini": ChatModel("2026-12-11", MINIMAL),
    "gpt-5-nano": ChatModel("2026-12-11", MINIMAL),
    "gpt-5.1": ChatModel("2027-04-01", UP_TO_HIGH),
    "gpt-5.4": ChatModel(None, UP_TO_XHIGH),
    "gpt-5.4-mini": ChatModel(None, UP_TO_XHIGH),
    "gpt-5.4-nano": ChatModel("2027-04-01", UP_TO_XHIGH),
    "gpt-5.5": ChatModel(None, UP_TO_XHIGH),
    "gpt-5.6-sol": ChatModel(None, UP_TO_XHIGH),
    "gpt-5.6-terra": ChatModel(None, UP_TO_XHIGH),
    "gpt-5.6-luna": ChatModel(None, UP_TO_XHIGH),
    "gpt-6-sol": ChatModel(None, UP_TO_MAX),
    "gpt-6-luna": ChatModel(None, UP_TO_MAX),
    "gpt-6-astra": ChatModel(None, NOT_NONE),
    "gpt-6.1-sol": ChatModel(None, NOT_NONE),
    "gpt-6.1-terra": ChatModel(None, UP_TO_MAX),
    "gpt-6.2-sol": ChatModel(None, UP_TO_MAX),
    "gpt-6.2-astra": ChatModel(None, NOT_NONE),
}
EMBEDDING_MODELS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
"""The most dimensions a model gives."""


class Models:
    def __init__(self) -> None:
        self.retired: set[str] = set()

    def served(self) -> list[str]:
        return [name for name in (*CHAT_MODELS, *EMBEDDING_MODELS) if name not in self.retired]

    def listed(self) -> Json:
        return {"object": "list", "data": [_shown(name) for name in self.served()]}

    def shown(self, name: str) -> Json:
        self._check_served(name)
        return _shown(name)

    def named_in(self, body: Json, fitting: Container[str]) -> str:
        """The model a request asks for; Failure unless it is served and one of the `fitting`."""
        name = body.get("model")
        if not isinstance(name, str) or not name:
            raise Failure(400, "you must provide a model parameter")
        self._check_served(name)
        if name not in fitting:
            raise Failure(404, f"The model {name} does not serve this endpoint.", param="model")
        return name

    def _check_served(self, name: str) -> None:
        if name not in self.served():
            said = f"The model `{name}` does not exist or you do not have access to it."
            raise Failure(404, said, code="model_not_found")


def _shown(name: str) -> Json:
    shutdown = CHAT_MODELS[name].shutdown_date if name in CHAT_MODELS else None
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "sandbox", "shutdown_date": shutdown}
