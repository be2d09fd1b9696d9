"""E-mail as a channel: letters are recorded for somebody to send by hand; nothing is called."""

from platforms.by_hand import ByHand
from platforms.http import Http
from platforms.limits import Limits


def open_channel(settings: object, http: Http, limits: Limits) -> ByHand:
    return ByHand("email", "E-mail")
