"""What is said of models wherever they are shown: what was hidden from them, and what they should not have known."""

from collections.abc import Iterator, Mapping, Sequence

from blocks import kit
from blocks.kit import Json
from hub.wording import listed

KINDS = {
    "EMAIL": "e-mail address",
    "IP": "IP address",
    "SSN": "social security number",
    "IBAN": "bank account",
    "CARD": "payment card",
}


def kind_of(kind: str) -> str:
    """What was hidden, in a person's words."""
    return KINDS.get(kind, kind.replace("_", " ").lower())


def counted(counts: Mapping[str, int]) -> str:
    """`e-mail address, name (2)`."""
    return ", ".join(kind_of(kind) + (f" ({number})" if number > 1 else "") for kind, number in counts.items())


def flagged(leaks: Mapping[str, int], claims: Sequence[str] = ()) -> Iterator[Json]:
    """What a person has to look at before they use a model's words."""
    if claims:
        yield kit.sentence(f"👀 The model wrote {listed(claims)}. Make sure that it is true, or take it out.")
    if leaks:
        yield kit.sentence(
            f"⚠️ What the model wrote has what looks personal: {counted(leaks)}. It was shown nothing of the sort."
            " Check it before you use it."
        )
