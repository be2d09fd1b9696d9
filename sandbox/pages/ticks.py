"""Round numbers for an axis, and numbers as people write them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

LARGEST = 1e15  # what is beyond is drawn as if it were this
SMALLEST = 1e-9  # what differs by less is drawn as if it were nothing
WHOLE = 10_000  # an axis up to here is written without units
UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def finite(value: float) -> float:
    """A value that can be drawn: JSON's integers have no end, and Python reads NaN and Infinity in JSON."""
    return 0.0 if math.isnan(value) else float(max(-LARGEST, min(LARGEST, value)))


def written(value: float) -> str:
    """The number itself, in full."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.12g}" if math.isfinite(value) else "–"


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis over zero, from `first` to `last` times a round `step`."""

    step: float
    first: int
    last: int

    @property
    def ticks(self) -> list[float]:
        return [index * self.step for index in range(self.first, self.last + 1)]

    def share(self, value: float) -> float:
        """Where a value is: 0 at one end of the axis, 1 at the other."""
        return (value / self.step - self.first) / (self.last - self.first)

    def words(self) -> list[str]:
        """The ticks as they are written, all in one unit."""
        most = max(-self.first, self.last) * self.step
        unit, sign = next(((unit, sign) for unit, sign in UNITS if most >= unit and most > WHOLE), (1.0, ""))
        step = self.step / unit
        decimals = next(count for count in range(15) if math.isclose(round(step, count), step))
        return [f"{tick / unit:,.{decimals}f}{sign}" if tick else "0" for tick in self.ticks]


def scale_over(values: Iterable[float], steps: int) -> Scale:
    """About `steps` round steps over all values and zero; whole ones where all values are whole."""
    known = [0.0, *values]
    low, high = min(known), max(known)
    if high - low < SMALLEST:
        return Scale(1.0, 0, 1)
    least = (high - low) / steps
    are_whole = all(value.is_integer() for value in known)
    tens = 10.0 ** math.floor(math.log10(max(1.0, least) if are_whole else least))
    rounds = (times * tens for times in (1, 2, 2.5, 5, 10) if not are_whole or (times * tens).is_integer())
    step = next(step for step in rounds if step >= least * (1 - SMALLEST))
    return Scale(step, math.floor(low / step + SMALLEST), math.ceil(high / step - SMALLEST))
