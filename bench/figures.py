"""Figures of rounds in which two took turns."""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import TypeVar

Made = TypeVar("Made")


def median(made: Sequence[Made], figure: Callable[[Made], float]) -> float:
    return statistics.median(figure(one) for one in made)


def quotient(ours: Sequence[Made], theirs: Sequence[Made], figure: Callable[[Made], float]) -> float:
    """The median over the rounds, so that what disturbed one round disturbs one ratio.

    Not a number where theirs was too little for the kernel's clock, as in a quick run.
    """
    pairs = [(figure(one), figure(other)) for one, other in zip(ours, theirs, strict=True)]
    return statistics.median(one / other if other else math.nan for one, other in pairs)
