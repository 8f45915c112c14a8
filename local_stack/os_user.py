"""The operating system user that runs PostgreSQL when root starts it: PostgreSQL refuses to run as
root.
"""

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
class OSUser:
    uid: int
    gid: int

    def can(self, right: str, path: Path) -> bool:
        """Whether the user has an access right ("r", "w", "x") to a path.

        Asks test(1), which also considers ACLs.
        """
        command = ["/bin/sh", "-c", 'test "-$1" "$2"', "sh", right, str(path)]
        done = subprocess.run(
            command, cwd="/", user=self.uid, group=self.gid, extra_groups=[], check=False
        )
        return done.returncode == 0

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid, follow_symlinks=False)


def for_postgres(cluster: Path) -> OSUser | None:
    """None when we are not root: PostgreSQL then runs as the current user.

    Root reuses the owner of an existing cluster.
    """
    if os.geteuid() != 0:
        return None
    if cluster.is_dir() and (owner := cluster.stat()).st_uid != 0:
        return OSUser(owner.st_uid, owner.st_gid)
    return _existing() or _created()


def _existing() -> OSUser | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return OSUser(entry.pw_uid, entry.pw_gid)


def _created() -> OSUser:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", HOME]
        command += ["--shell", "/usr/sbin/nologin", NAME]
    elif shutil.which("adduser"):  # BusyBox
        command = ["adduser", "-S", "-D", "-H", "-h", HOME, "-s", "/sbin/nologin", NAME]
    else:
        raise StackError(
            f"PostgreSQL does not run as root and needs a system user named {NAME}: please add one."
        )
    for _ in range(20):  # another process may hold the lock on /etc/passwd, or add the same user
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if account := _existing():
            return account
        time.sleep(0.25)
    raise StackError(
        f"The system user {NAME} for PostgreSQL cannot be added: {made.stderr.strip()}"
    )
