"""Changes user and sets the parent death signal, then replaces itself with another program (exec).

    exec_wrapper.py LAUNCHER DEATH_SIGNAL USER PROGRAM ARGUMENT...

A separate program, because running Python code between fork and exec (preexec_fn) is not safe in a
launcher with threads. It is started with -I -S and few imports, which costs about 20 ms.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def become_user(account: str) -> None:
    """`account` is `uid:gid`, or `-` to keep the current user."""
    if account != "-":
        uid, gid = map(int, account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def exit_with_parent(launcher: int, death_signal: int) -> None:
    """Call it after `become_user`: a change of user clears the death signal."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != launcher:  # it exited before prctl took effect
        sys.exit(1)


def main(launcher: str, death_signal: str, account: str, *command: str) -> None:
    become_user(account)
    exit_with_parent(int(launcher), int(death_signal))
    try:
        os.execvp(command[0], command)  # noqa: S606  (the purpose of this program)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
