"""The folder in which a system keeps everything of its own: databases, generated secrets, logs."""

import fcntl
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from local_stack.catalogue import SERVICES
from local_stack.errors import StackError


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        """Stands for the path where a path would be too long, or has to lie elsewhere."""
        self.logs = self.path / "logs"
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder and keep other launchers out of it until `close`. Safe to repeat."""
        if self._lock is not None:
            return
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True)
                self.path.chmod(0o711)  # PostgreSQL's own account has to pass through, but needs no list of what is in here
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self._lock = _locked(self.path / "lock")
        except OSError as error:
            raise StackError(f"The data folder {self.path} cannot be used: {error.strerror}.") from error

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def keys(self) -> dict[str, Any]:
        """The generated secrets. They live as long as the data: one of them encrypts what is in a database."""
        place = self.path / "keys.json"
        try:
            kept = dict(json.loads(place.read_text()))
        except FileNotFoundError:
            kept = {}
        except (OSError, ValueError) as error:
            raise StackError(f"The secrets in {place} cannot be read: {error}.") from error
        keys = _new_keys() | kept  # a folder of before may lack some
        if keys.keys() != kept.keys():
            _write_private(place, json.dumps(keys, indent=2))
        return keys


def _locked(place: Path) -> int:
    lock = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 20).decode() or "another process"
        os.close(lock)
        raise StackError(f"The data folder {place.parent} is in use by process {holder}.") from None
    os.truncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())
    return lock


def _new_keys() -> dict[str, Any]:
    return {
        "django_secret_keys": {name: secrets.token_urlsafe(48) for name in SERVICES},
        "database_passwords": {name: secrets.token_urlsafe(24) for name in SERVICES},
        "owner_passwords": {name: secrets.token_urlsafe(24) for name in SERVICES},
        "order_to_inventory_key": secrets.token_urlsafe(48),
        "order_to_user_key": secrets.token_urlsafe(48),
        "gateway_key": secrets.token_urlsafe(48),
    }


def _write_private(place: Path, text: str) -> None:
    """Whole or not at all: half a file of secrets would lock its owner out of his data."""
    draft = place.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place)
