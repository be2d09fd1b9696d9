#!/usr/bin/env python3
"""Whether the process in this container is alive, by its port for operators: the image's HEALTHCHECK."""

import sys
from http.client import HTTPConnection, HTTPException

PORT = 3010
"""Of every process, as the image sets it."""


def trouble() -> str | None:
    """Why it is to be started again, or None."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=3)
    try:
        connection.request("GET", "/live")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"/live was not answered: {type(error).__name__}"
    return None if status == 200 else f"/live was answered with {status}"


if __name__ == "__main__":
    sys.exit(trouble())
