"""Accounts as they are kept: what a platform calls somebody, behind the workspace, app or number it is of."""

from sqlalchemy import ColumnElement, and_

from storage.models import ReporterIdentity
from storage.sealed import known_by

PHONE_DIGITS = 5
"""Less is no telephone number, and would be found in anybody's delivery when a person is erased."""


def bare_account(account_id: str) -> str:
    """As the platform calls them: `U0RITA` of `T0HUB:U0RITA`."""
    return account_id.rpartition(":")[2]


def has_digits_of_a_phone(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= PHONE_DIGITS


def is_account(platform: str, account_id: str) -> ColumnElement[bool]:
    """Whether an identity is that account."""
    return and_(ReporterIdentity.platform == platform, known_by(ReporterIdentity.account_digest, account_id))
