"""How the played Slack says no."""

from typing import Any

Json = dict[str, Any]


class Refusal(Exception):
    """A Web API error: HTTP 200 with `{"ok": false, "error": code}` and what else Slack tells."""

    def __init__(self, code: str, *messages: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.messages = list(messages)
        self.more = more

    def body(self) -> Json:
        body: Json = {"ok": False, "error": self.code, **self.more}
        if self.messages:
            body["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.messages]}
            body["errors"] = self.messages
        return body


class TooFast(Exception):
    """A Web API call beyond its rate limit: HTTP 429, to be tried again in so many seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class NotThere(Exception):
    """A person was to press or read something that is not on their screen; the message is a sentence."""
