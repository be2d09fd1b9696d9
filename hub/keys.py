"""Keys of the REST API: made and shown once, let in while they hold, revoked."""

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from hub.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from hub.timeline import Actor, agent
from storage import api_keys
from storage.database import settled
from storage.enums import Scope
from storage.models import ApiKey

PREFIX = "hub_"
"""By which people, and what looks for secrets in logs and commits, know one."""
WANTED = "Send an API key as `Authorization: Bearer <key>`."
UNKNOWN = "Nobody has this API key: send it whole, or have a new one made."
BYTES = 32
BOOTSTRAP = "bootstrap"
"""The name of the key that is a setting."""
SEEN_EVERY = timedelta(minutes=1)
"""When a key was last used is not written more often."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}")


@dataclass(frozen=True, slots=True)
class Holder:
    """Who shows a key, and what they may do."""

    name: str
    scopes: frozenset[Scope]

    @property
    def id(self) -> str:
        """As histories write it."""
        return _id(self.name)

    @property
    def actor(self) -> Actor:
        return agent(self.id)

    def require(self, scope: Scope) -> None:
        if scope not in self.scopes:
            raise Forbidden(f"This key may not do that: it needs the scope {scope}.", scope=scope)


async def create(
    session: AsyncSession, name: str, *, scopes: Collection[Scope], lasts: timedelta | None = None
) -> tuple[ApiKey, str]:
    """The key and its text, which is kept nowhere."""
    if name == BOOTSTRAP:
        raise Invalid(f"“{name}” cannot be a key's name: it is that of HUB_API_KEY.", field="name")
    if not _NAME.fullmatch(name):
        shown = name.encode("utf-8", "replace").decode()
        raise Invalid(
            f"“{shown}” cannot be a key's name: take up to 50 small letters, digits, dots, dashes or underscores.",
            field="name",
        )
    if not scopes:
        raise Invalid(f"Say what the key may do: {', '.join(Scope)}.", field="scopes")
    if await api_keys.find_by_name(session, name):
        raise Conflict(f"There has been a key called {name}; names say who did something, so they are not reused.")
    text = PREFIX + secrets.token_urlsafe(BYTES)
    key = ApiKey(
        name=name,
        digest=digest(text),
        scopes=sorted(set(scopes)),
        expires_at=datetime.now(UTC) + lasts if lasts else None,
    )
    session.add(key)
    return await settled(session, key), text


async def every(session: AsyncSession) -> Sequence[ApiKey]:
    """The newest first."""
    return await api_keys.every(session)


async def revoke(session: AsyncSession, name: str) -> ApiKey:
    """From now on it lets nobody in."""
    key = await api_keys.find_by_name(session, name) if _NAME.fullmatch(name) else None
    if key is None:
        raise NotFound(f"There is no key called {name.encode('utf-8', 'replace').decode()}.")
    if key.revoked_at is None:
        key.revoked_at = datetime.now(UTC)
    return key


async def admit(session: AsyncSession, text: str, *, now: datetime) -> Holder:
    """Unauthorized."""
    key = await api_keys.find_by_digest(session, digest(text))
    if key is None:
        raise Unauthorized(UNKNOWN)
    if key.revoked_at is not None:
        raise Unauthorized("This key was revoked.", whose=_id(key.name))
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthorized("This key has expired; have a new one made.", whose=_id(key.name))
    if key.last_used_at is None or now - key.last_used_at >= SEEN_EVERY:
        await api_keys.used(session, key.id)
    return Holder(key.name, frozenset(Scope(scope) for scope in key.scopes))


def _id(name: str) -> str:
    return f"api:{name}"


def digest(text: str) -> bytes:
    """Keys are long and random: nothing slower is needed (OWASP, "API keys")."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
