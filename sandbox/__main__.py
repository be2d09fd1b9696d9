"""`python -m sandbox` serves the stand-in on 127.0.0.1:SANDBOX_PORT; `python -m sandbox shot` pictures a screen.

With `--unhurried` people take their time, to be watched.
"""

import sys

from aiohttp import web

from runtime.settings import SettingsError, load_settings
from sandbox import shot
from sandbox.app import build_app


def main() -> int:
    if sys.argv[1:2] == ["shot"]:
        return shot.main(sys.argv[2:])
    return serve()


def serve() -> int:
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    web.run_app(
        build_app(settings, unhurried="--unhurried" in sys.argv),
        host="127.0.0.1",
        port=settings.sandbox_port,
        print=lambda _: print(f"Sandbox on http://127.0.0.1:{settings.sandbox_port}", flush=True),
        access_log=None,
        shutdown_timeout=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
