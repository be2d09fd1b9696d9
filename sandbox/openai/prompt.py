"""What a chat request says, and what the stand-in makes of it: the kind, the rank, the topic."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.openai.failure import invalid
from sandbox.openai.tokens import tokens
from sandbox.world import readable

ROLES = ("system", "developer", "user", "assistant", "tool")
KINDS = (
    ("incident", r"outage|is down|are down|nobody can|everyone|all users|data loss|breach|ca[ií]do|nadie puede"),
    ("feature", r"feature|would be (nice|great)|could you add|please add|wish|suggest|support for|me gustar[ií]a"),
    ("bug", r"bug|error|crash\w*|broken|fail\w*|wrong|doesn'?t|does not|can'?t|cannot|freez\w*|no funciona|falla\w*"),
    ("question", r"how (do|can|to)|where|what|why|is there|c[oó]mo|d[oó]nde|\?"),
)
RANKS = (
    (0, r"outage|data loss|breach|security|is down|are down|nobody can|everyone|all users|ca[ií]do"),
    (1, r"urgent\w*|asap|critical|blocked|blocking|cannot work|payment\w*|crash\w*|urgente"),
    (2, r"error|fail\w*|broken|can'?t|cannot|no funciona|falla\w*"),
    (4, r"would be (nice|great)|wish|feature|someday|minor|me gustar[ií]a"),
    (5, r"typo|cosmetic|color|colour|spelling"),
)


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
        return next((kind for kind, pattern in KINDS if self._says(pattern)), "bug")

    @property
    def rank(self) -> int:
        """0 critical … 5 minimal."""
        return next((rank for rank, pattern in RANKS if self._says(pattern)), 3)

    @property
    def topic(self) -> str:
        """The first words of the text, bare: no address, link or markup survives."""
        bare = re.sub(r"https?://\S+|\S+@\S+|\[[A-Z_ -]+\d*\]", " ", self.text)
        words = re.sub(r"[^\w\s',-]", " ", bare).split()
        return " ".join(words[:14])[:140].strip(" ,-") or "what you reported"

    def _says(self, pattern: str) -> bool:
        return re.search(rf"(?<!\w)({pattern})(?!\w)", self.text.lower()) is not None


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
