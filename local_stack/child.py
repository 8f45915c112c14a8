"""Turns the process it runs in into another program, after arranging what only the process itself can.

    child.py LAUNCHER DEATH_SIGNAL ACCOUNT PROGRAM ARGUMENT...

A program of its own rather than a function called between fork and exec, which is not safe in a launcher with threads.
It is started with -I -S, imports only what it needs and costs about 20 ms.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def become_account(account: str) -> None:
    """`account` is `uid:gid`, or `-` to stay who we are."""
    if account != "-":
        uid, gid = map(int, account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def end_with_launcher(launcher: int, death_signal: int) -> None:
    """After `become_account`, for a change of account takes the arrangement back."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != launcher:  # it ended before we could ask
        sys.exit(1)


def main(launcher: str, death_signal: str, account: str, *command: str) -> None:
    become_account(account)
    end_with_launcher(int(launcher), int(death_signal))
    try:
        os.execvp(command[0], command)  # noqa: S606  (that is what this program is for)
    except OSError as error:
        sys.exit(f"{command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main(*sys.argv[1:])
