"""Becomes a child's command after making sure that it dies with its parent and, if asked, is not root.

Run as a script with nothing but the standard library, because it must be a process of one thread: only such a
process may enter a user namespace. `launch.py PARENT SIGNAL [--not-root OWNED…] -- COMMAND…`
"""

import contextlib
import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from pathlib import Path

LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


def main(arguments: list[str]) -> None:
    split = arguments.index("--")
    (parent, death_signal, *wanted), command = arguments[:split], arguments[split + 1 :]
    try:
        forget_inherited_signals()
        if wanted and os.geteuid() == 0:
            leave_root([Path(path) for path in wanted[1:]])
        die_with(int(parent), int(death_signal))
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}.")


def forget_inherited_signals() -> None:
    """A shell's background job ignores SIGINT, `nohup` SIGHUP; a child must still hear its parent's."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel to signal us when the parent ends, however it ends (Linux; prctl(2), PR_SET_PDEATHSIG).

    A change of user clears the request, so it comes after one.
    """
    if not LINUX:
        return
    call(LIBC.prctl, PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The parent ended before this process began.")


def leave_root(owned: list[Path]) -> None:
    """Be an ordinary user who owns `owned`: in a user namespace, or, where none is allowed, as `nobody`."""
    user = ordinary_user()
    if LINUX and works(lambda: enter_namespace(user)):
        give(owned, 0, 0)
        enter_namespace(user)
    else:
        give(owned, user.pw_uid, user.pw_gid)
        become(user)


def ordinary_user() -> pwd.struct_passwd:
    """Somebody who is in the system's list of users, because initdb asks for its own name."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("nobody")
    return next(user for user in pwd.getpwall() if user.pw_uid != 0)


def works(attempt: Callable[[], None]) -> bool:
    """Whether a step that cannot be undone succeeds, tried in a child of its own."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            attempt()
            os._exit(0)
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def enter_namespace(user: pwd.struct_passwd) -> None:
    """Root outside is `user` inside: files stay root's, and no privilege is left after exec (user_namespaces(7))."""
    call(LIBC.unshare, CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user.pw_uid} 0 1")
    Path("/proc/self/gid_map").write_text(f"{user.pw_gid} 0 1")


def become(user: pwd.struct_passwd) -> None:
    """Change user for good; keep only the right to pass through root's private folders, if we have it."""
    if LINUX:
        call(LIBC.prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if LINUX:
        with contextlib.suppress(OSError):
            keep_folder_access()


def keep_folder_access() -> None:
    """Hold CAP_DAC_OVERRIDE, and nothing else, over the exec (capabilities(7), ambient set)."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    call(LIBC.capset, header, sets)
    call(LIBC.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def give(folders: list[Path], uid: int, gid: int) -> None:
    for folder in folders:
        if folder.stat().st_uid != uid:
            for path in (folder, *folder.rglob("*")):
                os.lchown(path, uid, gid)


def call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
