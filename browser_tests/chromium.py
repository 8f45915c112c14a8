"""Finds the Chromium of the tests: $CHROMIUM, or the system's, which is installed on Debian for
root.

python -m browser_tests.chromium
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def found() -> str | None:
    chosen = os.environ.get("CHROMIUM")
    return chosen or next((path for name in NAMES if (path := shutil.which(name))), None)


def options() -> list[str]:
    """Chromium's sandbox does not work for root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []


def ensure() -> None:
    if found():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit("Chromium is not installed. Install it, or set CHROMIUM=/path/to/chromium.")
    print("Installing chromium …", flush=True)
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        if subprocess.run(
            command, env=os.environ | QUIET, stdout=subprocess.DEVNULL, check=False
        ).returncode:
            sys.exit(f"{' '.join(command)} failed.")


if __name__ == "__main__":
    ensure()
