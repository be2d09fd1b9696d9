"""The header every request of the API carries."""

from aiohttp import web

from sandbox.notion.refusal import Failure, invalid

VERSIONS = ("2025-09-03", "2026-03-11")


def check_version(request: web.Request) -> None:
    version = request.headers.get("Notion-Version")
    if not version:
        said = "Notion-Version header failed validation: Notion-Version header should be defined."
        raise Failure(400, "missing_version", said)
    if version not in VERSIONS:
        known = '", "'.join(VERSIONS)
        raise invalid(f'Notion-Version header failed validation: should be "{known}", instead was "{version}".')


def knows_archived(request: web.Request) -> bool:
    """`archived` became `in_trash` alone in 2026-03-11."""
    return request.headers.get("Notion-Version", VERSIONS[0]) == VERSIONS[0]
