"""The SQL baseline: pgbench sends the SQL of orders to PostgreSQL, without any service."""

import json
import re
import resource
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from psycopg2.extras import execute_values

from benchmarks import test_data
from benchmarks.host_metrics import Meter
from benchmarks.loads import PGBENCH, Load, LoadProfile
from benchmarks.targets import Outcome
from local_stack import StackError, postgres_binaries
from local_stack.postgres import SUPERUSER, Cluster

DATABASE = "pgbench"
SOURCES = ("orders", "inventory")
"""The databases whose tables an order writes to. Both also have tables of Django and its admin."""
NOT_COPIED = ("django_*", "auth_*")
TEMPLATE = Path(__file__).with_name("baselines") / "pgbench" / "order.sql"
STOCK = "INSERT INTO stock (product_id, quantity) VALUES %s"
USER_ID = "00000000-0000-7000-8000-000000000001"
PRICE = "19.99"
TIMEOUT = 60.0


class PgBench:
    """Create it after the system, whose tables it copies.

    `server` is PostgreSQL's parent process.
    """

    name = PGBENCH

    def __init__(self, cluster: Cluster, server: Sequence[int], products: int) -> None:
        self._cluster, self._products, self.leaders = cluster, products, server
        self._programs = postgres_binaries.programs(None)
        self._make_database()

    def run_load(self, load: Load, profile: LoadProfile, meter: Meter) -> Outcome:
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script(load, self._products))
            file.flush()
            self._pgbench(file.name, load.clients, profile.warming)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            meter.begin()
            output = self._pgbench(file.name, load.clients, profile.seconds)
            meter.end()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        rate, orders = (
            _found(r"tps = ([0-9.]+)", output),
            int(_found("actually processed: ([0-9]+)", output)),
        )
        own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Outcome(orders / rate, own, meter.used, {"201": orders})

    def _pgbench(self, script: str, clients: int, seconds: float) -> str:
        options = [
            "--no-vacuum",
            "--protocol=simple",
            f"--client={clients}",
            f"--time={max(1, round(seconds))}",
        ]
        return self._run("pgbench", [*options, f"--file={script}", DATABASE])

    def _make_database(self) -> None:
        with self._cluster.session() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
        left_out = [f"--exclude-table={pattern}" for pattern in NOT_COPIED]
        for source in SOURCES:
            tables = self._run(
                "pg_dump", ["--schema-only", "--no-owner", "--no-privileges", *left_out, source]
            )
            self._run("psql", ["--quiet", "--set=ON_ERROR_STOP=1", DATABASE], tables)
        with self._cluster.session(DATABASE) as connection, connection.cursor() as cursor:
            stock = [
                (test_data.product_id(n), test_data.PLENTY) for n in range(1, self._products + 1)
            ]
            execute_values(cursor, STOCK, stock, page_size=1000)
            cursor.execute("ANALYZE")

    def _run(self, program: str, arguments: list[str], text: str = "") -> str:
        where = ["--host", str(self._cluster.socket_folder), "--username", SUPERUSER]
        command = [str(self._programs / program), *where, *arguments]
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        if done.returncode:
            raise StackError(f"{program} has failed: {done.stderr.strip()[-500:]}")
        return done.stdout


def script(load: Load, products: int) -> str:
    """The script that pgbench repeats: chooses a random product from each part of the product
    range, and orders one of each.
    """
    part = 1 if load.hot else products // load.lines
    firsts = [test_data.FIRST_NUMBER + 1 + n * part for n in range(load.lines)]
    drawn = [f"\\set p{n} random({first}, {first + part - 1})" for n, first in enumerate(firsts)]
    ids = [f"00000000-0000-7000-8000-:p{n}" for n in range(load.lines)]
    lines = [
        {
            "product_id": id,
            "sku": "BENCH-00001",
            "name": "amber lamp 1",
            "unit_price": PRICE,
            "quantity": 1,
        }
        for id in ids
    ]
    wanted = {
        "user_id": USER_ID,
        "fingerprint": "f" * 64,
        "product_ids": _array(ids),
        "units": _array([1] * load.lines),
        "skus": _array([line["sku"] for line in lines]),
        "names": _array([line["name"] for line in lines]),
        "prices": _array([PRICE] * load.lines),
        "total": str(load.lines * 19.99),
        "items": json.dumps([{"product_id": id, "quantity": 1} for id in ids]),
        "answer": json.dumps({"id": ":order_id", "status": "confirmed", "items": lines}),
    }
    statements = re.sub(r"\{(\w+)\}", lambda found: wanted[found[1]], TEMPLATE.read_text())
    return "\n".join([*drawn, "", statements])


def _array(values: Sequence[object]) -> str:
    return "ARRAY[" + ", ".join(f"'{value}'" for value in values) + "]"


def _found(pattern: str, text: str) -> float:
    if not (found := re.search(pattern, text)):
        raise StackError(f"unexpected output of pgbench: {text[-500:]}")
    return float(found[1])
