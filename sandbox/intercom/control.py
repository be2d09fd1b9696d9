"""The control endpoints of the played Intercom."""

from aiohttp import web

from sandbox.intercom.conversation import Conversation
from sandbox.intercom.deliveries import Deliveries
from sandbox.intercom.workspace import Workspace
from sandbox.world import Json


class Control:
    """`/_control/intercom/…`"""

    def __init__(self, workspace: Workspace, deliveries: Deliveries) -> None:
        self.workspace = workspace
        self.deliveries = deliveries

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_control/intercom/conversations", self.conversations),
            web.post("/_control/intercom/ping", self.ping),
        ]

    async def conversations(self, _request: web.Request) -> web.Response:
        """Every conversation as people see it: who wrote what, oldest first."""
        return web.json_response({"data": [_row(one) for one in self.workspace.conversations.values()]})

    async def ping(self, _request: web.Request) -> web.Response:
        """What Intercom sends when a webhook is tested: no id, and a message instead of an item."""
        status = await self.deliveries.notify("ping", {"type": "ping", "message": "something something interzen"})
        return web.json_response({"status": status})


def _row(conversation: Conversation) -> Json:
    contact = conversation.contact
    return {
        "id": conversation.id,
        "contact": {"id": contact.id, "name": contact.name, "email": contact.email},
        "messages": [
            {"id": part.id, "author": part.author, "text": part.text, "attachments": part.attachments}
            for part in conversation.all_parts
        ],
    }
