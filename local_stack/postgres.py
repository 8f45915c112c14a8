"""The embedded PostgreSQL server: one cluster, which listens on a Unix socket only."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from psycopg2 import extensions

from local_stack import databases, os_user, postgres_binaries, procfs
from local_stack.data_dir import DataDir
from local_stack.errors import StackError
from local_stack.processes import Command
from local_stack.topology import POSTGRES, SERVICES

SUPERUSER = "postgres"
COMMON = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "16MB",
    "io_method": "sync",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement is logged without its values: names, addresses and password hashes of
    # users.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# Survives a crash of any process, but not of the machine.
QUICK = {"fsync": "off", "synchronous_commit": "on", "full_page_writes": "off"}

# The launcher is the superuser by peer authentication. A role can connect only to the database of
# its own name, and the role of a service only to the service's database.
ACCESS = "local all {superuser} peer map=launcher\nlocal {databases} all scram-sha-256\n"
RUN_ROLE = "local {database} {run_role} scram-sha-256\n"
LAUNCHER = "launcher {user} {superuser}\n"


class Cluster:
    def __init__(
        self, data: DataDir, *, durable: bool = True, roles_are_confined: bool = True
    ) -> None:
        self._data = data
        self._settings = COMMON | (DURABLE if durable else QUICK)
        self._durable = durable
        self._databases = "sameuser" if roles_are_confined else "all"
        # A socket path is limited to about 100 characters; the path of a data folder may be longer.
        self.socket_folder = Path("/tmp") / f"shop-{data.digest}"  # noqa: S108  (owner and mode are checked)

    def prepare(self) -> None:
        """Everything up to the first start: OS user, folders, initdb."""
        self._account = os_user.for_postgres(self._data.path / "postgres" / "cluster")
        self._programs = postgres_binaries.programs(self._account)
        self._home = postgres_binaries.cluster_home(self._data, self._account)
        self._files = self._home / "cluster"
        if not self._files.is_dir():
            self._initialise()
        self._write("pg_hba.conf", self._access())
        self._write(
            "pg_ident.conf",
            LAUNCHER.format(user=pwd.getpwuid(os.geteuid()).pw_name, superuser=SUPERUSER),
        )

    def command(self) -> Command:
        self._create_socket_folder()
        self._stop_previous_server()
        settings = self._settings | {"unix_socket_directories": str(self.socket_folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return Command(
            argv=[str(self._programs / "postgres"), "-D", str(self._files), *options],
            cwd=Path("/"),
            environment=clean_environment(),
            log=self._data.log(POSTGRES),
            account=self._account,
            stop_signal=signal.SIGINT,  # ends sessions; SIGTERM would wait for them
        )

    @contextlib.contextmanager
    def session(self, database: str = "postgres") -> Iterator[extensions.connection]:
        """A superuser connection in autocommit mode."""
        with contextlib.closing(self._connect(database)) as connection:
            yield connection

    def _connect(self, database: str) -> extensions.connection:
        connection = psycopg2.connect(
            host=str(self.socket_folder),
            port=5432,
            user=SUPERUSER,
            dbname=database,
            connect_timeout=2,
        )
        connection.autocommit = True
        return connection

    def is_ready(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def url(self, role: str, password: str, database: str = "") -> str:
        return f"postgres://{role}:{password}@/{database or role}?host={self.socket_folder}"

    def remove_socket_folder(self) -> None:
        with contextlib.suppress(OSError):
            self.socket_folder.rmdir()

    def discard(self) -> None:
        postgres_binaries.discard(self._data)

    def _initialise(self) -> None:
        """Initialises a temporary folder and renames it, so that an interrupted start leaves no
        partial cluster.
        """
        draft = self._home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        who = (
            {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
            if self._account
            else {}
        )
        made = subprocess.run(  # type: ignore[call-overload]
            self._initdb_command(draft),
            cwd="/",
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            **who,
        )
        if made.returncode:
            lines = made.stderr.strip().splitlines() or [f"status {made.returncode}"]
            raise StackError(
                f"PostgreSQL's database files cannot be created in {draft}: {lines[-1]}"
            )
        draft.rename(self._files)

    def _initdb_command(self, folder: Path) -> list[str]:
        return [
            *(str(self._programs / "initdb"), "-D", str(folder), "-U", SUPERUSER),
            *("--encoding=UTF8", "--no-locale", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--auth=reject", "--no-instructions"),
            *([] if self._durable else ["--no-sync"]),
        ]

    def _write(self, name: str, text: str) -> None:
        place = self._files / name
        place.write_text(text)
        if self._account:
            self._account.own(place)

    def _access(self) -> str:
        names = [each.database for each in SERVICES.values()]
        run_roles = [
            RUN_ROLE.format(database=name, run_role=databases.run_role(name)) for name in names
        ]
        return ACCESS.format(superuser=SUPERUSER, databases=self._databases) + "".join(run_roles)

    def _create_socket_folder(self) -> None:
        folder = self.socket_folder
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            if self._account:
                self._account.own(folder)
        owner = self._account.uid if self._account else os.geteuid()
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in (owner, os.geteuid()):
            raise StackError(
                f"{folder}, the folder of PostgreSQL's socket, belongs to another user."
            )
        folder.chmod(0o700)
        if self._account:
            self._account.own(folder)

    def _stop_previous_server(self) -> None:
        """After a crash postmaster.pid may name an unrelated process, or a server whose launcher
        has died.
        """
        note = self._files / "postmaster.pid"
        try:
            number, rest = note.read_text().split("\n", 1)
            pid = int(number)
        except FileNotFoundError:
            return
        except ValueError:  # truncated by a crash; the server would refuse to start
            note.unlink()
            return
        deadline = time.monotonic() + 10
        while procfs.has_cwd(pid, self._files):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT)
            time.sleep(0.1)
        if note.exists():
            # The server accepts its parent's pid. It needs the rest of the file to detect surviving
            # processes of a dead server.
            note.write_text(f"{os.getpid()}\n{rest}")


def clean_environment() -> dict[str, str]:
    """Without PGPORT, PGDATA and similar variables, which would override our options; messages in
    English.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_", "LANG"))
    }
    return inherited | {"LC_ALL": "C"}
