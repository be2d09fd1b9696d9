"""What did not work, in one sentence."""

from blocks import kit
from blocks.kit import Json

SIGN = "⚠️"


def modal(sentence: str) -> Json:
    return kit.modal("That did not work", [kit.sentence(f"{SIGN} {sentence}")], close="Close")


def text(sentence: str) -> str:
    return kit.inert(f"{SIGN} {sentence}")


def told(title: str, sentence: str) -> Json:
    """What became of a click that shows nowhere else."""
    return kit.modal(title, [kit.sentence(sentence)], close="Close")
