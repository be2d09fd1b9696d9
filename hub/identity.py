"""Who is speaking: by e-mail first, then by platform id."""

import re
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from hub import merging
from hub.channel import Profile
from hub.timeline import SYSTEM
from storage import reporters
from storage.accounts import has_digits_of_a_phone, is_account
from storage.database import NO_KEY
from storage.models import Reporter, ReporterIdentity
from storage.sealed import known_by

NAME_LENGTH = 200
_PHONE = re.compile(r"[+(]?[0-9][0-9 ().\-/]{3,39}")
_ADDRESS = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,255}")


def address(written: str | None) -> str | None:
    """An e-mail address as it is kept, or None for what is none."""
    email = (written or "").strip().lower()
    return email if _ADDRESS.fullmatch(email) else None


def phone(written: str | None) -> str | None:
    """A telephone number as people write it, or None for what is none: profiles are free text."""
    number = (written or "").strip()
    return number if _PHONE.fullmatch(number) and has_digits_of_a_phone(number) else None


async def reporter_of(session: AsyncSession, platform: str, account_id: str) -> str | None:
    """The id events name this account's person by."""
    reporter_id = await session.scalar(select(ReporterIdentity.reporter_id).where(is_account(platform, account_id)))
    return str(reporter_id) if reporter_id else None


async def by_hand(
    session: AsyncSession, *, channel: str, name: str | None, email: str | None
) -> ReporterIdentity | None:
    """The person named on a ticket made by hand; None when nobody was."""
    email = address(email)
    if not (name or email):
        return None
    reporter_id = await _person(session, name=name, email=email)
    known = await reporters.account_on(session, reporter_id, channel)
    return known or await _without_account(session, reporter_id, name=name, email=email)


async def _person(session: AsyncSession, *, name: str | None, email: str | None) -> UUID:
    """The person with this e-mail, or a new one."""
    if email:
        person = select(func.coalesce(Reporter.merged_into, Reporter.id)).where(
            known_by(Reporter.email_digest, email)
        )
        known = await session.scalar(person)
        if known is None:
            made = insert(Reporter).values(name=name, email=email, email_digest=email)
            await session.execute(made.on_conflict_do_nothing())
        return known or (await session.execute(person)).scalar_one()
    reporter = Reporter(name=name)
    session.add(reporter)
    await session.flush()
    return reporter.id


async def _without_account(
    session: AsyncSession, reporter_id: UUID, *, name: str | None, email: str | None
) -> ReporterIdentity:
    """Somebody with no account we could write to: they are told by hand."""
    platform = "email" if email else "in_app"
    account_id = f"{platform}:{email or reporter_id}"
    account = select(ReporterIdentity).where(is_account(platform, account_id))
    known = await session.scalar(account)
    if known is None:
        made = insert(ReporterIdentity).values(
            reporter_id=reporter_id,
            platform=platform,
            platform_user_id=account_id,
            account_digest=account_id,
            display_name=name,
        )
        await session.execute(made.on_conflict_do_nothing())
    return known or (await session.execute(account)).scalar_one()


async def learn(session: AsyncSession, identity_id: UUID, profile: Profile | None) -> None:
    """Keep what a platform says of an account; an e-mail that another person has joins the two."""
    identity = await session.get(ReporterIdentity, identity_id, with_for_update=NO_KEY)
    if identity is None:
        return
    identity.profiled_at = await session.scalar(select(func.now()))
    seen_email = identity.attributes.get("email")
    if profile is None:
        profile = Profile(account_id=identity.platform_user_id, email=seen_email)
    identity.display_name = profile.name or identity.display_name
    known = {"phone": phone(profile.phone), "handle": profile.handle, "company": profile.company}
    identity.attributes = identity.attributes | {key: value for key, value in known.items() if value}
    reporter = await session.get(Reporter, identity.reporter_id, with_for_update=NO_KEY)
    if reporter is None:
        return
    reporter.name = reporter.name or profile.name
    reporter.company = reporter.company or profile.company
    reporter.language = reporter.language or profile.language
    email = address(profile.email or seen_email)
    if email:
        await _learn_email(session, reporter, email)
    await merging.redraw(session, [identity_id])


async def _learn_email(session: AsyncSession, reporter: Reporter, email: str) -> None:
    if reporter.email == email:
        return
    other = await _by_email(session, email)
    if other is None and reporter.email is None:
        reporter.email = email
    elif other is not None and reporter.email is None and not await _are_apart(session, reporter, other):
        await merging.join(session, reporter, into=other, by=SYSTEM)


async def _by_email(session: AsyncSession, email: str) -> Reporter | None:
    """Who has this e-mail, or who they turned out to be; held."""
    person = select(func.coalesce(Reporter.merged_into, Reporter.id)).where(known_by(Reporter.email_digest, email))
    reporter_id = await session.scalar(person)
    return (await reporters.find_locked(session, reporter_id)).get(reporter_id) if reporter_id else None


async def _are_apart(session: AsyncSession, one: Reporter, other: Reporter) -> bool:
    """An agent has parted them, or they are one already."""
    return one.id == other.id or await reporters.were_separated(session, one.id, other.id)
