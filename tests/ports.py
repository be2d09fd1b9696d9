"""Ports nobody else has, also where several test processes start hubs side by side."""

import os
import socket
from itertools import cycle, islice

NUMBER = 100
_first = 10_000 + os.getpid() % 220 * NUMBER
_ports = cycle(range(_first, _first + NUMBER))
"""Of this process alone, and below those the kernel gives to outgoing connections: one of these may be taken again
before anybody listens."""


def free_ports(number: int) -> list[int]:
    return list(islice(filter(_is_free, _ports), number))


def free_port() -> int:
    [port] = free_ports(1)
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
