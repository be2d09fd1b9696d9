"""A full collection looks at what came after the start alone."""

import subprocess
import sys

SCRIPT = """
import gc, intake.app
from runtime.garbage import spare_what_stays
before = len(gc.get_objects())
spare_what_stays()
print(before > 50_000 > len(gc.get_objects()))
"""


def test_what_was_imported_is_not_looked_through_again():
    assert subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True).stdout == b"True\n"
