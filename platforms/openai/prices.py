"""What a call costs, by the prices of its model at that moment."""

from collections.abc import Mapping
from decimal import Decimal

Prices = Mapping[str, tuple[float, float]]
"""By model: US dollars for a million tokens it reads, and for a million it writes."""
NO_PRICES: Prices = {}
MILLION = 1_000_000


def cost(prices: Prices, model: str, *, read: int | None, written: int | None) -> Decimal | None:
    """In US dollars; None where the model's price is not known or the server counts no tokens."""
    price = prices.get(model)
    if price is None or (read is None and written is None):
        return None
    dear, dearer = (Decimal(str(each)) for each in price)
    return (dear * max(0, read or 0) + dearer * max(0, written or 0)) / MILLION
