"""How the played OpenAI says no."""

from aiohttp import web


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

    def answer(self) -> web.Response:
        error = {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}
        return web.json_response({"error": error}, status=self.status)


def invalid(param: str, message: str, *, code: str | None = None) -> Failure:
    return Failure(400, message, param=param, code=code)
