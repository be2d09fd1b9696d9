"""Files of the played workspace: files.* of the Web API, and the addresses they are fetched from and sent to."""

import base64
import mimetypes
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.slack.arguments import form_parts
from sandbox.slack.call import Call, Method
from sandbox.slack.refusal import Json, Refusal
from sandbox.slack.workspace import BOT_ID, BOT_USER, TEAM, Message, StoredFile, Workspace
from sandbox.world import World

SIGN_IN = "<!doctype html><title>Sign in | Slack</title><h1>Sign in to Sandbox</h1>"


def files_info(call: Call) -> Json:
    return {"file": _file(call, call.args.need("file")).shown, "comments": []}


def get_upload_url(call: Call) -> Json:
    name, length = call.args.need("filename"), call.args.number("length", 0, 1_000_000_000)
    stored = store(
        call.workspace,
        call.own_url,
        BOT_USER,
        name=name,
        content_type=guess(name),
        content=b"",
        complete=False,
    )
    stored.shown |= {"size": length, "alt_txt": call.args.text("alt_txt") or ""}
    file_id = stored.shown["id"]
    return {"upload_url": f"{call.own_url}/slack/files/upload/{file_id}", "file_id": file_id}


def complete_upload(call: Call) -> Json:
    """Makes uploaded files visible and, given a channel, shares them there in one message."""
    listed = call.args.structure("files")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise Refusal("invalid_arguments", "missing required field: files")
    stored = [_file(call, one.get("id")) for one in listed]
    for file, one in zip(stored, listed, strict=True):
        if len(file.content) != file.shown["size"]:
            raise Refusal("file_upload_size_restricted")
        file.complete = True
        file.shown["title"] = one.get("title") or file.shown["name"]
    shown = [file.shown for file in stored]
    wanted = call.args.text("channel_id") or call.args.text("channels")
    for channel_id in (wanted or "").split(",") if wanted else ():
        _share(call, channel_id, shown)
    return {"files": shown}


def _share(call: Call, channel_id: str, shown: list[Json]) -> None:
    channel = call.workspace.channel(channel_id)
    message = Message(
        ts=call.workspace.new_ts(),
        channel=channel.id,
        user=BOT_USER,
        text=call.args.text("initial_comment") or "",
        files=shown,
        thread_ts=call.args.text("thread_ts"),
        bot_id=BOT_ID,
        subtype="file_share",
    )
    channel.messages[message.ts] = message


def _file(call: Call, file_id: Any) -> StoredFile:
    stored = call.workspace.files.get(file_id) if isinstance(file_id, str) else None
    if stored is None:
        raise Refusal("file_not_found")
    return stored


def store(
    workspace: Workspace,
    own_url: str,
    user_id: str,
    *,
    name: str,
    content_type: str,
    content: bytes,
    complete: bool = True,
) -> StoredFile:
    """Keep a file and make its file object (docs.slack.dev, "File object")."""
    file_id = workspace.new_id("F")
    base = f"{own_url}/slack/files/{TEAM}-{file_id}"
    safe = quote(name.rsplit("/", 1)[-1], safe="")
    created = int(float(workspace.new_ts()))
    extension = name.rpartition(".")[2].lower() if "." in name else "binary"
    shown: Json = {
        "id": file_id,
        "created": created,
        "timestamp": created,
        "name": name,
        "title": name,
        "mimetype": content_type,
        "filetype": extension,
        "pretty_type": extension.upper(),
        "user": user_id,
        "user_team": TEAM,
        "editable": False,
        "size": len(content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "url_private": f"{base}/{safe}",
        "url_private_download": f"{base}/download/{safe}",
        "permalink": f"{own_url}/slack/files/{user_id}/{file_id}/{safe}",
        "file_access": "visible",
    }
    workspace.files[file_id] = StoredFile(shown, content, complete)
    return workspace.files[file_id]


def guess(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def bytes_of(file: Json) -> bytes:
    """What a control request says is in a file: text, base64, or only how much of it there is."""
    if file.get("content") is not None:
        return str(file["content"]).encode()
    if file.get("content_base64") is not None:
        return base64.b64decode(file["content_base64"])
    return b"\x00" * int(file.get("size") or 0)


class FileServer:
    """`/slack/files/…`: downloads for who has the token, uploads for who has the address."""

    def __init__(self, world: World, workspace: Workspace) -> None:
        self.world = world
        self.workspace = workspace

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/slack/files/sign-in", self.sign_in),
            web.get("/slack/files/{file}/{name}", self.download),
            web.get("/slack/files/{file}/download/{name}", self.download),
            web.post("/slack/files/upload/{id}", self.upload),
        ]

    async def sign_in(self, _request: web.Request) -> web.Response:
        return web.Response(text=SIGN_IN, content_type="text/html")

    async def download(self, request: web.Request) -> web.Response:
        """Without the token Slack does not refuse: it leads to a sign-in page."""
        if not self._is_known(request):
            raise web.HTTPFound("/slack/files/sign-in")
        stored = self.workspace.files.get(request.match_info["file"].removeprefix(f"{TEAM}-"))
        if stored is None:
            raise web.HTTPNotFound
        kind = stored.shown["mimetype"]
        return web.Response(body=stored.content, headers={"Content-Type": kind, "X-Content-Type-Options": "nosniff"})

    async def upload(self, request: web.Request) -> web.Response:
        stored = self.workspace.files.get(request.match_info["id"])
        if stored is None or stored.complete:
            raise web.HTTPNotFound
        stored.content = await self._sent(request)
        return web.Response(text=f"OK - {len(stored.content)}")

    async def _sent(self, request: web.Request) -> bytes:
        """The bytes as they are, or the first file of a form."""
        raw = await request.read()
        if request.content_type != "multipart/form-data":
            return raw
        for _name, content, is_file in form_parts(request.headers["Content-Type"], raw):
            if is_file:
                return content
        raise web.HTTPBadRequest

    def _is_known(self, request: web.Request) -> bool:
        token = self.world.settings.slack_bot_token.get_secret_value()
        return bool(token) and request.headers.get("Authorization") == f"Bearer {token}"


METHODS: dict[str, Method] = {
    "files.info": files_info,
    "files.getUploadURLExternal": get_upload_url,
    "files.completeUploadExternal": complete_upload,
}
