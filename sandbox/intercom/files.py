"""Files of the played workspace: attached to parts, and fetched from their address."""

import re
import secrets
from urllib.parse import quote

from aiohttp import web

from sandbox.intercom.workspace import Workspace
from sandbox.world import Json, Upload, World


class FileServer:
    """`/intercom/uploads/…`"""

    def __init__(self, world: World, workspace: Workspace) -> None:
        self.world = world
        self.workspace = workspace

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/intercom/uploads/{id}/{name}", self.download)]

    def attach(self, upload: Upload) -> Json:
        key = secrets.token_urlsafe(18)
        self.workspace.uploads[key] = upload
        return {
            "type": "upload",
            "name": upload.name,
            "url": f"{self.world.own_url}/intercom/uploads/{key}/{quote(upload.name, safe='')}",
            "content_type": upload.content_type,
            "filesize": len(upload.content),
        }

    async def download(self, request: web.Request) -> web.Response:
        """Attachment URLs need no token; the long id in them is the secret."""
        upload = self.workspace.uploads.get(request.match_info["id"])
        if upload is None or upload.name != request.match_info["name"]:
            raise web.HTTPNotFound
        headers = {"Content-Type": _header(upload.content_type), "Content-Disposition": "attachment"}
        return web.Response(body=upload.content, headers=headers)


def _header(value: str) -> str:
    return value if re.fullmatch(r"[\w.+-]+/[\w.+-]+(; ?[\w=.-]+)*", value) else "application/octet-stream"
