"""The system user that PostgreSQL runs as when root starts it, for it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from local_stack.errors import StackError

NAME = "shop_postgres"
HOME = "/nonexistent"


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def can(self, right: str, path: Path) -> bool:
        """Whether this account has a right ("r", "w", "x") to a path, asked of the system itself: modes are not all there is."""
        question = ["/bin/sh", "-c", 'test "-$1" "$2"', "sh", right, str(path)]
        asked = subprocess.run(question, cwd="/", user=self.uid, group=self.gid, extra_groups=[], check=False)
        return asked.returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def for_postgres(cluster: Path) -> Account | None:
    """None for an ordinary user, who runs PostgreSQL himself. What an ordinary user began, root goes on with as that user."""
    if os.geteuid() != 0:
        return None
    if cluster.is_dir() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return _known() or _made()


def _known() -> Account | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)


def _made() -> Account:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", HOME]
        command += ["--shell", "/usr/sbin/nologin", NAME]
    elif shutil.which("adduser"):  # BusyBox
        command = ["adduser", "-S", "-D", "-H", "-h", HOME, "-s", "/sbin/nologin", NAME]
    else:
        raise StackError(f"PostgreSQL does not run as root and needs a system user named {NAME}: please add one.")
    for _ in range(20):  # somebody else may hold the lock on the list of users, or add this very one
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if account := _known():
            return account
        time.sleep(0.25)
    raise StackError(f"The system user {NAME} for PostgreSQL cannot be added: {made.stderr.strip()}")
