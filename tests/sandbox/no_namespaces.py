"""Runs its arguments as root of a user namespace that allows no further one, as most containers do."""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
IDS = "0 0 65535"


def main(command: list[str]) -> int:
    entered_out, entered_in = os.pipe()
    mapped_out, mapped_in = os.pipe()
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None).unshare(CLONE_NEWUSER) != 0:
            os._exit(77)
        os.write(entered_in, b"x")
        os.read(mapped_out, 1)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        os.execv(command[0], command)
    os.close(entered_in)
    if os.read(entered_out, 1):
        for ids in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{ids}").write_text(IDS)
        os.write(mapped_in, b"x")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
