"""What `python -m bot check` tries in Intercom: the token, whose it is, and the teammate who replies."""

from collections.abc import Sequence
from functools import partial

from platforms.checking import Finding, Probe, ok, wrong
from platforms.intercom.client import IntercomClient
from platforms.payload import child, find_identifier, words


def probes(client: IntercomClient, *, admin_id: str, app_id: str) -> Sequence[Probe]:
    return [partial(_token, client, app_id), partial(_admin, client, admin_id)]


async def _token(client: IntercomClient, app_id: str) -> list[Finding]:
    """Deliveries of another app than INTERCOM_APP_ID names are not taken."""
    me = await client.me()
    app = find_identifier(child(me, "app"), "id_code")
    named = f"The token is that of {words(me, 'name') or 'a teammate'} in the workspace {app or 'it does not name'}."
    if app_id and app and app != app_id:
        return [wrong(f"{named} INTERCOM_APP_ID says {app_id}, so nothing of it would be taken: set it to {app}.")]
    return [ok(named)]


async def _admin(client: IntercomClient, admin_id: str) -> list[Finding]:
    if not admin_id:
        return [wrong("Nobody can be answered: set INTERCOM_ADMIN_ID to the id of the teammate who replies.")]
    admin = await client.admin(admin_id)
    if admin is None:
        return [wrong(f"There is no teammate {admin_id}: set INTERCOM_ADMIN_ID to the id of one who is there.")]
    return [ok(f"Replies are written by the teammate {words(admin, 'name') or admin_id}.")]
