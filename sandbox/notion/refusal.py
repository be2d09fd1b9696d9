"""How the played Notion says no."""

import uuid

from aiohttp import web

from sandbox.notion import ids


class Failure(Exception):
    """An error Notion answers: HTTP status, code and message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> web.Response:
        body = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
            "request_id": str(uuid.uuid4()),
        }
        return web.json_response(body, status=self.status)


def invalid(message: str) -> Failure:
    return Failure(400, "validation_error", message)


def not_found(what: str, wanted: str) -> Failure:
    said = (
        f"Could not find {what} with ID: {ids.dashed(wanted)}. Make sure the relevant pages and databases are shared "
        "with your integration."
    )
    return Failure(404, "object_not_found", said)
