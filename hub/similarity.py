"""Tickets that may be one problem, found by the words people used: no model, no key, English and Spanish.

A word and its meaning count as one: a ticket that has the very word scores by it, one that only means the same by
the meaning, which is less rare. What a search costs does not grow with the tickets: it looks behind the rarest terms
until they have led to LOOKED_AT tickets, and compares the most promising of these by everything that was asked.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from hub.terms import FINEST, Terms, terms_of
from hub.vocabulary import SYMPTOMS
from hub.work import Work, promise
from storage import embeddings, ticket_terms, tickets
from storage.enums import TicketType
from storage.models import Ticket
from storage.ticket_terms import EVERY_TICKET, Asked, Due

SOON, AFTER_A_WHILE = 2.0, 5.0
"""Seconds after a change until its words, and what it means, are learnt, so that one reading serves many."""
NEWS = 20
"""When more tickets are learnt at once their cards are not drawn again: these are old ones."""
AS_MANY = 200
"""Of fewer tickets that there are, so many are taken to be: what three of three say is not a common word yet."""
DEEP = 30
"""Of each ranking that many are put together."""
ASKED = 64
"""Terms of a report that are looked for: its weightiest."""
LOOKED_AT = 2_500
"""Tickets a search meets at most."""
COMPARED = 120
COMMON = 5
"""Weighty terms that are too common to be looked behind alone are so in pairs; of this many."""
SHOWN_WORDS = 6

ALIKE = 0.16
"""Likeness from which a person is told; bench/similar.py says how often that is right."""
FEW = 10
"""Sharing this many things makes likeness half of what it could be."""
OTHER_KIND, SAME_SYMPTOM = 0.8, 1.5

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Candidate:
    """`shared` are words of the report that the other one has too, or other words for the same, weightiest first."""

    ticket_id: UUID
    number: int
    title: str
    score: float
    shared: tuple[str, ...]


async def changed(session: AsyncSession, ticket_id: UUID) -> None:
    """The ticket is new, or says something else now."""
    await ticket_terms.ask(session, ticket_id)
    await embeddings.ask(session, ticket_id)
    promise(session, Work.EMBED, "all", delay=AFTER_A_WHILE)
    promise(session, Work.WORDS, "all", delay=SOON)


async def learn(session: AsyncSession, *, limit: int) -> bool:
    """Read the terms of tickets that changed; whether there may be more. Cards say what is alike by now."""
    due = await ticket_terms.take_due(session, limit=limit)
    if not due:
        return False
    terms: dict[UUID, Mapping[str, int]] = {}
    for one in due:
        terms[one.ticket_id] = terms_of(one.title, one.text, one.language).weights
        await asyncio.sleep(0)  # a long text takes milliseconds that other jobs need too
    await ticket_terms.write(session, terms)
    await ticket_terms.count(session, _changes(due, terms))
    if len(due) <= NEWS:
        await _redraw(session, [one.ticket_id for one in due])
    return len(due) == limit


async def _redraw(session: AsyncSession, ticket_ids: Sequence[UUID]) -> None:
    """The cards of tickets that are alike, and of those they are like."""
    cards: set[UUID] = set()
    for ticket in await tickets.of_ids(session, ticket_ids):
        near = await alike(session, ticket)
        cards |= {ticket.id, *(one.ticket_id for one in near)} if near else set()
    for ticket_id in sorted(cards, key=str):
        promise(session, Work.CARD, ticket_id)


def _changes(due: Sequence[Due], terms: Mapping[UUID, Mapping[str, int]]) -> Counter[str]:
    changes: Counter[str] = Counter()
    for one in due:
        changes.update(list(terms[one.ticket_id]))
        if one.terms is None:
            changes[EVERY_TICKET] += 1
        else:
            changes.subtract(one.terms)
    return changes


async def candidates(session: AsyncSession, ticket: Ticket, *, limit: int = 10) -> list[Candidate]:
    """Tickets that may be the same problem, the likeliest first. Most are not: a person or a model must look.

    By words, and by what they mean where that is known; who is found by the latter alone shares no words.
    """
    said = await _candidates(session, _terms(ticket), but=ticket.id, limit=max(limit, DEEP))
    meant = await embeddings.nearest(session, ticket.id, limit=max(limit, DEEP))
    if not meant:
        return said[:limit]
    best = fuse([[one.ticket_id for one in said], [other for other, _ in meant]])[:limit]
    by_words = {one.ticket_id: one for one in said}
    others = await tickets.of_ids(session, [each for each in best if each not in by_words])
    known = by_words | {other.id: Candidate(other.id, other.number, other.title, 0, ()) for other in others}
    return [known[each] for each in best if each in known]


async def candidates_for(
    session: AsyncSession, title: str, text: str, *, language: str | None = None, limit: int = 10
) -> list[Candidate]:
    """The same for words that are no ticket."""
    return await _candidates(session, terms_of(title, text, language), but=None, limit=limit)


async def alike(session: AsyncSession, ticket: Ticket, *, limit: int = 10) -> list[Candidate]:
    """Those candidates that are so likely the same problem that a card may say so; their score is the likeness."""
    mine = _terms(ticket)
    near = await _candidates(session, mine, but=ticket.id, limit=limit)
    if not near:
        return []
    texts = await ticket_terms.texts(session, [one.ticket_id for one in near])
    theirs = {one.ticket_id: terms_of(one.title, one.text, one.language) for one in texts.values()}
    rarity = await _rarity(session, [mine, *theirs.values()])
    found = []
    for one in near:
        score = likeness(mine, theirs[one.ticket_id], rarity)
        if _is_trouble(ticket.ticket_type) != _is_trouble(texts[one.ticket_id].ticket_type):
            score *= OTHER_KIND
        if score >= ALIKE:
            found.append(Candidate(one.ticket_id, one.number, one.title, round(score, 3), one.shared))
    return sorted(found, key=lambda one: (-one.score, one.number))


def _terms(ticket: Ticket) -> Terms:
    return terms_of(ticket.title, ticket.description[: ticket_terms.SHORTER], ticket.language)


def likeness(one: Terms, other: Terms, rarity: "Rarity") -> float:
    """How much of what each says the other says too, from 0 to 1.5; it does not matter which comes first."""
    told, heard = _told(one, other, rarity), _told(other, one, rarity)
    shared = min(told.places, heard.places)
    same_symptom = any(f"~{symptom}" in one.weights and f"~{symptom}" in other.weights for symptom in SYMPTOMS)
    share = math.sqrt(told.share * heard.share) * shared / (shared + FEW)
    return share * SAME_SYMPTOM if same_symptom else share


def fuse(rankings: Iterable[Sequence[Item]], *, flatness: int = 60) -> list[Item]:
    """One ranking of several by reciprocal ranks (Cormack 2009): who is high in more than one comes first."""
    scores: dict[Item, float] = {}
    for ranking in rankings:
        for place, item in enumerate(ranking, 1):
            scores[item] = scores.get(item, 0) + 1 / (flatness + place)
    return sorted(scores, key=lambda item: -scores[item])


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much it says that two tickets share a term: little when many know it."""

    numbers: Mapping[str, int]

    def of(self, term: str) -> float:
        known, every = self.numbers.get(term, 0), max(self.numbers.get(EVERY_TICKET, 0), AS_MANY)
        return math.log(1 + (max(every - known, 0) + 0.5) / (known + 0.5))


async def _rarity(session: AsyncSession, many: Sequence[Terms]) -> Rarity:
    terms = {term for one in many for term in one.weights}
    return Rarity(await ticket_terms.numbers(session, [EVERY_TICKET, *terms]))


async def _candidates(session: AsyncSession, said: Terms, *, but: UUID | None, limit: int) -> list[Candidate]:
    rarity = await _rarity(session, [said])
    own = 1 if but is not None and await ticket_terms.is_known(session, but) else 0
    asked = list(_asked(said, rarity, own=own))
    doors = list(_doors(asked, rarity.numbers))
    if not doors:
        return []
    found = await ticket_terms.find(session, asked, doors, but=but, most=LOOKED_AT, compared=COMPARED, limit=limit)
    return [Candidate(one.ticket_id, one.number, one.title, one.score, _written(said, one.terms)) for one in found]


def _asked(said: Terms, rarity: Rarity, *, own: int) -> Iterator[Asked]:
    """The weightiest terms that a ticket knows beside the `own` one."""
    known = [term for term in said.weights if rarity.numbers.get(term, 0) > own]
    weights = {term: said.weights[term] / FINEST * rarity.of(term) for term in known}
    places = {place: number for number, place in enumerate(dict.fromkeys(map(said.place, known)))}
    for term in sorted(known, key=lambda term: (-weights[term], term))[:ASKED]:
        yield Asked((term,), places[said.place(term)], weights[term])


def _doors(asked: Sequence[Asked], numbers: Mapping[str, int]) -> Iterator[Asked]:
    """The rarest terms that lead to LOOKED_AT tickets together, and pairs of weighty ones that lead to more."""
    left = LOOKED_AT
    common = []
    for one in sorted(asked, key=lambda one: (numbers[one.terms[0]], one.terms)):
        number = numbers[one.terms[0]]
        if number <= left:
            left -= number
            yield one
        else:
            common.append(one)
    weighty = sorted(common, key=lambda one: (-one.weight, one.terms))[:COMMON]
    for first, second in combinations(weighty, 2):
        if first.place != second.place:
            yield Asked(first.terms + second.terms, first.place, first.weight + second.weight)


def _written(said: Terms, terms: Sequence[str]) -> tuple[str, ...]:
    """As the report has them, each once; `app` does not stand beside `WhatsApp`."""
    words = dict.fromkeys(said.spelled[term] for term in terms)
    folded = [word.casefold() for word in words]
    whole = [word for word in words if sum(word.casefold() in other for other in folded) == 1]
    return tuple(whole)[:SHOWN_WORDS]


@dataclass(frozen=True, slots=True)
class _Told:
    """How much of what somebody says is said by the other too, and how many things."""

    share: float
    places: int


def _told(one: Terms, other: Terms, rarity: Rarity) -> _Told:
    own: dict[str, float] = {}
    shared: dict[str, float] = {}
    for term, weight in one.weights.items():
        place, rare = one.place(term), rarity.of(term) / FINEST
        own[place] = max(own.get(place, 0), weight * rare)
        if term in other.weights:
            shared[place] = max(shared.get(place, 0), math.sqrt(weight * other.weights[term]) * rare)
    return _Told(sum(shared.values()) / (sum(own.values()) or 1), len(shared))


def _is_trouble(ticket_type: str) -> bool:
    return ticket_type in {TicketType.BUG, TicketType.INCIDENT}
