"""A Slack app of the tests' own: `python -m tests.browser.toy_app PORT SANDBOX_URL TOKEN`. Imports nothing of ours.

It keeps what it is told under GET /told, and answers `/feedback WORD` with the window or message called so.
"""

import asyncio
import json
import sys
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

Json = dict[str, Any]
CITIES = ("Berlin", "Bergen", "Bern", "Lisbon")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": plain(text), **more}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": text, **more}


def entry(label: str, kind: str, **element: Any) -> Json:
    """An input; block and action are called as it is labelled."""
    name = label.lower()
    shown = {"type": kind, "action_id": name, **element}
    return {"type": "input", "block_id": name, "label": plain(label), "element": shown, "optional": True}


def options(*words: str) -> list[Json]:
    return [{"text": plain(word), "value": word.lower()} for word in words]


def window(title: str, *blocks: Json, submit: str | None = "Save", **more: Any) -> Json:
    sent = {"submit": plain(submit)} if submit else {}
    return {"type": "modal", "title": plain(title), "close": plain("Cancel"), "blocks": list(blocks), **sent, **more}


def level(number: int) -> Json:
    deeper = {"type": "actions", "elements": [button("Deeper", f"push:{number + 1}")]}
    return window(f"Level {number}", entry(f"Note {number}", "plain_text_input"), deeper)


CONFIRM = {
    "title": plain("Delete it?"),
    "text": plain("It is gone then."),
    "confirm": plain("Delete it"),
    "deny": plain("Keep it"),
    "style": "danger",
}
SELECT = {"type": "external_select", "action_id": "city", "min_query_length": 2, "placeholder": plain("A city")}
CARD = [
    section("A card"),
    {
        "type": "actions",
        "block_id": "card",
        "elements": [
            button("Delete", "delete", style="danger", confirm=CONFIRM),
            {"type": "overflow", "action_id": "more", "options": options("Archive", "Pin")},
            {"type": "static_select", "action_id": "state", "options": options("Open", "Done"), "confirm": CONFIRM},
            button("Open a window", "push:1"),
        ],
    },
]
KINDS = (
    entry("Line", "plain_text_input"),
    entry("Text", "plain_text_input", multiline=True),
    entry("Number", "number_input", is_decimal_allowed=True),
    entry("Email", "email_text_input"),
    entry("Address", "url_text_input"),
    entry("Date", "datepicker"),
    entry("Time", "timepicker"),
    entry("Moment", "datetimepicker"),
    entry("One", "static_select", options=options("Red", "Green")),
    entry("Several", "multi_static_select", options=options("Red", "Green", "Blue")),
    entry("Person", "users_select"),
    entry("Ticked", "checkboxes", options=options("Red", "Green", "Blue")),
    entry("Picked", "radio_buttons", options=options("Red", "Green")),
    entry("Files", "file_input"),
)
WINDOWS = {
    "stack": level(1),
    "loading": window("Loading", section("One moment…"), submit=None),
    "checked": window("Checked", entry("Words", "plain_text_input"), entry("Other", "plain_text_input")),
    "kinds": window("Everything", *KINDS),
    "city": window("Where to", {**entry("City", "external_select"), "optional": False, "element": SELECT}),
}
LOADED = window("Loaded", entry("Name", "plain_text_input"))
REFUSED = [{"type": "actions", "elements": []}]


class Toy:
    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.told: list[Json] = []
        self.homes = 0
        self._later: set[asyncio.Task[Any]] = set()

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.text()
        body = (
            json.loads(raw)
            if request.content_type == "application/json"
            else dict(parse_qsl(raw, keep_blank_values=True))
        )
        payload: Json = json.loads(body["payload"]) if "payload" in body else body
        self.told.append(payload)
        kind = payload.get("type")
        if kind == "block_suggestion":
            return self.suggest(payload)
        if kind == "view_submission":
            return self.submitted(payload)
        if kind == "block_actions":
            await self.pressed(payload)
        elif payload.get("command"):
            return await self.command(payload)
        elif payload.get("event", {}).get("type") == "app_home_opened":
            self.later(self.show_home(payload["event"]["user"]))
        return web.Response()

    async def command(self, payload: Json) -> web.Response:
        word = payload["text"]
        if word in WINDOWS:
            opened = await self.api("views.open", trigger_id=payload["trigger_id"], view=WINDOWS[word])
            if word == "loading":
                self.later(self.load(opened["view"]["id"]))
        elif word == "whisper":
            await self.api("chat.postEphemeral", channel=payload["channel_id"], user=payload["user_id"], text="Psst!")
        elif word == "refused":
            await self.api("chat.postMessage", channel=payload["channel_id"], text="x", blocks=REFUSED)
        elif word == "slow":
            await asyncio.sleep(1)
        return web.Response()

    async def load(self, view_id: str) -> None:
        await asyncio.sleep(0.7)
        await self.api("views.update", view_id=view_id, view=LOADED)

    async def pressed(self, payload: Json) -> None:
        action_id = payload["actions"][0]["action_id"]
        if action_id.startswith("push:"):
            method = "views.push" if payload.get("view", {}).get("type") == "modal" else "views.open"
            await self.api(method, trigger_id=payload["trigger_id"], view=level(int(action_id[-1])))

    def submitted(self, payload: Json) -> web.Response:
        values = payload["view"]["state"]["values"]
        if values.get("words", {}).get("words", {}).get("value") == "wrong":
            return web.json_response({"response_action": "errors", "errors": {"words": "Not these words."}})
        return web.Response()

    def suggest(self, payload: Json) -> web.Response:
        typed = payload["value"].lower()
        if typed == "fail":
            return web.Response(status=500)
        return web.json_response({"options": options(*(city for city in CITIES if city.lower().startswith(typed)))})

    async def show_home(self, user: str) -> None:
        self.homes += 1
        select = {**SELECT, "min_query_length": 0}
        view = {"type": "home", "blocks": [section(f"Drawn {self.homes} times"), section("Where", accessory=select)]}
        await self.api("views.publish", user_id=user, view=view)

    def later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def api(self, method: str, **arguments: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/slack/api/{method}", json=arguments, headers=headers) as answer,
        ):
            return await answer.json()


def main() -> None:
    port, url, token = sys.argv[1:]
    toy = Toy(url, token)
    app = web.Application(client_max_size=20 * 1024 * 1024)
    app.add_routes([web.post("/slack/events", toy.take), web.get("/told", lambda _: _answer(toy.told))])
    web.run_app(app, host="127.0.0.1", port=int(port), print=None)


async def _answer(told: list[Json]) -> web.Response:
    return web.json_response(told)


if __name__ == "__main__":
    main()
