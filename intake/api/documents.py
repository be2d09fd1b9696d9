"""What the API says of itself: /openapi.json for programs, /docs for people."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache

from aiohttp import web

from intake.api import openapi, reference
from intake.api.openapi import Json
from intake.api.route import SAFE, Route


def of(endpoints: Sequence[Route]) -> web.RouteTableDef:
    """Each is made once, when somebody first asks: that takes a third of a second, which no start has to wait for."""

    @cache
    def document() -> Json:
        return openapi.document(endpoints)

    @cache
    def text() -> str:
        return json.dumps(document())

    @cache
    def page() -> str:
        return reference.page(document())

    routes = web.RouteTableDef()

    @routes.get("/openapi.json")
    async def serve_document(_request: web.Request) -> web.Response:
        return web.Response(text=await asyncio.to_thread(text), content_type="application/json", headers=SAFE)

    @routes.get("/docs")
    async def serve_page(_request: web.Request) -> web.Response:
        headers = SAFE | {"Content-Security-Policy": _policy()}
        return web.Response(text=await asyncio.to_thread(page), content_type="text/html", headers=headers)

    return routes


def _policy() -> str:
    """The page has its own style and nothing else; it asks nobody for anything."""
    digest = base64.b64encode(hashlib.sha256(reference.STYLE.encode()).digest()).decode()
    nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"{nothing}; style-src 'sha256-{digest}'"
