"""What can be promised, and promise(): a row in the same transaction as the change that needs it."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from storage import jobs
from storage.jobs import New


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work.

    `touches` names what two jobs may never do at once; `attempts` counts every start, a killed worker's too;
    `seconds` is the time limit of one run; a `coalesced` kind draws current state, so one pending row is enough.
    """

    name: str
    touches: str
    attempts: int
    seconds: float
    coalesced: bool = False


class Work:
    """Every kind of work there is; `jobs/` has one function for each."""

    WELCOME = Kind("welcome", "source", attempts=8, seconds=20)
    IDENTIFY = Kind("identify", "identity", attempts=5, seconds=30)
    ATTACHMENT = Kind("fetch_attachment", "attachment", attempts=5, seconds=60)
    TRIAGE = Kind("triage", "triage", attempts=5, seconds=200)
    DRAFT = Kind("draft_changelog", "draft", attempts=5, seconds=200)
    ANALYSE = Kind("analyse", "analysis", attempts=3, seconds=280)
    GROUP_DRAFT = Kind("draft_group_text", "group-draft", attempts=5, seconds=200)
    PUSH = Kind("push_to_notion", "notion", attempts=8, seconds=60, coalesced=True)
    COMMENT = Kind("comment_on_page", "notion", attempts=5, seconds=60)
    PULL = Kind("pull_from_notion", "notion-pull", attempts=3, seconds=110, coalesced=True)
    LOOK = Kind("look_at_page", "notion-page", attempts=3, seconds=40, coalesced=True)
    DISPATCH = Kind("dispatch", "notification", attempts=20, seconds=30)
    RECONCILE = Kind("reconcile", "notification", attempts=10, seconds=40)
    CARD = Kind("draw_card", "card", attempts=10, seconds=40, coalesced=True)
    HOMES = Kind("publish_homes", "homes", attempts=3, seconds=60, coalesced=True)
    COUNTS = Kind("fold_counts", "counts", attempts=3, seconds=30, coalesced=True)
    FETCH = Kind("fetch_message", "message", attempts=5, seconds=30, coalesced=True)
    READ = Kind("read_delivery", "delivery", attempts=3, seconds=30)
    AGENTS = Kind("refresh_agents", "agents", attempts=3, seconds=50, coalesced=True)
    EMBED = Kind("embed_tickets", "embeddings", attempts=8, seconds=120, coalesced=True)
    CHECK = Kind("check_connections", "connections", attempts=3, seconds=120, coalesced=True)
    MODELS = Kind("list_models", "models", attempts=3, seconds=60, coalesced=True)
    WORDS = Kind("learn_words", "words", attempts=5, seconds=100, coalesced=True)
    ERASE = Kind("erase_person", "erasure", attempts=10, seconds=280)
    UPKEEP = Kind("upkeep", "upkeep", attempts=3, seconds=60, coalesced=True)


KINDS: dict[str, Kind] = {kind.name: kind for kind in vars(Work).values() if isinstance(kind, Kind)}


def key_of(kind: Kind, subject: UUID | str) -> str:
    return f"{kind.touches}:{subject}"


def promise(session: AsyncSession, kind: Kind, subject: UUID | str, *, delay: float = 0, **args: Any) -> None:
    """Promise `kind` for `subject`, `delay` seconds from now; `args` are ids, enums and numbers only.

    It is written at the end of the transaction.
    """
    said = json.dumps({"subject": str(subject)} | args)
    jobs.add(session, New(kind.name, key_of(kind, subject), said, kind.attempts, kind.coalesced, delay))
