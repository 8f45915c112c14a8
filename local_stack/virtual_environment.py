"""Makes .venv and installs the given requirement files into it, or finds in a moment that there is nothing to do.

    python3 -I local_stack/virtual_environment.py REQUIREMENTS...

Runs before anything is installed, on the system's own Python: nothing but the standard library here.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / os.environ.get("SHOP_VENV", ".venv")
"""Tools that are not to mix with the rest get another one."""
PYTHON = FOLDER / "bin" / "python"
UNFINISHED = FOLDER / "unfinished"
"""There while pip is at work. What an interrupted pip has left behind is not worth mending."""


def ensure(requirements: list[Path]) -> None:
    fcntl.flock(os.open(ROOT, os.O_RDONLY), fcntl.LOCK_EX)  # until we end: `make up` and `make test` may begin together
    if UNFINISHED.exists() or not _works():
        print(f"Making {FOLDER} …", flush=True)
        venv.create(FOLDER, clear=True, symlinks=True, with_pip=True)
    _let_import_from_root()
    missing = [path for path in requirements if not _is_installed(path)]
    if missing:
        _install(missing)


def _works() -> bool:
    """Whether its Python still runs; the one that it was made with may have been removed, or the folder moved."""
    question = "import sys; print(sys.prefix)"
    try:
        answer = subprocess.run([PYTHON, "-I", "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == str(FOLDER) and _packages().is_dir()


def _packages() -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(FOLDER), "platbase": str(FOLDER)}))


def _let_import_from_root() -> None:
    """The services import `chassis`, and everybody `local_stack`, from the repository's root."""
    link = _packages() / "shop.pth"
    if not link.exists() or link.read_text() != f"{ROOT}\n":
        link.write_text(f"{ROOT}\n")


def _stamp(requirements: Path) -> Path:
    return FOLDER / f"installed-{hashlib.sha256(str(requirements.relative_to(ROOT)).encode()).hexdigest()[:12]}"


def _is_installed(requirements: Path) -> bool:
    stamp = _stamp(requirements)
    return stamp.exists() and stamp.read_text() == _digest(requirements)


def _digest(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def _install(missing: list[Path]) -> None:
    names = ", ".join(str(path.relative_to(ROOT)) for path in missing)
    print(f"Installing the packages of {names} (once; this can take some minutes) …", flush=True)
    UNFINISHED.touch()
    files = [argument for path in missing for argument in ("--requirement", str(path))]
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes", *files]
    if status := subprocess.run(command, check=False).returncode:
        sys.exit(f"The packages of {names} could not be installed (pip ended with status {status}; its message is above).")
    for path in missing:
        _stamp(path).write_text(_digest(path))
    UNFINISHED.unlink()


if __name__ == "__main__":
    try:
        ensure([Path(name).resolve() for name in sys.argv[1:]])
    except subprocess.CalledProcessError:
        shutil.rmtree(FOLDER, ignore_errors=True)
        sys.exit("python3 cannot make a virtual environment here; on Debian and Ubuntu the package python3-venv is needed.")
    except KeyboardInterrupt:
        sys.exit(130)
