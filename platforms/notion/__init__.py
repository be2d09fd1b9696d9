"""Notion, where the fix is tracked: one page a ticket."""

from typing import Protocol

from pydantic import SecretStr

from platforms import signature
from platforms.limits import Limits
from platforms.notion.client import Created, Notion
from platforms.notion.properties import PageState, Schema, TicketPage

__all__ = ["Created", "Notion", "NotionSettings", "PageState", "Schema", "TicketPage", "off", "open_notion"]


class NotionSettings(Protocol):
    @property
    def notion_api_key(self) -> SecretStr: ...
    @property
    def notion_database_id(self) -> str: ...
    @property
    def notion_base_url(self) -> str: ...
    @property
    def notion_version(self) -> str: ...
    @property
    def notion_requests_per_second(self) -> float: ...
    @property
    def request_seconds(self) -> float: ...


def off(settings: NotionSettings) -> str | None:
    """Why tickets are not pushed to Notion, or None."""
    given = {
        "NOTION_API_KEY": settings.notion_api_key.get_secret_value(),
        "NOTION_DATABASE_ID": settings.notion_database_id,
    }
    missing = [name for name, value in given.items() if not signature.is_set(value)]
    return f"Notion is off: set {' and '.join(missing)}." if missing else None


def open_notion(settings: NotionSettings, limits: Limits) -> Notion:
    return Notion(
        token=settings.notion_api_key.get_secret_value(),
        database_id=settings.notion_database_id,
        base_url=settings.notion_base_url,
        version=settings.notion_version,
        seconds=settings.request_seconds,
        requests_per_second=settings.notion_requests_per_second,
        limits=limits,
    )
