"""Notion's ids: the same for the same thing on every start, and the addresses made of them."""

import uuid

PLAYED_DATABASE = "5b8e2f60-7d41-4c1a-9a53-0d6c1f2e4b7a"


def made(name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(PLAYED_DATABASE), name))


def dashed(value: str) -> str:
    """An id as Notion answers it; requests may leave the dashes out. What is no id stays as it is."""
    try:
        return str(uuid.UUID(value))
    except ValueError:
        return value


def url(value: str) -> str:
    return f"https://www.notion.so/{value.replace('-', '')}"


WORKSPACE = made("workspace")
WORKSPACE_NAME = "Sandbox"
BOT = made("bot")
"""Our connection, as the author of what it does."""
PERSON = made("person")
INTEGRATION = made("integration")
SUBSCRIPTION = made("subscription")
