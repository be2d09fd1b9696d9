"""Which terms a ticket is known by, how many tickets know a term, and the tickets that share some.

A term's position in `terms` is not where it stands but how much it weighs, so that one index serves both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

EVERY_TICKET = ""
"""The term whose count is how many tickets are known at all."""
SHORTER = 20_000
"""Characters of a description that are read."""

_ASK = text("""
INSERT INTO ticket_terms AS t (ticket_id, number, due) SELECT id, number, true FROM tickets WHERE id = :ticket_id
ON CONFLICT (ticket_id) DO UPDATE SET due = true
""")
_DUE = text(f"""
WITH due AS (
  SELECT ticket_id, terms FROM ticket_terms WHERE due ORDER BY ticket_id LIMIT :limit FOR UPDATE SKIP LOCKED
)
SELECT due.ticket_id, title, left(description, {SHORTER}) AS text, language,
       CASE WHEN terms IS NOT NULL THEN tsvector_to_array(terms) END AS terms
FROM due JOIN tickets ON id = ticket_id
""")  # noqa: S608 - ours
_WRITE = text("""
UPDATE ticket_terms AS t SET terms = cast(new.terms AS tsvector), due = false
FROM unnest(cast(:ids AS uuid[]), cast(:terms AS text[])) AS new (ticket_id, terms)
WHERE t.ticket_id = new.ticket_id
""")
_COUNT = text("""
INSERT INTO term_counts AS c (term, number)
SELECT * FROM unnest(cast(:terms AS text[]), cast(:numbers AS bigint[])) AS changed (term, number) ORDER BY term
ON CONFLICT (term) DO UPDATE SET number = c.number + excluded.number
""")
_DROP = text("DELETE FROM term_counts WHERE term = ANY(:terms) AND number <= 0")
_NUMBERS = text("SELECT term, number FROM term_counts WHERE term = ANY(:terms)")
_TEXTS = text(f"""
SELECT id AS ticket_id, title, left(description, {SHORTER}) AS text, language, ticket_type
FROM tickets WHERE id = ANY(:ids)
""")  # noqa: S608 - ours
_IS_KNOWN = text("SELECT terms IS NOT NULL FROM ticket_terms WHERE ticket_id = :ticket_id")
_FIND = text("""
WITH asked AS (
  SELECT * FROM unnest(cast(:terms AS text[]), cast(:places AS int[]), cast(:weights AS float8[]))
             AS a (term, place, weight)
), door AS (
  SELECT * FROM unnest(cast(:doors AS text[]), cast(:door_places AS int[]), cast(:door_weights AS float8[]))
             AS d (query, place, weight)
), met AS MATERIALIZED (
  SELECT ticket_id, sum(weight) AS promising
  FROM (SELECT ticket_id, place, max(weight) AS weight
        FROM door CROSS JOIN LATERAL (
          SELECT ticket_id FROM ticket_terms WHERE terms @@ cast(query AS tsquery) LIMIT :most) AS behind
        WHERE ticket_id IS DISTINCT FROM cast(:but AS uuid)
        GROUP BY ticket_id, place) AS by_place
  GROUP BY ticket_id ORDER BY promising DESC, ticket_id LIMIT :compared
), shared AS (
  SELECT DISTINCT ON (ticket_id, place) ticket_id, number, term, weight * positions[1] AS score
  FROM met JOIN ticket_terms USING (ticket_id)
  CROSS JOIN LATERAL unnest(terms) AS said (lexeme, positions, labels) JOIN asked ON term = lexeme
  ORDER BY ticket_id, place, score DESC, term
), best AS (
  SELECT ticket_id, number, round(cast(sum(score) AS numeric), 3) AS score,
         array_agg(term ORDER BY score DESC, term) AS terms
  FROM shared GROUP BY ticket_id, number ORDER BY score DESC, number LIMIT :limit
)
SELECT ticket_id, best.number, title, score, terms FROM best JOIN tickets ON id = ticket_id
ORDER BY score DESC, best.number
""")


@dataclass(frozen=True, slots=True)
class Due:
    """What a ticket says now, and the terms it was known by, if it was."""

    ticket_id: UUID
    title: str
    text: str
    language: str | None
    terms: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Text:
    ticket_id: UUID
    title: str
    text: str
    language: str | None
    ticket_type: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A term, or several that must all be there; of what is in one `place` the best counts."""

    terms: tuple[str, ...]
    place: int
    weight: float


@dataclass(frozen=True, slots=True)
class Found:
    """`terms` are those that were asked for and found, the weightiest first."""

    ticket_id: UUID
    number: int
    title: str
    score: float
    terms: Sequence[str]


async def ask(session: AsyncSession, ticket_id: UUID) -> None:
    """The ticket's terms are to be read anew."""
    await session.execute(_ASK, {"ticket_id": ticket_id})


async def take_due(session: AsyncSession, *, limit: int) -> Sequence[Due]:
    """Tickets to be read, held until the transaction ends."""
    return [Due(**row) for row in (await session.execute(_DUE, {"limit": limit})).mappings()]


async def write(session: AsyncSession, terms: Mapping[UUID, Mapping[str, int]]) -> None:
    """What tickets are known by from now on."""
    vectors = [_vector(weights) for weights in terms.values()]
    await session.execute(_WRITE, {"ids": list(terms), "terms": vectors})


async def count(session: AsyncSession, changes: Mapping[str, int]) -> None:
    """So many tickets more or less know a term; in their order, so that two at once cannot deadlock."""
    changed = sorted((term, number) for term, number in changes.items() if number)
    terms = [term for term, _ in changed]
    await session.execute(_COUNT, {"terms": terms, "numbers": [number for _, number in changed]})
    fewer = [term for term, number in changed if number < 0]
    if fewer:
        await session.execute(_DROP, {"terms": fewer})


async def numbers(session: AsyncSession, terms: Sequence[str]) -> dict[str, int]:
    """How many tickets know each term; one nobody knows is not there."""
    rows = await session.execute(_NUMBERS, {"terms": list(terms)})
    return {row.term: row.number for row in rows}


async def is_known(session: AsyncSession, ticket_id: UUID) -> bool:
    """Whether the ticket has been read and is among those that are counted."""
    return bool(await session.scalar(_IS_KNOWN, {"ticket_id": ticket_id}))


async def texts(session: AsyncSession, ticket_ids: Sequence[UUID]) -> dict[UUID, Text]:
    rows = (await session.execute(_TEXTS, {"ids": list(ticket_ids)})).mappings()
    return {row["ticket_id"]: Text(**row) for row in rows}


async def find(
    session: AsyncSession,
    asked: Sequence[Asked],
    doors: Sequence[Asked],
    *,
    but: UUID | None,
    most: int,
    compared: int,
    limit: int,
) -> Sequence[Found]:
    """The best of those tickets that one of the `doors` leads to, best first.

    Behind a door at most `most` are looked at; the `compared` most promising are compared by all that is asked.
    """
    rows = (await session.execute(_FIND, _parameters(asked, doors, but, most, compared, limit))).mappings()
    return [Found(**{**row, "score": float(row["score"])}) for row in rows]


def _parameters(
    asked: Sequence[Asked], doors: Sequence[Asked], but: UUID | None, most: int, compared: int, limit: int
) -> dict[str, Any]:
    return {
        "terms": [one.terms[0] for one in asked],
        "places": [one.place for one in asked],
        "weights": [one.weight for one in asked],
        "doors": [" & ".join(f"'{term}'" for term in door.terms) for door in doors],
        "door_places": [door.place for door in doors],
        "door_weights": [door.weight for door in doors],
        "but": but,
        "most": most,
        "compared": compared,
        "limit": limit,
    }


def _vector(weights: Mapping[str, int]) -> str:
    """As PostgreSQL reads it; no term has a quote or a backslash (hub/terms.py)."""
    return " ".join(f"'{term}':{weight}" for term, weight in weights.items())
