"""The files of the repository, for the checks of documents and texts."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = re.compile(r"\.(?!ci$|github$).*|node_modules|artefacts|backups|__pycache__")
"""Folders that are installed, generated or private."""


def files(*suffixes: str, root: Path = ROOT) -> list[str]:
    """Their paths, relative to the root. A suffix may be a whole name: `Makefile`."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if not GENERATED.fullmatch(each)]
        found += [Path(folder, name) for name in names if name.endswith(suffixes)]
    return sorted(str(path.relative_to(root)) for path in found)


def text(name: str) -> str:
    return (ROOT / name).read_text()
