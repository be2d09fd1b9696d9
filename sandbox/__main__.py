"""`python -m sandbox` serves the stand-in on 127.0.0.1:SANDBOX_PORT; `python -m sandbox shot` pictures a screen."""

import argparse
import sys
from collections.abc import Sequence

from aiohttp import web

from runtime.settings import SettingsError, load_settings
from sandbox import shot
from sandbox.app import build_app
from sandbox.world import KEPT


def main() -> int:
    if sys.argv[1:2] == ["shot"]:
        return shot.main(sys.argv[2:])
    return serve(_read(sys.argv[1:]))


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve the stand-in on SANDBOX_PORT.")
    parser.add_argument("--unhurried", action="store_true", help="people take their time, to be watched")
    parser.add_argument("--kept", type=int, default=KEPT, help="requests of each direction that are remembered")
    return parser.parse_args(arguments)


def serve(given: argparse.Namespace) -> int:
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    web.run_app(
        build_app(settings, unhurried=given.unhurried, kept=given.kept),
        host="127.0.0.1",
        port=settings.sandbox_port,
        print=lambda _: print(f"Sandbox on http://127.0.0.1:{settings.sandbox_port}", flush=True),
        access_log=None,
        shutdown_timeout=2,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
