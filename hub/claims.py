"""What a text tells a customer that somebody has to answer for: addresses, sums of money, promises."""

import re


def _shape(*ways: str) -> re.Pattern[str]:
    return re.compile("|".join(ways), re.IGNORECASE)


KINDS = {
    "a link": _shape(
        r"(?:https?://|www\.)[^\s<>()\[\]]+",
        r"\b[\w-]+\.(?:com|net|org|io|app|dev|info|es|eu)\b",
    ),
    "a sum": _shape(
        r"[$€£¥]\s?\d[\d.,]*",
        r"\d[\d.,]*\s?[$€£¥%]",
        r"\d[\d.,]*\s?(?:USD|EUR|GBP|dollars?|euros?|pounds?|dólares|libras)\b",
    ),
    "a promise": _shape(
        r"\b(?:refund|compensat|discount|guarantee|promis|voucher)\w*",
        r"\bfree of charge\b",
        r"\b(?:reembols|devoluci|descuento|garant|promet|compensaci|gratis)\w*",
    ),
}
"""In English and Spanish, as drafts are written."""
LONGEST = 60


def claims(text: str) -> tuple[str, ...]:
    """The first of each kind, with its words: `a link (https://status.example.com)`."""
    found = ((kind, shape.search(text)) for kind, shape in KINDS.items())
    return tuple(f"{kind} ({match[0][:LONGEST]})" for kind, match in found if match)
