"""What the token may do and what its business account has: numbers and templates."""

from aiohttp import web

from sandbox.whatsapp.account import BUSINESS_ID, DISPLAY_NUMBER, Account
from sandbox.whatsapp.graph import no_such_object, wrong_parameter
from sandbox.whatsapp.templates import codes
from sandbox.world import Json, World

PERMISSIONS = {
    "all": ("whatsapp_business_management", "whatsapp_business_messaging"),
    "messages": ("whatsapp_business_messaging",),
}
"""By switch, what the token was granted."""
STATUSES = {"approved": "APPROVED", "paused": "PAUSED", "disabled": "DISABLED"}


class Business:
    """One business account with one number and one template, approved unless the switch says otherwise."""

    def __init__(self, world: World, account: Account) -> None:
        self.world = world
        self.account = account

    def routes(self) -> list[web.RouteDef]:
        version = r"/whatsapp/{version:v\d+\.\d+}"
        return [
            web.get(f"{version}/debug_token", self.token),
            web.get(f"{version}/{{id}}/phone_numbers", self.numbers),
            web.get(f"{version}/{{id}}/message_templates", self.templates),
        ]

    async def token(self, request: web.Request) -> web.Response:
        """Checking for granted permissions (Permissions)."""
        if not request.query.get("input_token"):
            raise wrong_parameter("The parameter input_token is required.")
        scopes = PERMISSIONS[self.account.switches.permissions]
        known: Json = {
            "app_id": "634974688087057",
            "type": "SYSTEM_USER",
            "application": "Sandbox",
            "expires_at": 0,
            "is_valid": True,
            "scopes": list(scopes),
            "granular_scopes": [{"scope": scope, "target_ids": [BUSINESS_ID]} for scope in scopes],
        }
        return web.json_response({"data": known})

    async def numbers(self, request: web.Request) -> web.Response:
        self._check(request)
        number = {"id": self.account.phone_id, "display_phone_number": DISPLAY_NUMBER, "verified_name": "Sandbox"}
        return web.json_response({"data": [number]})

    async def templates(self, request: web.Request) -> web.Response:
        """Message templates, `?name=` those whose name has it in it."""
        self._check(request)
        settings, status = self.world.settings, STATUSES.get(self.account.switches.template)
        name = settings.whatsapp_template
        wanted = status is not None and request.query.get("name", "") in name
        languages = sorted(codes(settings.whatsapp_template_language)) if wanted else []
        rows = [
            {"name": name, "language": language, "status": status, "category": "UTILITY"} for language in languages
        ]
        return web.json_response({"data": rows})

    def _check(self, request: web.Request) -> None:
        if request.match_info["id"] != BUSINESS_ID:
            raise no_such_object(request.match_info["id"], "get")
