"""Media of the played number: an id gives an address, the address gives the content."""

import re
import secrets
from datetime import timedelta

from aiohttp import web

from sandbox.whatsapp.account import DISPLAY_NUMBER, Account
from sandbox.whatsapp.graph import no_such_object
from sandbox.world import World

MEDIA_ID_LIFE = timedelta(days=7)
MEDIA_URL_LIFE = timedelta(minutes=5)


class MediaServer:
    def __init__(self, world: World, account: Account) -> None:
        self.world = world
        self.account = account

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/whatsapp/media/{token}", self.download),
            web.get(r"/whatsapp/{version:v\d+\.\d+}/{id}", self.address),
        ]

    async def address(self, request: web.Request) -> web.Response:
        """The number's own facts, or media (reference): ids live seven days, the address they give five minutes."""
        if request.match_info["id"] == self.account.phone_id:
            facts = {"id": self.account.phone_id, "display_phone_number": DISPLAY_NUMBER, "verified_name": "Sandbox"}
            return web.json_response(facts)
        media = self.account.media.get(request.match_info["id"])
        asked = request.query.get("phone_number_id", self.account.phone_id)
        if media is None or asked != self.account.phone_id or self.world.now() - media.at >= MEDIA_ID_LIFE:
            raise no_such_object(request.match_info["id"], "get")
        token = secrets.token_urlsafe(24)
        self.account.urls[token] = (media, self.world.now())
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"{self.world.own_url}/whatsapp/media/{token}",
                "mime_type": media.upload.content_type,
                "sha256": media.sha256,
                "file_size": len(media.upload.content),
                "id": media.id,
            }
        )

    async def download(self, request: web.Request) -> web.Response:
        media, given = self.account.urls.get(request.match_info["token"], (None, self.world.now()))
        if media is None or self.world.now() - given >= MEDIA_URL_LIFE:
            raise web.HTTPNotFound
        kind = media.upload.content_type
        named = kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "application/octet-stream"
        return web.Response(body=media.upload.content, headers={"Content-Type": named})
