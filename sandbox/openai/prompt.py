"""What a chat request says, and what the stand-in makes of it: the kind, the rank, the topic."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.openai.failure import invalid
from sandbox.openai.tokens import tokens
from sandbox.world import readable

ROLES = ("system", "developer", "user", "assistant", "tool")
KINDS = (
    (
        "incident",
        r"outage|is down|are down|nobody can|everyone|all users|data loss|breach",
        r"ca[ií]d[oa]s?|nadie puede|todo el mundo|todos los usuarios|p[eé]rdida de datos|brecha",
    ),
    (
        "feature",
        r"feature|would be (nice|great)|(could|can) you add|please add|wish|suggest|support for",
        r"me gustar[ií]a|estar[ií]a bien|(pueden|podr[ií]an|podr[ií]ais) a[nñ]adir|sugerencia",
    ),
    (
        "bug",
        r"bug|error\w*|crash\w*|broken|fail\w*|wrong|doesn'?t|does not|can'?t|cannot|freez\w*",
        r"no funciona|fall[aoó]\w*|se (cierra|cuelga|bloquea)|rot[oa]|mal|no (puedo|se puede)",
    ),
    ("question", r"how (do|can|to)|where|what|why|is there|\?", r"c[oó]mo|d[oó]nde|qué|por qué"),
)
RANKS = (
    (
        0,
        r"outage|data loss|breach|security|is down|are down|nobody can|everyone|all users",
        r"ca[ií]d[oa]s?|p[eé]rdida de datos|brecha|seguridad|nadie puede|todo el mundo|todos los usuarios",
    ),
    (
        1,
        r"urgent\w*|asap|critical|blocked|blocking|cannot work|payment\w*|crash\w*",
        r"cr[ií]tic[oa]|bloquead[oa]|no puedo trabajar|pagos?|se (cierra|cuelga)",
    ),
    (
        2,
        r"error\w*|fail\w*|broken|can'?t|cannot",
        r"no funciona|fall[aoó]\w*|rot[oa]|no (puedo|se puede)",
    ),
    (
        4,
        r"would be (nice|great)|wish|feature|someday|minor",
        r"me gustar[ií]a|estar[ií]a bien|alg[uú]n d[ií]a|menor",
    ),
    (5, r"typo|cosmetic|color|colour|spelling", r"errata|cosm[eé]tic[oa]|ortograf[ií]a"),
)
"""What is said in English, and in Spanish: the same harm ranks the same."""
SPANISH = r"el|la|los|las|un|una|de|que|en|es|se|no|por|para|mi|me|al|cuando|c[oó]mo|hola|gracias"
ENGLISH = r"the|a|an|of|that|in|is|to|and|for|my|me|i|it|not|when|how|hello|thanks|you"


@dataclass(frozen=True, slots=True)
class Prompt:
    """`whole` is everything said, `text` what the user's last message says, markup taken off."""

    whole: str
    text: str

    @property
    def tokens(self) -> int:
        return tokens(self.whole)

    @property
    def kind(self) -> str:
        return next((kind for kind, *patterns in KINDS if self._says(*patterns)), "bug")

    @property
    def rank(self) -> int:
        """0 critical … 5 minimal."""
        return next((rank for rank, *patterns in RANKS if self._says(*patterns)), 3)

    @property
    def is_for_many(self) -> bool:
        """Whether several people are to be sent the same words: nobody's own are repeated to the others."""
        return "customers who reported the same problem" in self.whole

    @property
    def language(self) -> str:
        """The one the instructions name, else the one most of the small words are of: "es" or "en"."""
        named = re.search(r"\bwrite in (english|spanish)\b", self.whole.lower())
        if named:
            return "es" if named[1] == "spanish" else "en"
        return "es" if self._count(SPANISH) > self._count(ENGLISH) else "en"

    @property
    def topic(self) -> str:
        """The first sentence of the text, or its beginning, bare: no address, link or markup survives."""
        bare = re.sub(r"https?://\S+|\S+@\S+|\[[A-Z_ -]+\d*\]", " ", self.text).strip()
        first = re.split(r"[.!?](?=\s|$)|\n", bare)[0]
        words = re.sub(r"[^\w\s',-]", " ", first).split() or re.sub(r"[^\w\s',-]", " ", bare).split()
        return " ".join(words[:14])[:140].strip(" ,-") or "what you reported"

    def _count(self, pattern: str) -> int:
        return len(re.findall(rf"(?<!\w)({pattern})(?!\w)", self.text.lower()))

    def _says(self, *patterns: str) -> bool:
        return any(self._count(pattern) for pattern in patterns)


def read(messages: object) -> Prompt:
    if not isinstance(messages, list) or not messages:
        raise invalid("messages", "Invalid 'messages': empty array. Expected at least one message.")
    said = [_message(message, f"messages[{index}]") for index, message in enumerate(messages)]
    last = next((text for role, text in reversed(said) if role == "user"), said[-1][1])
    return Prompt("\n".join(text for _, text in said), _bare(last))


def _message(message: object, where: str) -> tuple[str, str]:
    """Role and text."""
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(message, dict) or role not in ROLES:
        raise invalid(f"{where}.role", f"Invalid value for '{where}.role'.")
    return str(role), _text(message.get("content"), f"{where}.content")


def _text(content: object, where: str) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(part, dict) for part in content):
        return "\n".join(str(part.get("text", "")) for part in content)
    raise invalid(where, f"Invalid type for '{where}'.")


def _bare(text: str) -> str:
    """The words of a message: what stands in its delimiters or its JSON, else all of it."""
    found = readable(text.encode("utf-8", "replace"))
    if isinstance(found, dict | list):
        return "\n".join(_strings(found))
    lines = text.strip().splitlines()
    if len(lines) > 2 and lines[0].strip() == lines[-1].strip():  # between two identical marker lines
        text = re.sub(r"^Title: .*\n", "", "\n".join(lines[1:-1]).strip()).strip()
    inside = re.findall(r"<(\w+)[^>]*>\n?(.*?)</\1>", text, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", "\n".join(part for _, part in inside) if inside else text).strip()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
