"""What `python -m bot check` tries in WhatsApp: the number, what the token may do, and the template."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from pydantic import SecretStr

from hub.channel import Json
from hub.wording import listed
from platforms.checking import Finding, Probe, note, ok, wrong
from platforms.errors import Refused
from platforms.payload import children, items, whole, words
from platforms.whatsapp.client import WhatsAppClient

MANAGES, WRITES = "whatsapp_business_management", "whatsapp_business_messaging"
"""Meta's "Permissions": looking at templates takes the one, messages in both directions the other."""

NO_SUCH_OBJECT = "100"


class Given(Protocol):
    """What of the settings is tried."""

    @property
    def whatsapp_phone_number_id(self) -> str: ...
    @property
    def whatsapp_verify_token(self) -> SecretStr: ...
    @property
    def whatsapp_template(self) -> str: ...
    @property
    def whatsapp_template_language(self) -> str: ...


def probes(client: WhatsAppClient, given: Given) -> Sequence[Probe]:
    number = given.whatsapp_phone_number_id
    return [
        partial(_permissions, client),
        partial(_number, client, number),
        partial(_template, client, given, number),
        partial(_webhook, given),
    ]


async def _number(client: WhatsAppClient, number: str) -> list[Finding]:
    if not number:
        return [wrong("No number is ours: set WHATSAPP_PHONE_NUMBER_ID to the id Meta gave it.")]
    try:
        facts = await client.number(number)
    except Refused as refused:
        if refused.code != NO_SUCH_OBJECT:
            raise
        return [wrong(f"The token cannot read the number {number}: look at WHATSAPP_PHONE_NUMBER_ID.")]
    named = words(facts, "display_phone_number") or number
    return [ok(f"The number {named} ({words(facts, 'verified_name') or 'it has no name yet'}) can be read.")]


async def _permissions(client: WhatsAppClient) -> list[Finding]:
    granted = await client.granted()
    missing = [scope for scope in (WRITES, MANAGES) if scope not in items(granted, "scopes")]
    findings = [ok("The token may write messages and look at templates.")]
    if missing:
        findings = [wrong(f"The token lacks {listed(missing)}: make one that has both and set WHATSAPP_API_TOKEN.")]
    ends = whole(granted, "expires_at")
    if ends:
        day = datetime.fromtimestamp(ends, UTC)
        findings.append(note(f"The token ends on {day:%d %B %Y}; one of a system user can be made that does not."))
    return findings


async def _template(client: WhatsAppClient, given: Given, number: str) -> list[Finding]:
    """Of the business account that has our number: nothing else may be sent outside of 24 hours."""
    business = await _business_of(client, number)
    if business is None:
        return [note("Meta does not say whose the number is, so its templates cannot be looked at from here.")]
    name = given.whatsapp_template
    found = {words(one, "language"): words(one, "status") for one in await client.templates(business, name)}
    wanted = [code.strip() for code in given.whatsapp_template_language.split(",") if code.strip()]
    return [_in_language(name, code, found.get(code)) for code in wanted]


def _in_language(name: str, code: str, status: str | None) -> Finding:
    if status is None:
        return wrong(
            f"There is no template {name} in {code}: have one approved, or change WHATSAPP_TEMPLATE_LANGUAGE."
        )
    if status != "APPROVED":
        return wrong(
            f"The template {name} in {code} cannot be sent, Meta has it as {status.lower()}: look at it there."
        )
    return ok(f"The template {name} is approved in {code}.")


async def _business_of(client: WhatsAppClient, number: str) -> str | None:
    candidates = _managed(await client.granted())
    if len(candidates) <= 1:
        return next(iter(candidates), None)
    for candidate in candidates:
        if number in await client.numbers(candidate):
            return candidate
    return None


def _managed(granted: Json) -> list[str]:
    """Business accounts the token manages; newest first."""
    scopes = [one for one in children(granted, "granular_scopes") if words(one, "scope") == MANAGES]
    return [str(target) for one in scopes for target in items(one, "target_ids") if str(target).isdigit()]


async def _webhook(given: Given) -> list[Finding]:
    """Nobody can try the app secret but Meta."""
    if not given.whatsapp_verify_token.get_secret_value():
        return [
            note(
                "Meta's handshake is refused while WHATSAPP_VERIFY_TOKEN is not set; once it is done none is needed."
            )
        ]
    return [ok("There is an app secret and a verify token; whether they are right shows with the first delivery.")]
