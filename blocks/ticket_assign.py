"""The small form that gives a ticket to an agent, from its card."""

from uuid import UUID

from blocks import kit
from blocks.kit import Json

ASSIGN = "ticket.assign"
TO = "ticket.assign_to"


def form(*, ticket_id: UUID, number: int, holder: tuple[str, str] | None) -> Json:
    """`holder` is the id and name of who has it now; the metadata is the ticket's id."""
    chosen = kit.option(holder[1], holder[0]) if holder else None
    return kit.modal(
        f"Assign ticket #{number}",
        [kit.entry("Who takes care of it?", kit.picker(TO, placeholder="An agent, or nobody", chosen=chosen))],
        callback_id=ASSIGN,
        submit="Assign",
        close="Cancel",
        private_metadata=str(ticket_id),
    )
