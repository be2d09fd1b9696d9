"""What is kept of a person, taken by the agent who was offered it in Slack: a page with one button, and the file.

The word of the offer stands behind the `#` of the link, so that no server, proxy or log on the way ever sees it in an
address, and whatever looks at links uses none up. The page puts it into a form.
"""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub import privacy
from intake.api.reporters import Export
from intake.api.route import SAFE
from runtime.refusals import explain
from runtime.serving import RUNTIME, read_body

HERE = Path(__file__).parent
PAGE = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
).get_template("exports.html")
STYLE = (HERE / "exports.css").read_text()
SCRIPT = "document.forms[0].elements.word.value = location.hash.slice(1)"
LARGEST_FORM = 1024
"""Bytes."""
FORM = frozenset({"application/x-www-form-urlencoded"})
routes = web.RouteTableDef()
log = structlog.get_logger(__name__)


@routes.get("/export")
async def show(_request: web.Request) -> web.Response:
    """The same for everybody: nothing is told or used up by looking."""
    return _page()


@routes.post("/export")
async def take(request: web.Request) -> web.StreamResponse:
    """A person reads why not, so that is a page, too."""
    answered = await explain(request, _file)
    if answered.status == 200 or not isinstance(answered, web.Response):
        return answered
    return _page(json.loads(answered.text or "")["error"]["message"], status=answered.status)


async def _file(request: web.Request) -> web.Response:
    form = parse_qs((await read_body(request, limit=LARGEST_FORM, accepts=FORM)).decode(errors="replace"))
    async with request.app[RUNTIME].db.transaction() as session:
        taken = await privacy.take(session, form.get("word", [""])[0], now=datetime.now(UTC))
    log.info("person_exported", reporter_id=str(taken.reporter_id), by=taken.by.id)
    name = f"person-{taken.reporter_id}.json"
    return web.Response(
        text=Export(**taken.content).model_dump_json(indent=2),
        content_type="application/json",
        headers=SAFE | {"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(refusal: str = "", *, status: int = 200) -> web.Response:
    text = PAGE.render(refusal=refusal, style=STYLE, script=SCRIPT)
    headers = SAFE | {"Content-Security-Policy": _policy()}
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def _policy() -> str:
    """Its own style, its one line of script, and its form back to us."""
    nothing = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    return f"{nothing}; form-action 'self'; style-src {_digest(STYLE)}; script-src {_digest(SCRIPT)}"


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
