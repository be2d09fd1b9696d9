"""How long a text is for a model."""

CHARACTERS = 4
"""About four characters a token, as the platform's rule of thumb says."""


def tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS)
