"""How the played Notion says no."""

import uuid

from aiohttp import web

from sandbox.notion import ids


class Failure(Exception):
    """An error Notion answers: HTTP status, code and message, and Retry-After in seconds."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.retry_after = status, code, message, retry_after

    def answer(self) -> web.Response:
        body = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "request_id": str(uuid.uuid4()),
        }
        headers = {} if self.retry_after is None else {"Retry-After": f"{self.retry_after:g}"}
        return web.json_response(body, status=self.status, headers=headers)


def rate_limited(retry_after: float | None) -> Failure:
    said = "You have been rate limited. Please try again in a few minutes."
    return Failure(429, "rate_limited", said, retry_after=retry_after)


def invalid(message: str) -> Failure:
    return Failure(400, "validation_error", message)


def not_found(what: str, wanted: str) -> Failure:
    said = (
        f"Could not find {what} with ID: {ids.dashed(wanted)}. Make sure the relevant pages and databases are shared "
        "with your integration."
    )
    return Failure(404, "object_not_found", said)
