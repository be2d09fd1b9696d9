"""What /simulate says. A command of development set-ups."""

from collections.abc import Sequence

from blocks import badges, kit

EXAMPLES = "`/simulate`, `/simulate whatsapp`, `/simulate intercom pii`, `/simulate incident`"


def usage(channels: Sequence[str]) -> str:
    return (
        "Has a customer report something: on which channel "
        f"({', '.join(channels)}; none means any), and `pii` with personal data in it. Or `incident` alone: eight "
        f"customers report one problem on all channels. Examples: {EXAMPLES}."
    )


def unknown(word: str, channels: Sequence[str]) -> str:
    return f"“{kit.inert(word, kit.LABEL)}” is neither a channel nor `pii`. {usage(channels)}"


def incident_is_on_all(channels: Sequence[str]) -> str:
    return f"An incident has its own channels and personal data: say `incident` alone. {usage(channels)}"


def told(*, channel: str, name: str, text: str, pii: Sequence[str]) -> str:
    first = text.splitlines()[0] if text.strip() else ""
    data = f" It holds {', '.join(kind.upper() for kind in pii)}." if pii else ""
    return (
        f"{kit.inert(name, kit.LABEL)} has written on {badges.word(badges.channel(channel))}: "
        f"{kit.inert(first, kit.HEADER)}{data}"
    )
