"""Runs PostgreSQL's client programs for the embedded databases or those of Compose."""

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Protocol, cast

from local_stack import postgres_binaries
from local_stack.data_dir import DataDir
from local_stack.errors import StackError
from local_stack.postgres import SUPERUSER, Cluster, clean_environment
from local_stack.topology import SERVICES

DONE = "-- done --"


class Server(Protocol):
    """The command line of a client program for a service's database."""

    def command(self, service: str, program: str) -> list[str]: ...


class Embedded:
    def __init__(self, data: DataDir) -> None:
        self._socket_folder = Cluster(data).socket_folder
        self._programs = postgres_binaries.programs(None)

    def command(self, service: str, program: str) -> list[str]:
        path = str(self._programs / program)
        return [
            *(path, "--host", str(self._socket_folder), "--username", SUPERUSER),
            *("--dbname", SERVICES[service].database),
        ]


class Compose:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._compose = shlex.split(environment.get("COMPOSE") or "docker-compose")

    def command(self, service: str, program: str) -> list[str]:
        database = SERVICES[service].database
        return [
            *(*self._compose, "exec", "-T", f"{service}_db", program),
            *("--username", database, "--dbname", database),
        ]


class Session:
    """A psql process that holds a transaction open."""

    def __init__(self, command: Sequence[str]) -> None:
        options = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        self._psql = subprocess.Popen(
            [*command, *options, "--set", "ON_ERROR_STOP=1"],
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        streams = (self._psql.stdin, self._psql.stdout, self._psql.stderr)
        self._input, self._output, self._errors = (cast(IO[str], each) for each in streams)

    def execute(self, sql: str) -> str:
        """The output. Raises StackError with a line of the error output."""
        with suppress(BrokenPipeError):  # the reason is in the error output
            self._input.write(f"{sql}\n\\echo {DONE}\n")
            self._input.flush()
        lines: list[str] = []
        for line in self._output:
            if line.strip() == DONE:
                return "\n".join(lines)
            lines.append(line.strip())
        raise StackError(reason(self._errors.read()))

    def close(self) -> None:
        self._psql.communicate()


@contextmanager
def session(server: Server, service: str) -> Iterator[Session]:
    opened = Session(server.command(service, "psql"))
    try:
        yield opened
    finally:
        opened.close()


def run(
    server: Server,
    service: str,
    program: str,
    *options: str,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
) -> None:
    """Raises StackError with a line of the error output."""
    done = subprocess.run(
        [*server.command(service, program), *options],
        env=clean_environment(),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        message = reason(done.stderr.decode(errors="replace"))
        raise StackError(f"The database of the {service} service: {message}")


def reason(text: str) -> str:
    """The first line that names an error, of messages with several lines."""
    lines = text.strip().splitlines() or ["the program ended without a message"]
    return next((line for line in lines if "error:" in line.lower()), lines[-1])
