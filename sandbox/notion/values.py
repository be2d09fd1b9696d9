"""Property values: what a request gives, checked against the schema, and how they are shown."""

from typing import Any

from sandbox.notion.database import Database, Property
from sandbox.notion.refusal import invalid
from sandbox.world import Json

MAX_CONTENT = 2000
MAX_RICH_TEXT = 100
PLAIN = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}


def read_all(database: Database, given: object) -> dict[str, Any]:
    """Property values of a request by property id; Failure unless every one fits the schema."""
    if not isinstance(given, dict):
        raise invalid("body.properties should be an object.")
    read: dict[str, Any] = {}
    for key, value in given.items():
        known = database.find_property(key)
        if known is None:
            raise invalid(f"{key} is not a property that exists.")
        if not isinstance(value, dict) or known.type not in value:
            raise invalid(f"{key} is expected to be {known.type}.")
        read[known.id] = _read(known, key, value[known.type])
    return read


def _read(known: Property, key: str, value: object) -> Any:
    where = f"body.properties.{key}.{known.type}"
    if known.type in ("title", "rich_text"):
        return read_rich_text(value, where)
    if known.type in ("select", "status"):
        return read_option(known, where, value)
    fits = {
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "checkbox": isinstance(value, bool),
        "url": isinstance(value, str) and len(value) <= MAX_CONTENT,
        "date": isinstance(value, dict),
    }
    if value is not None and not fits[known.type]:
        raise invalid(f"{where} is not a valid value.")
    return value


def read_option(known: Property, where: str, value: object) -> Json | None:
    """Unknown select names become options; unknown status names are refused."""
    if value is None:
        return None
    name = value.get("name") if isinstance(value, dict) else None
    wanted = value.get("id") if isinstance(value, dict) else None
    by_id = next((one for one in known.options if one["id"] == wanted), None)
    if by_id is not None:
        return by_id
    if not isinstance(name, str) or not name:
        raise invalid(f"{where}.name should be defined.")
    option = known.option(name)
    if option is not None:
        return option
    if known.type == "status":
        raise invalid(f'Status option "{name}" does not exist.')
    if "," in name or len(name) > 100:
        raise invalid(f"{where}.name: a select option is at most 100 characters and holds no commas.")
    return known.add(name)


def read_rich_text(value: object, where: str) -> list[Json]:
    """Request limits (reference): 100 objects of at most 2,000 characters."""
    if not isinstance(value, list) or len(value) > MAX_RICH_TEXT:
        raise invalid(f"{where} should be an array of at most {MAX_RICH_TEXT} rich text objects.")
    return [_read_text(item, f"{where}[{position}]") for position, item in enumerate(value)]


def _read_text(item: object, where: str) -> Json:
    text = item.get("text") if isinstance(item, dict) else None
    content = text.get("content") if isinstance(text, dict) else None
    if not isinstance(text, dict) or not isinstance(content, str):
        raise invalid(f"body failed validation: {where}.text.content should be defined.")
    if len(content) > MAX_CONTENT:
        raise invalid(
            f"body failed validation: {where}.text.content.length should be ≤ `{MAX_CONTENT}`, "
            f"instead was `{len(content)}`."
        )
    link = text.get("link")
    if link is not None and not (isinstance(link, dict) and isinstance(link.get("url"), str)):
        raise invalid(f"{where}.text.link.url should be defined.")
    made = rich(content)
    if link is not None:
        made["text"]["link"], made["href"] = {"url": link["url"]}, link["url"]
    return made


def rich(content: str) -> Json:
    return {
        "type": "text",
        "text": {"content": content, "link": None},
        "annotations": dict(PLAIN),
        "plain_text": content,
        "href": None,
    }


def shown(known: Property, value: Any) -> Json:
    empty: Any = [] if known.type in ("title", "rich_text") else False if known.type == "checkbox" else None
    return {"id": known.id, "type": known.type, known.type: empty if value is None else value}


def plain(known: Property, value: Any) -> str | None:
    """A value as a person reads it; after a change of type it may still have the form of the old one."""
    if value is None:
        return None if known.type in ("select", "status") else ""
    if isinstance(value, list):
        return plain_text(value)
    return str(value["name"]) if isinstance(value, dict) and "name" in value else str(value)


def plain_text(rich_text: list[Json]) -> str:
    return "".join(item["plain_text"] for item in rich_text)
