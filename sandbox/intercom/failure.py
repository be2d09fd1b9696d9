"""How the played Intercom says no."""

from uuid import uuid4

from aiohttp import web


class Failure(Exception):
    """An error Intercom answers: HTTP status, code and message of its error.list."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> web.Response:
        body = {
            "type": "error.list",
            "request_id": str(uuid4()),
            "errors": [{"code": self.code, "message": self.message}],
        }
        return web.json_response(body, status=self.status)


def invalid(message: str) -> Failure:
    return Failure(400, "parameter_invalid", message)


def not_found(message: str = "Resource Not Found") -> Failure:
    return Failure(404, "not_found", message)
