"""What can go wrong, in a person's words. Doors translate; the message may be shown as it is."""


class HubError(Exception):
    """Something a person may be told. `details` names the field or the ids concerned, never text of people."""

    code = "error"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(HubError):
    code = "not_found"


class Forged(HubError):
    """A delivery whose signature does not hold."""

    code = "forged"


class ChannelOff(HubError):
    """A channel without its secret or token; nothing is accepted from it or sent by it."""

    code = "channel_off"


class Invalid(HubError):
    code = "invalid"


class NotAnAgent(HubError):
    code = "not_an_agent"


class Conflict(HubError):
    code = "conflict"


class NotADraft(Conflict):
    code = "not_a_draft"


class NotResolved(Conflict):
    code = "not_resolved"


class Stale(Conflict):
    """What the person saw has changed since; nothing was done."""

    code = "stale"


class AlreadyGrouped(Conflict):
    """No ticket is in two groups."""

    code = "already_grouped"


class TooFewTickets(Invalid):
    code = "too_few_tickets"
