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


class Unauthorized(HubError):
    """No key, or none that holds: then `whose` says which it was, to logs and not to whoever shows it."""

    code = "unauthorized"

    def __init__(self, message: str, *, whose: str | None = None) -> None:
        super().__init__(message)
        self.whose = whose


class Forbidden(HubError):
    """The key holds, but not for this."""

    code = "forbidden"


class TooOften(HubError):
    """`retry_after` are seconds, whole ones."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message, retry_after=retry_after)
        self.retry_after = retry_after


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
