"""How the outside fails. The job that met one decides what to do; hub never sees these."""

from datetime import datetime

WAIT = "wait, then try again what does not go on by itself"
"""How a sentence about what passes ends: a job goes on by itself, a click or what was given up does not."""
FIND_OUT = "find out whether it was done before you do it again"
ANOTHER_WAY = "reach the person another way"
DEFECT = "report this as a defect"


class PlatformError(Exception):
    """The outside failed. `code` is the platform's own, the message a sentence with the next step."""

    def __init__(self, message: str, *, platform: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.platform = platform
        self.code = code


class Unreachable(PlatformError):
    """Nothing was delivered (no connection, or the platform said it failed): may be tried again."""


class RateLimited(PlatformError):
    """The platform said 429 or its own word for it; nothing was done. `retry_after` in seconds, None if not said."""

    def __init__(
        self, message: str, *, platform: str, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, platform=platform, code=code)
        self.retry_after = retry_after


class Refused(PlatformError):
    """The platform said no and will say no again: never retried."""


class Restricted(Refused):
    """The channel does not allow this message to this person now; somebody has to reach them another way."""


class WindowClosed(Refused):
    """WhatsApp 131047: outside the 24-hour window after all; the template may still be sent."""


class Unsure(PlatformError):
    """The request left and no answer came: it may or may not have been done. Never blindly repeated."""


class CannotTell(PlatformError):
    """The platform has no way to look up whether a message was sent."""


class Later(Exception):
    """Our own rate bucket or cool-down is closed; come back at `until`. Costs no attempt."""

    def __init__(self, until: datetime, why: str) -> None:
        super().__init__(why)
        self.until = until
        self.why = why
