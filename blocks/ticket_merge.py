"""The form that says of a reporter that they are somebody known already."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from blocks import kit
from blocks.kit import Json

MERGE = "reporter.merge"
INTO = "reporter.merge_into"


def form(*, reporter_id: UUID, name: str | None, behind: dict[str, Any]) -> Json:
    """The metadata is JSON: `reporter_id`, and the window `behind` the form."""
    return kit.modal(
        "Merge two people",
        [
            kit.sentence(
                f"{kit.cut(name or 'This reporter', 200)} and the person you choose are one: accounts and tickets of "
                "both are then that person's, and they are told once what concerns both. It can be undone here."
            ),
            kit.entry(
                "Who are they?",
                kit.picker(INTO, placeholder="A name, an e-mail, or #142"),
                hint="By how the name begins, the whole e-mail, or the number of a ticket of theirs.",
            ),
        ],
        callback_id=MERGE,
        submit="Merge",
        close="Cancel",
        private_metadata=json.dumps(behind | {"reporter_id": str(reporter_id)}),
    )


def people(found: Iterable[tuple[UUID, str | None, str | None]]) -> list[Json]:
    """What the picker offers: id, name and e-mail of each."""
    return [
        kit.option(name or email or "Somebody without a name", str(reporter_id), description=email)
        for reporter_id, name, email in found
    ]
