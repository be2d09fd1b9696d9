"""The objects of the reference as the API shows them: database, data source, page, bot and comment."""

import uuid
from urllib.parse import unquote

from aiohttp import web

from sandbox.notion import ids, values
from sandbox.notion.database import STATUS_GROUPS, Database, Page, Property, iso
from sandbox.notion.versions import knows_archived
from sandbox.world import Json

BOT_NAME = "Feedback Hub (sandbox)"


def bot() -> Json:
    return {
        "object": "user",
        "id": ids.BOT,
        "name": BOT_NAME,
        "avatar_url": None,
        "type": "bot",
        "bot": {
            "owner": {"type": "workspace", "workspace": True},
            "workspace_name": ids.WORKSPACE_NAME,
            "workspace_id": ids.WORKSPACE,
            "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880},
        },
    }


def database(one: Database) -> Json:
    """Retrieve a database (reference, 2025-09-03): its data sources, no properties."""
    return {
        "object": "database",
        "id": one.id,
        "title": [values.rich("Tickets")],
        "description": [],
        "parent": {"type": "workspace", "workspace": True},
        "is_inline": False,
        "is_locked": False,
        "in_trash": False,
        "created_time": iso(one.made),
        "last_edited_time": iso(one.made),
        "data_sources": [{"id": one.data_source_id, "name": "Tickets"}],
        "icon": None,
        "cover": None,
        "url": ids.url(one.id),
        "public_url": None,
        "request_id": str(uuid.uuid4()),
    }


def data_source(one: Database, request: web.Request) -> Json:
    shown: Json = {
        "object": "data_source",
        "id": one.data_source_id,
        "title": [values.rich("Tickets")],
        "description": [],
        "parent": {"type": "database_id", "database_id": one.id},
        "database_parent": {"type": "workspace", "workspace": True},
        "is_inline": False,
        "in_trash": False,
        "created_time": iso(one.made),
        "last_edited_time": iso(one.made),
        "created_by": _user(ids.PERSON),
        "last_edited_by": _user(ids.PERSON),
        "properties": {name: _property(known) for name, known in one.properties.items()},
        "icon": None,
        "cover": None,
        "url": ids.url(one.data_source_id),
        "public_url": None,
    }
    if knows_archived(request):
        shown["archived"] = False
    return shown


def _property(known: Property) -> Json:
    config: Json = {}
    if known.type == "number":
        config = {"format": "number"}
    if known.type in ("select", "status"):
        config["options"] = [{**option, "description": None} for option in known.options]
    if known.type == "status":
        config["groups"] = _groups(known)
    return {"id": known.id, "name": known.name, "description": None, "type": known.type, known.type: config}


def _groups(known: Property) -> list[Json]:
    grouped = {name: group for name, group, _ in STATUS_GROUPS}
    return [
        {
            "id": ids.made(f"group:{group}"),
            "name": group,
            "color": color,
            "option_ids": [one["id"] for one in known.options if grouped.get(one["name"], "To-do") == group],
        }
        for _, group, color in STATUS_GROUPS
    ]


def page(parent: Database, one: Page, request: web.Request) -> Json:
    """`filter_properties` of the request leaves the others out."""
    wanted = {*request.query.getall("filter_properties", []), *request.query.getall("filter_properties[]", [])}
    known = [
        each for each in parent.properties.values() if not wanted or {each.id, unquote(each.id), each.name} & wanted
    ]
    shown: Json = {
        "object": "page",
        "id": one.id,
        "created_time": iso(one.created),
        "last_edited_time": iso(one.edited),
        "created_by": _user(one.created_by),
        "last_edited_by": _user(one.edited_by),
        "cover": None,
        "icon": None,
        "parent": {
            "type": "data_source_id",
            "data_source_id": parent.data_source_id,
            "database_id": parent.id,
        },
        "in_trash": one.in_trash,
        "is_archived": one.in_trash,
        "is_locked": one.is_locked,
        "properties": {each.name: values.shown(each, one.values.get(each.id)) for each in known},
        "url": ids.url(one.id),
        "public_url": None,
    }
    if knows_archived(request):
        shown["archived"] = one.in_trash
    return shown


def comment(on: Page, discussion_id: str, text: list[Json], at: str) -> Json:
    return {
        "object": "comment",
        "id": str(uuid.uuid4()),
        "parent": {"type": "page_id", "page_id": on.id},
        "discussion_id": discussion_id,
        "created_time": at,
        "last_edited_time": at,
        "created_by": _user(ids.BOT),
        "rich_text": text,
        "display_name": {"type": "integration", "resolved_name": BOT_NAME},
    }


def _user(user_id: str) -> Json:
    return {"object": "user", "id": user_id}
