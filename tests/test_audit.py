"""What the audit says when something is unsafe, when nothing is, and when nobody can be asked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SAFE = {"name": "aiohttp", "version": "3.1", "vulns": []}
UNSAFE = {"name": "arq", "version": "0.1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.2"]}]}
UNKNOWN = {"name": "yarl", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("answered", "code", "said"),
    [
        ([SAFE, UNKNOWN], 0, "1 of 2 packages of requirements.lock are known, and none to be unsafe."),
        ([SAFE, UNSAFE], 1, "arq 0.1 has PYSEC-1, mended in 0.2: make lock UPGRADE=--upgrade"),
        ([UNKNOWN], 0, "Not audited: the service that knows of vulnerabilities could not be asked"),
        (None, 0, "Not audited"),
    ],
)
def test_the_audit_says_what_is_unsafe(tmp_path: Path, answered: list[dict] | None, code: int, said: str):
    answer = "no JSON" if answered is None else json.dumps({"dependencies": answered})
    (tmp_path / "pip_audit.py").write_text(f"print({answer!r})")
    done = subprocess.run(
        [sys.executable, "-m", "tests.audit"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, said in done.stdout) == (code, True), done
