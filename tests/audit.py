"""`python -m tests.audit`: whether anything production installs is known to be unsafe, as far as PyPI's service can be asked."""

import json
import subprocess
import sys
from typing import Any

LOCK = "requirements.lock"
COMMAND = ["pip_audit", "--requirement", LOCK, "--require-hashes", "--disable-pip", "--progress-spinner", "off"]
SECONDS = 120


def main() -> int:
    asked = _asked()
    known = [one for one in asked if "vulns" in one]
    if not known:
        print(f"Not audited: the service that knows of vulnerabilities could not be asked about {LOCK}.")
        return 0
    unsafe = [_sentence(one, vulnerability) for one in known for vulnerability in one["vulns"]]
    print("\n".join(unsafe) or f"{len(known)} of {len(asked)} packages of {LOCK} are known, and none to be unsafe.")
    return 1 if unsafe else 0


def _asked() -> list[dict[str, Any]]:
    """What is known of each package; nothing where nobody answered."""
    command = [sys.executable, "-m", *COMMAND, "--format", "json", "--timeout", "10"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        return list(json.loads(done.stdout)["dependencies"])
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return []


def _sentence(package: dict[str, Any], vulnerability: dict[str, Any]) -> str:
    mended = ", ".join(vulnerability.get("fix_versions") or []) or "no version yet"
    return f"{package['name']} {package['version']} has {vulnerability['id']}, mended in {mended}: make lock UPGRADE=--upgrade"


if __name__ == "__main__":
    sys.exit(main())
