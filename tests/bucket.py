"""A real server that speaks S3: it checks every signature, and its buckets are folders that can be looked into."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydantic import SecretStr

KEY_ID, KEY = "hub-in-the-tests", "key-of-the-hub-in-the-tests"
NAME = "files-of-the-hub"
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Bucket:
    """One bucket of a running server."""

    port: int
    folder: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What an operator sets."""
        return {
            "S3_BUCKET": NAME,
            "S3_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": KEY,
        }

    def objects(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    def facts(self, name: str) -> dict[str, Any]:
        """What is kept of an object besides its content."""
        return dict(json.loads((self.folder / ".nanio-meta" / f"{name}.json").read_text()))

    def empty(self) -> None:
        for path in [path for path in self.folder.rglob("*") if path.is_file()]:
            path.unlink()


def settings(home: Path, bucket: Bucket | None, **given: Any) -> Any:
    """Of files; `given` differ from what is right for the bucket."""
    right = bucket.environment if bucket else {}
    keys = {name: SecretStr(right.get(name.upper(), "")) for name in ("aws_access_key_id", "aws_secret_access_key")}
    usual = {
        "hub_home": home,
        "s3_bucket": right.get("S3_BUCKET", ""),
        "s3_endpoint_url": right.get("S3_ENDPOINT_URL", ""),
        "aws_region": "us-east-1",
        "request_seconds": 5.0,
    }
    return SimpleNamespace(**keys | usual | given)


@contextmanager
def serving(home: Path, port: int) -> Iterator[Bucket]:
    """A server with one bucket, its data in `home`."""
    bucket = Bucket(port, home / NAME)
    bucket.folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "nanio", "serve", "--data-dir", str(home), "--host", "127.0.0.1"]
    keys = {"NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": KEY}
    with (home.parent / f"{home.name}.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port)], env=os.environ | keys, stdout=log, stderr=log, cwd=home
        )
    try:
        _wait_for(bucket.endpoint, server)
        yield bucket
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_SECONDS)


def _wait_for(endpoint: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while server.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(endpoint, timeout=1)
        except urllib.error.HTTPError:
            return  # it wants a signature
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"no server of S3 at {endpoint}")
