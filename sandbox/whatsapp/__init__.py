"""Plays WhatsApp's Cloud API as its documentation describes it: sends, receipts, media and webhooks."""

from datetime import timedelta

from aiohttp import web

from sandbox.whatsapp import conversation
from sandbox.whatsapp.account import Account
from sandbox.whatsapp.business import Business
from sandbox.whatsapp.control import Control
from sandbox.whatsapp.conversation import Line
from sandbox.whatsapp.graph import Failure, error, guarded, unknown
from sandbox.whatsapp.media import MediaServer
from sandbox.whatsapp.people import Person
from sandbox.whatsapp.reports import Reports
from sandbox.whatsapp.sending import Sending, too_many_from_number
from sandbox.whatsapp.webhooks import Webhooks
from sandbox.world import Json, World


class WhatsApp:
    """One business number, the people who write to it and what it sent them."""

    name = "whatsapp"

    def __init__(self, world: World) -> None:
        self.account = Account(world)
        webhooks = Webhooks(world, self.account)
        self._token = world.settings.whatsapp_api_token.get_secret_value()
        self._reports = Reports(world, self.account, webhooks)
        self._sending = Sending(world, self.account, webhooks)
        self._media = MediaServer(world, self.account)
        self._business = Business(world, self.account)
        self._control = Control(self.account, webhooks)

    def routes(self) -> list[web.RouteDef]:
        parts = (self._business, self._media, self._sending)
        endpoints = [
            *(each for part in parts for each in part.routes()),
            web.route("*", "/whatsapp/{tail:.*}", unknown),
        ]
        return [web.route(one.method, one.path, guarded(self._token, one.handler), **one.kwargs) for one in endpoints]

    def control_routes(self) -> list[web.RouteDef]:
        return self._control.routes()

    async def report(self, body: Json) -> tuple[int, str | None]:
        """A message of that person; several files are several messages of one delivery."""
        return await self._reports.play(body)

    def rate_limited(self, retry_after: float | None) -> web.Response:
        answer = error(too_many_from_number())
        if retry_after is not None:
            answer.headers["Retry-After"] = f"{retry_after:g}"
        return answer

    def broken(self) -> web.Response:
        return error(Failure(500, 131000, "Something went wrong", "Message failed to send due to an unknown error."))

    def refused(self, code: str, status: int | None) -> web.Response:
        return error(Failure(status or 400, int(code), "Refused", "A switch of the sandbox refuses this."))

    def contacts(self) -> list[Person]:
        """Everybody once, who wrote last first."""
        return conversation.contacts(self.account)

    def conversation(self, person: Person) -> list[Line]:
        """What went both ways, oldest first."""
        return conversation.lines(self.account, person)

    def window_left(self, person: Person) -> timedelta | None:
        """What is left of the customer service window by the sandbox's clock; None when it is closed."""
        return self.account.window_left(person)

    def state(self) -> Json:
        return self.account.state()

    def restore(self, state: Json) -> None:
        self.account.restore(state)
