"""What a call cost is said exactly, or not at all."""

from decimal import Decimal

import pytest

from platforms.openai.prices import cost

PRICES = {"big": (1.25, 10.0), "free": (0.0, 0.0)}


@pytest.mark.parametrize(
    ("model", "read", "written", "dollars"),
    [
        ("big", 1_000_000, 0, "1.25"),
        ("big", 400, 60, "0.0011"),
        ("big", 1, None, "0.00000125"),
        ("big", -5, 1, "0.00001"),
        ("free", 10, 10, "0"),
        ("big", None, None, None),
        ("unknown", 400, 60, None),
    ],
)
def test_a_call_costs_what_its_tokens_cost(model: str, read: int | None, written: int | None, dollars: str | None):
    assert cost(PRICES, model, read=read, written=written) == (None if dollars is None else Decimal(dollars))
