"""The folder with all data of a system: databases, generated secrets, logs."""

import fcntl
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from local_stack.topology import SERVICES

KEYS = "keys.json"


class DataDir:
    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        """Identifies the path where the path itself is too long, or where the files lie outside it.
        """
        self.logs = self.path / "logs"
        self._lock: int | None = None

    def open(self) -> None:
        """Create the folder and lock it until `close`. Safe to repeat."""
        if self._lock is not None:
            return
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True)
                self.path.chmod(
                    0o711
                )  # PostgreSQL's user must traverse the folder, but need not list it
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self._lock = _locked(self.path / "lock")
        except OSError as error:
            raise StackError(
                f"The data folder {self.path} cannot be used: {error.strerror}."
            ) from error

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def keys(self) -> dict[str, Any]:
        """The generated secrets.

        They are stored with the data, because some of it is encrypted with them.
        """
        place = self.path / KEYS
        try:
            stored = dict(json.loads(place.read_text()))
        except FileNotFoundError:
            stored = {}
        except (OSError, ValueError) as error:
            raise StackError(f"The secrets in {place} cannot be read: {error}.") from error
        keys = _new_keys() | stored  # the file of an older version may lack some
        if keys.keys() != stored.keys():
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
    """Atomic: with a truncated file of secrets the data could no longer be read."""
    draft = place.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(place)
