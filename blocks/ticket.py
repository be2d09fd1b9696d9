"""One ticket in a window: what was reported, and how it stands."""

from blocks import badges, kit
from blocks.kit import Json
from hub.showing import TicketCard


def window(card: TicketCard) -> Json:
    """The report whole, over as many blocks as it takes."""
    shown, left = kit.pages(card.description if card.description.strip() else kit.BLANK, most=40, weight=120_000)
    rest = [kit.context(f"{left:,} more characters do not fit here.")] if left else []
    return kit.modal(
        f"Ticket #{card.number}",
        [
            kit.header(card.title),
            kit.fields(
                [
                    ("Status", badges.status(card.status)),
                    ("Priority", badges.priority(card.priority)),
                    ("Type", badges.ticket_type(card.ticket_type)),
                    ("Channel", badges.channel(card.channel)),
                ]
            ),
            *(kit.rich(kit.quoted(kit.words(page))) for page in shown),
            *rest,
        ],
        close="Close",
    )
