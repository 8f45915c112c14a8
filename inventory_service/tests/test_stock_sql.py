"""Properties of stock_sql that results do not show: lock order, one statement for each change."""

import ast
import re
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from chassis.statements import PARAMETER
from inventory import services
from inventory.models import Movement, Reservation
from inventory.services import stock_ledger, stock_sql
from tests.conftest import STAFF

pytestmark = pytest.mark.django_db

RESERVATION = {"product_ids": [uuid4()], "units": [1], "items": "[]", "kind": "reservation"}
PARAMETERS = {
    "reference": uuid4(),
    "note": "",
    "actor": "",
    "kind": "x",
    "status": "released",
    "returned": 1,
    "product_id": uuid4(),
    "units": 1,
}
EACH = {**PARAMETERS, "product_ids": [uuid4()], "units": [1], "notes": [""]}
CHANGES = {
    "bulk receive": (stock_sql.BULK_RECEIVE, EACH),
    "reserve": (stock_sql.RESERVE, {**PARAMETERS, **RESERVATION}),
    "finalize": (stock_sql.FINALIZE, PARAMETERS),
    "change quantity": (stock_sql.CHANGE_QUANTITY, PARAMETERS),
}


@pytest.fixture(autouse=True)
def unprepared_statements(monkeypatch):
    """Captured queries have the full SQL instead of EXECUTE with a name."""
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)


def plan_of(statement, parameters):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF, VERBOSE) {statement.sql}", parameters)
        return [line for (line,) in cursor.fetchall()]


def locked_nodes(plan):
    """The nodes of the plan's CTE `locked`, outermost first, and their sort keys."""
    start = plan.index(next(line for line in plan if line.strip() == "CTE locked"))
    depth = len(plan[start]) - len(plan[start].lstrip())
    inner = []
    for line in plan[start + 1 :]:
        if len(line) - len(line.lstrip()) <= depth:
            break
        inner.append(line.strip().removeprefix("->  "))
    return [line for line in inner if not re.match("Output:|Function Call:", line)]


@pytest.mark.parametrize("change", ["reserve", "finalize", "bulk receive"])
def test_rows_are_locked_in_product_id_order(change):
    """The plan sorts the rows, joins sorted products, or reads the index in order.

    PostgreSQL chooses by its statistics, which autovacuum may update at any time.
    """
    assert_sorted_before_locking(locked_nodes(plan_of(*CHANGES[change])))


def assert_sorted_before_locking(nodes):
    in_order = nodes[1:3] == ["Sort", "Sort Key: s.product_id"]
    one_by_one = (
        nodes[1] == "Nested Loop"
        and "Sort" in nodes[2:4]
        and nodes[nodes.index("Sort") + 1].endswith(".product_id")
    )
    outer = next(line for line in nodes[2:] if line == "Sort" or " Scan " in line)
    from_the_index = nodes[1] == "Nested Loop" and outer.startswith(
        "Index Scan using stock_pkey on "
    )
    assert nodes[0] == "LockRows"
    assert in_order or one_by_one or from_the_index, nodes


@pytest.mark.parametrize("change", ["reserve", "finalize"])
def test_the_generic_plan_locks_rows_in_product_id_order(change):
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (COSTS OFF, VERBOSE, GENERIC_PLAN) {numbered(CHANGES[change][0].sql)}"
        )
        assert_sorted_before_locking(locked_nodes([line for (line,) in cursor.fetchall()]))


def numbered(sql):
    names = list(dict.fromkeys(name for name, _ in PARAMETER.findall(sql)))
    return PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}{found[2]}", sql)


def test_changing_one_product_locks_one_row():
    nodes = locked_nodes(plan_of(*CHANGES["change quantity"]))
    assert nodes[0] == "LockRows"
    assert "s.product_id = '" in nodes[2]


@pytest.mark.parametrize("change", CHANGES)
def test_only_locked_rows_are_updated_from_their_locked_values(change):
    statement = CHANGES[change][0].sql
    assert statement.count("UPDATE stock") == 1
    assert (
        "SET quantity = l.quantity + l.quantity_delta, reserved = l.reserved + l.reserved_delta"
        in statement
    )
    assert re.search(r"FROM locked l\s+WHERE s.product_id = l.product_id", statement)
    assert "FOR NO KEY UPDATE OF s" in statement


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_inserts_ledger_rows_in_the_same_statement(change):
    assert re.search(r"INSERT INTO movement[\s\S]*FROM updated", CHANGES[change][0].sql)


def test_stock_is_locked_before_the_reservation():
    """In both statements that lock both, so that the two cannot deadlock."""
    for statement in (stock_sql.RESERVE.sql, stock_sql.FINALIZE.sql):
        assert statement.index("locked AS") < statement.index("decision AS")
        assert (
            "(SELECT count(*) FROM locked"
            in statement[statement.index("decision AS") : statement.index("updated AS")]
        )


def statements_of(call):
    with CaptureQueriesContext(connection) as queries:
        call()
    return [query["sql"] for query in queries.captured_queries]


def test_reserving_1_line_and_50_lines_takes_the_same_statements(stock):
    rows = [stock(f"P{number}") for number in range(50)]
    one = statements_of(
        lambda: services.reserve(order_id=uuid4(), quantities={rows[0].product_id: 1})
    )
    fifty = statements_of(
        lambda: services.reserve(order_id=uuid4(), quantities={row.product_id: 1 for row in rows})
    )
    assert len(one) == len(fifty) <= 2
    assert sum("UPDATE stock" in sql for sql in fifty) == 1
    assert Movement.objects.filter(kind="reservation").count() == 51


def test_releasing_and_fulfilling_1_line_and_50_lines_takes_the_same_statements(stock):
    rows = [stock(f"P{number}") for number in range(50)]
    for end in (services.release, services.fulfil):
        counts = []
        for some in (rows[:1], rows):
            order_id = uuid4()
            services.reserve(order_id=order_id, quantities={row.product_id: 1 for row in some})
            counts.append(
                len(statements_of(lambda end=end, order_id=order_id: end(order_id=order_id)))
            )
        assert counts[0] == counts[1] <= 2


def test_an_adjustment_is_one_statement_and_one_to_read_it(stock):
    lamp = stock("LAMP")
    sql = statements_of(
        lambda: services.adjust(product_id=lamp.product_id, delta=1, reason="", actor=STAFF)
    )
    assert len(sql) == 2


def test_a_bulk_receipt_of_1_row_and_50_rows_takes_the_same_statements():
    def delivery(size):
        return [stock_ledger.Receipt(uuid4(), 1, "") for _ in range(size)]

    counts = [
        len(
            statements_of(
                lambda size=size: services.bulk_receive(receipts=delivery(size), actor=STAFF)
            )
        )
        for size in (1, 50)
    ]
    assert counts[0] == counts[1] == 6  # with the two of the savepoint, and the longer time limit


def test_a_large_bulk_receipt_locks_rows_in_product_id_order():
    ids = [uuid4() for _ in range(5000)]
    columns = {"product_ids": ids, "units": [1] * len(ids), "notes": [""] * len(ids)}
    assert_sorted_before_locking(
        locked_nodes(plan_of(stock_sql.BULK_RECEIVE, PARAMETERS | columns))
    )


def test_an_order_updates_no_index_of_stock_unless_is_low_changes(stock, reserved):
    """The update is "heap only" (HOT), as no index contains a number that each order changes."""
    lamp = stock("LAMP", quantity=10, low_stock_threshold=8)
    before = heap_only_updates()
    services.release(order_id=reserved(lamp, 1))
    assert heap_only_updates() == before + 2
    reserved(lamp, 2)
    assert (stock.reload(lamp).is_low, heap_only_updates()) == (True, before + 2)


def heap_only_updates():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_hot_updated('stock'::regclass)")
        return cursor.fetchone()[0]


def test_a_failed_statement_changes_nothing(stock):
    lamp = stock("LAMP")
    broken = {**PARAMETERS, **RESERVATION, "product_ids": [lamp.product_id], "actor": "x" * 65}
    with (
        pytest.raises(DataError, match="too long"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(stock_sql.RESERVE.sql, broken)
    assert stock.units(lamp) == (10, 0)
    assert not Reservation.objects.exists()


LOCKED_IN_ORDER = re.compile(
    r"locked AS \([^)]*FROM stock s JOIN change c[^)]*\)\s+"
    r"ORDER BY s\.product_id\s+FOR NO KEY UPDATE OF s\s*\)"
)
UPDATES_UNITS = re.compile(
    r'UPDATE\s+(?:ONLY\s+)?"?stock"?\s[^;]*?(?:\.|"|\s|,)(?:quantity|reserved)"?\s*='
)
UPDATES_WHAT_WAS_LOCKED = re.compile(
    r"UPDATE stock s\s+SET [^;]*?FROM locked l\s+WHERE s\.product_id = l\.product_id "
)


def lock_problem(sql):
    """Why this statement must not change stock, or ""."""
    update = UPDATES_UNITS.search(sql)
    if re.search(
        r'(?i)(INSERT INTO|MERGE INTO)\s+"?stock"?\s[^;]*DO UPDATE|DELETE FROM\s+"?stock"?\s', sql
    ):
        return "changes rows without a lock"
    if update is None:
        return ""
    lock = LOCKED_IN_ORDER.search(sql)
    if lock is None or lock.start() > update.start():
        return "updates rows that were not locked in product_id order first"
    return (
        ""
        if len(re.findall(r'UPDATE\s+"?stock', sql)) == len(UPDATES_WHAT_WAS_LOCKED.findall(sql))
        else "updates other rows too"
    )


def every_command(lamp, chair):
    """Pairs of a service function's name and a call that changes something."""
    order_id, other, items = uuid4(), uuid4(), {chair.product_id: 1, lamp.product_id: 2}
    delivery = [
        stock_ledger.Receipt(product_id, 1, "")
        for product_id in (lamp.product_id, uuid4(), chair.product_id)
    ]
    return [
        ("receive", lambda: services.receive(product_id=lamp.product_id, quantity=1, actor=STAFF)),
        ("bulk_receive", lambda: services.bulk_receive(receipts=delivery, actor=STAFF)),
        (
            "adjust",
            lambda: services.adjust(product_id=lamp.product_id, delta=-1, reason="", actor=STAFF),
        ),
        (
            "set_threshold",
            lambda: services.set_threshold(product_id=lamp.product_id, low_stock_threshold=3),
        ),
        ("reserve", lambda: services.reserve(order_id=order_id, quantities=items)),
        ("reserve", lambda: services.reserve(order_id=other, quantities=items)),
        ("release", lambda: services.release(order_id=order_id)),
        ("fulfil", lambda: services.fulfil(order_id=other)),
    ]


def test_every_command_locks_rows_in_product_id_order_before_it_changes_them(stock):
    executed = {}
    for name, command in every_command(stock("LAMP"), stock("CHAIR")):
        executed.setdefault(name, []).extend(statements_of(command))

    assert executed.keys() == set(services.__all__)
    assert [problem for sql in chain(*executed.values()) if (problem := lock_problem(sql))] == []
    changing = {
        name
        for name, statements in executed.items()
        if any(UPDATES_UNITS.search(sql) for sql in statements)
    }
    assert changing == set(services.__all__) - {"set_threshold"}


@pytest.mark.parametrize(
    "sql",
    [
        'UPDATE "stock" SET "quantity" = ("stock"."quantity" - 1) WHERE "stock"."product_id" = 1',
        "UPDATE stock SET reserved = reserved + 1",
        stock_sql.CHANGE_QUANTITY.sql.replace("FOR NO KEY UPDATE OF s", ""),
        stock_sql.RESERVE.sql.replace("ORDER BY s.product_id", ""),
        stock_sql.FINALIZE.sql.replace("ORDER BY s.product_id", "ORDER BY s.quantity"),
        stock_sql.FINALIZE.sql.replace("FROM locked l", "FROM change l"),
        "INSERT INTO stock (product_id, quantity) VALUES (1, 2)"
        " ON CONFLICT (product_id) DO UPDATE SET quantity = 2",
        "DELETE FROM stock WHERE quantity = 0",
    ],
)
def test_a_statement_without_its_lock_is_detected(sql):
    assert lock_problem(sql)


WRITING = {"update", "save", "create", "delete", "bulk_create", "bulk_update", "get_or_create"}
WRITING |= {"update_or_create", "execute", "executemany", "raw", "copy_expert"}
WRITING |= {f"a{name}" for name in WRITING}
MODULES = [
    module
    for module in Path(services.__file__).parents[1].rglob("*.py")
    if "migrations" not in module.parts
]


def writes_of(module):
    """Calls that may write to the database: module, name it starts from, method, keywords."""
    for node in ast.walk(ast.parse(module.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in WRITING
        ):
            start: Any = node.func.value
            while not isinstance(start, ast.Name):
                start = getattr(start, "func", None) or start.value
            yield module.name, start.id, node.func.attr, [keyword.arg for keyword in node.keywords]


def test_only_stock_ledger_changes_units():
    """Others update the threshold and the mark of unverified products, which are no units."""
    conflict = ["update_conflicts", "unique_fields", "update_fields"]
    others = [module for module in MODULES if module.name != "stock_ledger.py"]
    assert sorted(write for module in others for write in writes_of(module)) == [
        ("adjustments.py", "Stock", "update", ["low_stock_threshold", "updated_at"]),
        ("idempotency.py", "IdempotencyKey", "bulk_create", conflict),
        ("idempotency.py", "cursor", "execute", []),
        ("idempotency.py", "row", "save", ["update_fields"]),
        ("receipts.py", "Stock", "update", ["product_unverified"]),
    ]
    sql_on_stock = re.compile(r'(?i)(UPDATE|INTO|FROM)\s+"?stock"?\s')
    assert [m.name for m in MODULES if sql_on_stock.search(m.read_text())] == ["stock_sql.py"]
    importing = {m.name for m in MODULES if "import stock_sql" in m.read_text()}
    assert importing == {"stock_ledger.py"}
