"""What /simulate says. A command of development set-ups."""

from collections.abc import Sequence

from blocks import badges, kit

EXAMPLES = "`/simulate`, `/simulate whatsapp`, `/simulate intercom pii`"


def usage(channels: Sequence[str]) -> str:
    return (
        "Has a customer report something: on which channel "
        f"({', '.join(channels)}; none means any), and `pii` with personal data in it. Examples: {EXAMPLES}."
    )


def unknown(word: str, channels: Sequence[str]) -> str:
    return f"“{kit.inert(word, kit.LABEL)}” is neither a channel nor `pii`. {usage(channels)}"


def told(*, channel: str, name: str, text: str, pii: Sequence[str]) -> str:
    first = text.splitlines()[0] if text.strip() else ""
    data = f" It holds {', '.join(kind.upper() for kind in pii)}." if pii else ""
    return (
        f"{kit.inert(name, kit.LABEL)} has written on {badges.word(badges.channel(channel))}: "
        f"{kit.inert(first, kit.HEADER)}{data}"
    )
