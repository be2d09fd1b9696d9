"""Type, priority, language and title from the words people use, English and Spanish, before any model.

The tables come first. A word counts when it stands as written here, in any case and with or without accents;
`*` at its end stands for any ending. Only the beginning of a long text is read.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Generic, Literal, TypeVar

TicketType = Literal["bug", "feature_request", "question", "incident"]
Language = Literal["en", "es"]
Said = TypeVar("Said")
TITLE_LENGTH = 120
UNTITLED = "(no text)"
"""What stands as the title of a report without words."""

TYPES: dict[TicketType, str] = {
    "incident": """
        outage*, is down, are down, went down, goes down, all down, everything is down, site down, service
        down, server down, servers down, system down, downtime, unavailable, incident, data breach, security
        breach, data loss, lost all, hacked, leaked, nobody can, no one can, none of our users, all users, all
        our users, been down, every customer, all customers, all our customers, everyone is affected, whole
        company, entire company, production is broken, production down, prod is down, caido, caida, caidos,
        caidas, se cayo, se ha caido, esta caido, no hay servicio, sin servicio, fuera de servicio,
        interrupcion*, incidente, nadie puede, ningun usuario, todos los usuarios, todos los clientes, toda la
        empresa, fuga de datos, perdida de datos, hackeado, hackearon, brecha
    """,
    "bug": """
        bug*, error*, crash*, broken, breaks, fails, failed, failing, failure*, exception*, freez*, frozen,
        hangs, stuck, wrong, incorrect*, glitch*, defect*, stopped working, not working, does not work,
        doesn't work, don't work, isn't working, won't load, won't open, can't, cannot, can not, unable to,
        not loading, blank page, white screen, black screen, missing data, duplicated, charged twice, typo*,
        unexpected*, corrupt*, regression, timeout, times out, timed out, not found, 404, 500, 502, 503,
        invalid, keeps loading, disappeared, never arrives, falla*, fallo*, fallando, roto, rota, rompe,
        rompio, no funciona*, dejo de funcionar, no anda, no carga, no abre, no puedo, no podemos, no se
        puede, no me deja, no deja, no aparece*, no llega*, no responde, no guarda, se cuelga, se colgo, se
        congela, se cierra, se traba, se bloquea, bloqueado, bloqueada, pantalla en blanco, pantalla negra,
        incorrecto, incorrecta, equivocado, equivocada, cobro doble, duplicado, duplicada, defecto, excepcion,
        desaparecio, desaparecieron, mal funcionamiento, problema*, problem*
    """,
    "feature_request": """
        feature request*, would be great, would be nice, would be good, would be helpful, would be useful,
        would love, i'd love, we'd love, it'd be great, i wish, please add, can you add, could you add, add
        support, add an option, an option to, add the ability, ability to, enhancement*, improvement*,
        suggestion*, suggest*, it would help, should be able to, should have, wishlist, dark mode, integrate
        with, roadmap, would like to have, would like to be able, needs an option, allow us to, allow users
        to, let us, me gustaria, nos gustaria, estaria bien, estaria bueno, seria bueno, seria genial, seria
        ideal, seria util, seria conveniente, ojala, podrian agregar, podrian anadir, podriais anadir, pueden
        agregar, puedes anadir, agregar la opcion, agregar una opcion, agregar soporte, anadir la opcion,
        anadir una opcion, anadir soporte, anadan, agreguen, sugerencia*, sugiero, mejora*, nueva funcion,
        nueva funcionalidad, modo oscuro, permitir que, hace falta, falta una opcion
    """,
    "question": """
        how do, how can, how to, how does, how should, how long, how much, how many, what is, what are, what
        does, where is, where can, where do, where are, when will, when is, when does, why is, why does, who
        can, is it possible, is there a way, is there any, can i, can we, could i, do you, does it, do i,
        should i, question*, wondering, i'd like to know, would like to know, any idea, clarify, explain,
        documentation, tutorial, como puedo, como se, como hago, como podemos, como funciona, donde esta,
        donde puedo, donde se, donde encuentro, cuando estara, cuando va, cuanto cuesta, cuanto tarda, cual
        es, cuales son, que es, que significa, por que, es posible, se puede, hay alguna forma, hay alguna
        manera, hay forma, existe alguna, pregunta*, duda*, consulta*, quisiera saber, me pregunto, quiero
        saber, me pueden explicar, pueden explicar, tutorial, documentacion
    """,
}
TYPE_WEIGHT: dict[TicketType, int] = {"incident": 3, "bug": 2, "feature_request": 2, "question": 1}
ORDER: tuple[TicketType, ...] = ("incident", "bug", "feature_request", "question")
"""Who wins when words weigh the same."""
IN_TITLE = 2
"""How much more a word in the title weighs."""

PRIORITIES: dict[int, str] = {
    0: """
        critical, emergency, outage*, production is down, production down, prod is down, site is down, been
        down, everything is down, system down, data loss, lost all, data breach, security breach, hacked,
        leaked, nobody can, no one can, all users, all customers, all our customers, all our users, whole
        company, entire company, sev1, sev 1, sev0, p0, critico, critica, emergencia, se cayo, se ha caido,
        esta caido, esta caida, todo caido, nadie puede, todos los usuarios, todos los clientes, toda la
        empresa, perdida de datos, fuga de datos, hackeado, hackearon, no hay servicio
    """,
    1: """
        urgent*, asap, as soon as possible, immediately, right now, right away, high priority, blocker,
        blocking, blocked, cannot log in, can't log in, cannot login, can't login, cannot pay, can't pay,
        payment fails, payments fail, charged twice, losing money, losing customers, deadline, sev2, sev 2,
        p1, stopped working, is down, urgente*, urge, cuanto antes, lo antes posible, inmediatamente, de
        inmediato, ya mismo, prioridad alta, alta prioridad, bloqueante, bloqueado, bloqueada, bloqueados, no
        puedo entrar, no puedo iniciar sesion, no puedo acceder, no puedo pagar, no podemos trabajar, cobro
        doble, me cobraron dos veces, perdiendo dinero, perdiendo clientes, caido, caida, dejo de funcionar
    """,
    2: """
        important, crash*, fails, failed, failing, failure*, error*, broken, not working, does not work,
        doesn't work, cannot, can't, unable to, stuck, serious, soon, medium priority, exception*, 500,
        importante, falla*, fallo*, no funciona*, no puedo, no podemos, no se puede, roto, rota, se cuelga, se
        cierra, grave, pronto, prioridad media
    """,
    4: """
        minor, low priority, small, cosmetic, typo*, not urgent, no rush, no hurry, when you have time,
        whenever you can, nice to have, would be nice, at your convenience, not important, not critical,
        slightly, misaligned, menor, baja prioridad, prioridad baja, pequeno, pequena, estetico, cosmetico,
        cuando puedan, cuando tengan tiempo, cuando puedas, no es urgente, no urge, sin prisa, sin apuro, no
        corre prisa, no es importante, no es critico, estaria bien, seria bueno, me gustaria
    """,
    5: """
        trivial, minimal, lowest priority, someday, just a thought, just a suggestion, fyi, for your
        information, nitpick, insignificante, minima prioridad, prioridad minima, algun dia, solo una
        sugerencia, para su informacion
    """,
}
FAILING, NORMAL = 2, 3

LANGUAGES: dict[Language, str] = {
    "en": """
        the, and, is, are, was, to, of, in, it, that, this, with, for, my, we, our, you, your, not, when,
        have, has, can, can't, i'm, it's, please, how, what, there, from, but, do, does, doesn't, don't,
        hello, hi, thanks, be, an, since, would, could, after, or, at, by, if, still, they, get, login, works,
        working, i, on
    """,
    "es": """
        el, la, los, las, un, una, unos, unas, de, del, al, que, en, es, son, esta, estan, y, con, por, para,
        mi, su, se, lo, le, nos, me, cuando, tengo, hay, puedo, pueden, hola, gracias, favor, como, pero,
        porque, desde, mas, muy, ya, ayer, hoy, sin, sobre, cuenta, buenas, buenos, dias, tardes, quiero,
        necesito, funciona, ha, he, sido, era, fue, si
    """,
}

NEGATIONS = "not no never nothing without isn't aren't wasn't doesn't don't didn't nunca sin ningun ninguna tampoco"
"""They turn round what follows: `no errors`, `it is not urgent`, `ya no falla`."""
BETWEEN = "a an any more longer the is are es era hay tan so very really muy mas me se da that all too un una"
"""Words that may stand between a negation and what it denies."""

READ = 5_000
"""Characters that are read: what a report is about is said early."""

_WORD = re.compile(r"[\w']+")


def title_of(text: str, given: str | None = None) -> str:
    """At most 120 characters of the title or of the first line, cut at a word."""
    lines = (given or text).strip().splitlines()
    line = " ".join(lines[0].split()) if lines else ""
    if len(line) <= TITLE_LENGTH:
        return line or UNTITLED
    head, _, tail = line[: TITLE_LENGTH - 1].rpartition(" ")
    return (head if len(head) > TITLE_LENGTH // 2 else head + " " + tail).strip() + "…"


def infer_type(title: str, text: str) -> TicketType:
    """bug, feature_request, question or incident; when no word tells, a question if it asks and else a bug."""
    scores: Counter[TicketType] = Counter()
    for factor, part in ((IN_TITLE, title), (1, text)):
        for kind, count in Counter(kind for kind, _ in _TYPES.said(_words(part))).items():
            scores[kind] += factor * count * TYPE_WEIGHT[kind]
    if not scores:
        return "question" if "?" in title or "?" in text[:READ] else "bug"
    return max(ORDER, key=lambda kind: scores[kind])


def infer_priority(title: str, text: str) -> int:
    """0 Critical … 5 Minimal; 3 when nothing is said.

    The most pressing word wins, but `no rush` and its like outweigh words that only say that something fails.
    """
    said = {priority for part in (title, text) for priority, _ in _PRIORITIES.said(_words(part))}
    pressing = min(said, default=NORMAL)
    if pressing < FAILING:
        return pressing
    return max(said | {pressing}) if max(said, default=NORMAL) > NORMAL else pressing


def infer_language(text: str) -> Language | None:
    """en or es by their commonest words, None when neither is clear."""
    words = _words(text)
    english, spanish = (sum(word in _COMMON[language] for word in words) for language in ("en", "es"))
    spanish += 2 * any(sign in text for sign in "¿¡ñ")
    if english == spanish:
        return None
    return "en" if english > spanish else "es"


Phrase = tuple[str, ...]


class _Table(Generic[Said]):
    """A table turned round for reading: phrases by their first word, words with any ending by their stem."""

    def __init__(self, table: Mapping[Said, str]) -> None:
        self._phrases: dict[str, list[tuple[Phrase, Said]]] = {}
        self._stems: dict[str, Said] = {}
        for meaning, entries in table.items():
            for entry in entries.split(","):
                self._add(entry.split(), meaning)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._begun_by = lru_cache(maxsize=10_000)(self._look_up)  # most words of any text begin nothing
        self.said = lru_cache(maxsize=4)(self._said)  # a short text is its own title

    def _add(self, words: list[str], meaning: Said) -> None:
        if not words:
            return
        if len(words) == 1 and words[0].endswith("*"):
            self._stems[words[0][:-1]] = meaning
        else:
            self._phrases.setdefault(words[0].rstrip("*"), []).append((tuple(words), meaning))

    def _said(self, words: tuple[str, ...]) -> set[tuple[Said, str]]:
        """Each meaning that the words express and do not deny, with the entry that says it."""
        found: set[tuple[Said, str]] = set()
        for index, word in enumerate(words):
            said, longer = self._begun_by(word)
            if longer:
                said = said | {
                    (meaning, " ".join(phrase)) for phrase, meaning in longer if _follows(words, index, phrase)
                }
            if said and not _is_denied(words, index):
                found |= said
        return found

    def _look_up(self, word: str) -> tuple[frozenset[tuple[Said, str]], Sequence[tuple[Phrase, Said]]]:
        """What a word says by itself, and the phrases that it may begin."""
        phrases = self._phrases.get(word, [])
        alone = [(meaning, word) for phrase, meaning in phrases if phrase == (word,)]
        stems = [word[:length] for length in self._stem_lengths if word[:length] in self._stems]
        return (
            frozenset([*alone, *((self._stems[stem], stem) for stem in stems)]),
            [(phrase, meaning) for phrase, meaning in phrases if phrase != (word,)],
        )


def _follows(words: Sequence[str], index: int, phrase: Phrase) -> bool:
    if index + len(phrase) > len(words):
        return False
    for place, wanted in enumerate(phrase[1:], index + 1):
        word = words[place]
        if word != wanted and not (wanted.endswith("*") and word.startswith(wanted[:-1])):
            return False
    return True


def _is_denied(words: Sequence[str], index: int) -> bool:
    for word in reversed(words[max(0, index - 3) : index]):
        if word in _NEGATIONS:
            return True
        if word not in _BETWEEN:
            return False
    return False


@lru_cache(maxsize=4)
def _words(text: str) -> tuple[str, ...]:
    """In lower case and without accents, as the tables are written."""
    text = text[:READ].replace("\u2019", "'")
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return tuple(_WORD.findall(text.lower()))


_NEGATIONS, _BETWEEN = frozenset(NEGATIONS.split()), frozenset(BETWEEN.split())
_TYPES = _Table(TYPES)
_PRIORITIES = _Table(PRIORITIES)
_COMMON = {language: frozenset(re.findall(r"[\w']+", words)) for language, words in LANGUAGES.items()}
