"""A full disk, for real: a database is moved to a small file system of its own, which is then filled up. Needs root, on Linux."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from psycopg2 import extensions
from psycopg2.sql import SQL, Identifier, Literal

from local_stack.topology import SERVICES
from proof.databases import allow, cut, told
from proof.load import Load
from proof.processes import Fault
from proof.system import System

SIZE = "64m"
TABLESPACE = "small"
NO_SPACE = b"No space left on device"
CHUNK = b"\0" * 65536


def can_mount() -> str:
    """Why not, in words; empty if it can."""
    if os.geteuid() != 0:
        return "only root can mount a small file system to fill up"
    asked = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return "" if asked.returncode == 0 else "no file system can be mounted here"


def full(name: str, seconds: float) -> Fault:
    def strike(system: System, load: Load) -> int:
        before = told(system, NO_SPACE)
        with _small_file_system(system) as place, _moved(system, SERVICES[name].database, place):
            load.wait_for_progress()
            filler = place / "filler"
            _fill(filler)
            time.sleep(seconds)
            filler.unlink()
            load.wait_for_progress()
        return told(system, NO_SPACE) - before

    return strike


@contextmanager
def _small_file_system(system: System) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix=TABLESPACE, dir=system.folder))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], check=True)
    unmount = partial(subprocess.run, ["umount", "--lazy", str(place)], check=False, capture_output=True)
    system.on_close(unmount)
    try:
        owner = (system.stack.data.path / "postgres").resolve().joinpath("cluster").stat()
        for folder in (place, place / "files"):
            folder.mkdir(exist_ok=True)
            os.chown(folder, owner.st_uid, owner.st_gid)
        yield place
    finally:
        unmount()


@contextmanager
def _moved(system: System, database: str, place: Path) -> Iterator[None]:
    with system.stack.database_session() as session, session.cursor() as cursor:
        where = Literal(str(place / "files"))
        cursor.execute(SQL("CREATE TABLESPACE {} LOCATION {}").format(Identifier(TABLESPACE), where))
        try:
            _move(session, database, TABLESPACE)
            yield
        finally:
            with suppress(FileNotFoundError):
                (place / "filler").unlink()
            _move(session, database, "pg_default")
            cursor.execute(SQL("DROP TABLESPACE {}").format(Identifier(TABLESPACE)))


def _move(session: extensions.connection, database: str, tablespace: str) -> None:
    """The database is away for that long."""
    allow(session, database, False)
    try:
        cut(session, database)
        with session.cursor() as cursor:
            cursor.execute(SQL("ALTER DATABASE {} SET TABLESPACE {}").format(Identifier(database), Identifier(tablespace)))
    finally:
        allow(session, database, True)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(CHUNK):
            pass
