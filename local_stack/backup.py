"""`make backup` and `make restore`: the four databases, for `make up` and for Compose.

    python -m local_stack.backup backup [--compose] FOLDER
    python -m local_stack.backup restore [--compose] FOLDER

A backup is a folder with one archive of pg_dump (custom format) for each database; for `make up`
also keys.json, the generated secrets. The system stays in use during a backup. COMPOSE names the
Compose command, such as `docker compose --project-name shop`.

No transaction spans two databases, so the four snapshots have to fit together. A reservation is
made after its order attempt is written, and a release or fulfilment after its outbox row. So the
backup stops writes to attempts and orders for the moment in which it takes the snapshot of the
orders database and then that of inventory: inventory's snapshot then has no effect of an attempt
or order that the first one lacks. What it lacks itself, the order worker repeats after a restore.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from local_stack import env_file, psql
from local_stack.data_dir import KEYS, DataDir
from local_stack.errors import StackError
from local_stack.postgres import Cluster
from local_stack.psql import Compose, Embedded, Server, session
from local_stack.stack import Stack
from local_stack.topology import REPOSITORY, SERVICES

SNAPSHOT_ORDER = ("order", "inventory", "product", "user")
"""Orders name products and users, and both are created before they are named."""
STOP_WRITES = """\
BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL deadlock_timeout = '5s';
LOCK TABLE attempt, "order" IN SHARE MODE;"""
EXPORT_SNAPSHOT = """\
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();"""
LOCK_ATTEMPTS = 10


def backup(server: Server, folder: Path, *secrets: Path) -> None:
    """Raises StackError. A failed backup leaves nothing under the name `folder`."""
    draft = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    if folder.exists():
        raise StackError(f"{folder} exists.")
    draft.mkdir(mode=0o700, parents=True)
    with snapshots(server) as names:
        for service, snapshot in names.items():
            archive = draft / f"{SERVICES[service].database}.dump"
            _dump(server, service, snapshot, archive)
            print(f"{archive.name}: {archive.stat().st_size:,} bytes", flush=True)
    for secret in secrets:
        shutil.copy(secret, draft)  # with its mode, 0600
    draft.rename(folder)


@contextmanager
def snapshots(server: Server) -> Iterator[dict[str, str]]:
    """The name of a snapshot of each database; they exist inside of the `with` block."""
    with ExitStack() as open_sessions:
        readers = {
            name: open_sessions.enter_context(session(server, name)) for name in SNAPSHOT_ORDER
        }
        with writes_stopped(server):
            names = {
                name: readers[name].execute(EXPORT_SNAPSHOT) for name in ("order", "inventory")
            }
        for name in ("product", "user"):
            names[name] = readers[name].execute(EXPORT_SNAPSHOT)
        yield names


@contextmanager
def writes_stopped(server: Server) -> Iterator[None]:
    """Writes to order attempts and orders wait inside of the `with` block: a few milliseconds."""
    for attempt in range(1, LOCK_ATTEMPTS + 1):
        with session(server, "order") as locking:
            try:
                locking.execute(STOP_WRITES)
            except StackError:
                if attempt == LOCK_ATTEMPTS:
                    raise
                continue
            yield
            return


def restore(server: Server, folder: Path) -> None:
    """Into empty databases. Raises StackError; a database whose restore fails stays empty."""
    for service in SNAPSHOT_ORDER:
        archive = folder / f"{SERVICES[service].database}.dump"
        if not archive.is_file():
            raise StackError(f"{archive} is missing.")
    for service in SNAPSHOT_ORDER:
        _load(server, service, folder / f"{SERVICES[service].database}.dump")
        print(f"{SERVICES[service].database}: restored", flush=True)


def restore_embedded(data: Path, folder: Path) -> None:
    """Into a new data folder, with PostgreSQL running for that time only."""
    if (data / "postgres").exists():
        raise StackError(f"{data} has databases; a restore needs a new data folder (SHOP_DATA).")
    if not (folder / KEYS).is_file():
        raise StackError(f"{folder} has no {KEYS}: it is not a backup of `make up`.")
    stack = Stack(data)
    try:
        stack.data.open()
        shutil.copy(folder / KEYS, data / KEYS)
        stack.open_databases()
        restore(Embedded(stack.data), folder)
    finally:
        stack.close()


def backup_embedded(data: Path, folder: Path) -> None:
    data_dir = DataDir(data)
    if not Cluster(data_dir).is_ready():
        raise StackError(f"There is no running system in {data}: start it (make up).")
    backup(Embedded(data_dir), folder, data_dir.path / KEYS)


def _dump(server: Server, service: str, snapshot: str, archive: Path) -> None:
    options = ("--format=custom", "--no-unlogged-table-data", f"--snapshot={snapshot}")
    with archive.open("xb") as file:
        psql.run(server, service, "pg_dump", *options, stdout=file)


def _load(server: Server, service: str, archive: Path) -> None:
    """As the owner of the tables. The next start grants the run role its privileges (bootstrap)."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    role = f"--role={SERVICES[service].database}"
    with archive.open("rb") as file:
        psql.run(server, service, "pg_restore", *options, role, stdin=file)


def run(arguments: Sequence[str], environment: Mapping[str, str], root: Path = REPOSITORY) -> None:
    parser = argparse.ArgumentParser("python -m local_stack.backup")
    parser.add_argument("action", choices=("backup", "restore"))
    parser.add_argument("--compose", action="store_true", help="the databases of docker-compose")
    parser.add_argument("folder", type=Path, nargs="?", help="default for a backup: backups/<time>")
    options = parser.parse_intermixed_args(arguments)
    data = Path(environment.get("SHOP_DATA") or root / ".data")
    folder = options.folder
    if folder is None:
        if options.action == "restore":
            parser.error("restore needs the folder of a backup")
        folder = root / "backups" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    if options.compose:
        server = Compose(environment)
        backup(server, folder) if options.action == "backup" else restore(server, folder)
    elif options.action == "backup":
        backup_embedded(data, folder)
    else:
        restore_embedded(data, folder)
    print(f"{options.action} of {folder}: done")


if __name__ == "__main__":
    try:
        env_file.load(os.environ)
        run(sys.argv[1:], os.environ)
    except StackError as failure:
        sys.exit(str(failure))
