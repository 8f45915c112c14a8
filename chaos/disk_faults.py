"""A full disk: moves a database to a small tmpfs and fills it. Needs root, on Linux."""

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

from chaos.postgres_faults import allow_connections, count_in_log, drop_sessions
from chaos.process_faults import fault
from chaos.system_under_test import SystemUnderTest
from chaos.workload import Workload
from local_stack.topology import SERVICES

SIZE = "64m"
TABLESPACE = "small"
NO_SPACE = b"No space left on device"
CHUNK = b"\0" * 65536


def cannot_mount() -> str:
    """The reason why no file system can be mounted; empty if it can."""
    if os.geteuid() != 0:
        return "only root can mount a small file system to fill up"
    done = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
    )
    return "" if done.returncode == 0 else "no file system can be mounted here"


@fault
def full(system: SystemUnderTest, workload: Workload, name: str, seconds: float) -> int:
    before = count_in_log(system, NO_SPACE)
    with _small_file_system(system) as folder, _moved(system, SERVICES[name].database, folder):
        workload.wait_for_orders()
        filler = folder / "filler"
        _fill(filler)
        time.sleep(seconds)
        filler.unlink()
        workload.wait_for_orders()
    return count_in_log(system, NO_SPACE) - before


@contextmanager
def _small_file_system(system: SystemUnderTest) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=TABLESPACE, dir=system.folder))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)], check=True)
    unmount = partial(
        subprocess.run, ["umount", "--lazy", str(folder)], check=False, capture_output=True
    )
    system.on_close(unmount)
    try:
        owner = (system.stack.data.path / "postgres").resolve().joinpath("cluster").stat()
        for path in (folder, folder / "files"):
            path.mkdir(exist_ok=True)
            os.chown(path, owner.st_uid, owner.st_gid)
        yield folder
    finally:
        unmount()


@contextmanager
def _moved(system: SystemUnderTest, database: str, folder: Path) -> Iterator[None]:
    with system.stack.database_session() as session, session.cursor() as cursor:
        where = Literal(str(folder / "files"))
        cursor.execute(
            SQL("CREATE TABLESPACE {} LOCATION {}").format(Identifier(TABLESPACE), where)
        )
        try:
            _move(session, database, TABLESPACE)
            yield
        finally:
            with suppress(FileNotFoundError):
                (folder / "filler").unlink()
            _move(session, database, "pg_default")
            cursor.execute(SQL("DROP TABLESPACE {}").format(Identifier(TABLESPACE)))


def _move(session: extensions.connection, database: str, tablespace: str) -> None:
    """The database is unavailable during the move."""
    allow_connections(session, database, False)
    try:
        drop_sessions(session, database)
        with session.cursor() as cursor:
            cursor.execute(
                SQL("ALTER DATABASE {} SET TABLESPACE {}").format(
                    Identifier(database), Identifier(tablespace)
                )
            )
    finally:
        allow_connections(session, database, True)


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(CHUNK):
            pass
