"""The promises of ledger.py that no outcome shows: locks in one order, one statement for each change."""

import ast
import inspect
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

from chassis.statements import PARAMETER
from inventory import ledger, services
from inventory.models import Movement, Reservation
from tests.conftest import STAFF

pytestmark = pytest.mark.django_db

RESERVATION = {"product_ids": [uuid4()], "units": [1], "items": "[]", "kind": "reservation"}
PARAMETERS = {
    "reference": uuid4(),
    "note": "",
    "actor": "",
    "kind": "x",
    "status": "released",
    "back": 1,
    "product_id": uuid4(),
    "units": 1,
}
EACH = {**PARAMETERS, "product_ids": [uuid4()], "units": [1], "notes": [""]}
CHANGES = {
    "add each": (ledger.ADD_EACH, EACH),
    "reserve": (ledger.RESERVE, {**PARAMETERS, **RESERVATION}),
    "close": (ledger.CLOSE, PARAMETERS),
    "add": (ledger.ADD, PARAMETERS),
}


@pytest.fixture(autouse=True)
def said_in_full(monkeypatch):
    """Statements as they are written, and not by the name that PostgreSQL knows them by."""
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)


def plan_of(statement, parameters):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF, VERBOSE) {statement.sql}", parameters)
        return [line for (line,) in cursor.fetchall()]


def nodes_of_locked(plan):
    """The nodes of the plan's CTE `locked`, outermost first, and their sort keys."""
    start = plan.index(next(line for line in plan if line.strip() == "CTE locked"))
    depth = len(plan[start]) - len(plan[start].lstrip())
    inner = []
    for line in plan[start + 1 :]:
        if len(line) - len(line.lstrip()) <= depth:
            break
        inner.append(line.strip().removeprefix("->  "))
    return [line for line in inner if not re.match("Output:|Function Call:", line)]


@pytest.mark.parametrize("change", ["reserve", "close", "add each"])
def test_rows_are_locked_after_they_were_sorted_by_product_id(change):
    """Sorted themselves, or found one by one for products that were sorted before, or read from the index in that order.

    PostgreSQL chooses by what it last knew of the table, which autovacuum may have told it a moment ago.
    """
    check_that_they_are_sorted(nodes_of_locked(plan_of(*CHANGES[change])))


def check_that_they_are_sorted(nodes):
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


@pytest.mark.parametrize("change", ["reserve", "close"])
def test_the_plan_that_is_kept_locks_them_in_that_order_too(change):
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (COSTS OFF, VERBOSE, GENERIC_PLAN) {numbered(CHANGES[change][0].sql)}"
        )
        check_that_they_are_sorted(nodes_of_locked([line for (line,) in cursor.fetchall()]))


def numbered(sql):
    names = list(dict.fromkeys(name for name, _ in PARAMETER.findall(sql)))
    return PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}{found[2]}", sql)


def test_a_change_of_one_product_locks_one_row():
    nodes = nodes_of_locked(plan_of(*CHANGES["add"]))
    assert nodes[0] == "LockRows"
    assert "s.product_id = '" in nodes[2]


@pytest.mark.parametrize("change", CHANGES)
def test_only_rows_that_were_locked_are_updated_and_counted_from_what_was_locked(change):
    statement = CHANGES[change][0].sql
    assert statement.count("UPDATE stock") == 1
    assert (
        "SET quantity = l.quantity + l.quantity_delta, reserved = l.reserved + l.reserved_delta"
        in statement
    )
    assert re.search(r"FROM locked l\s+WHERE s.product_id = l.product_id", statement)
    assert "FOR NO KEY UPDATE OF s" in statement


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_writes_its_ledger_in_the_same_statement(change):
    assert re.search(r"INSERT INTO movement[\s\S]*FROM moved", CHANGES[change][0].sql)


def test_stock_is_locked_before_a_reservation_is():
    """In both statements that touch both, so that the two never wait for one another."""
    for statement in (ledger.RESERVE.sql, ledger.CLOSE.sql):
        assert statement.index("locked AS") < statement.index("decided AS")
        assert (
            "(SELECT count(*) FROM locked"
            in statement[statement.index("decided AS") : statement.index("moved AS")]
        )


def statements_of(work):
    with CaptureQueriesContext(connection) as asked:
        work()
    return [query["sql"] for query in asked.captured_queries]


def test_reserving_costs_the_same_statements_for_1_line_and_for_50(stock):
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


def test_releasing_and_fulfilling_cost_the_same_statements_for_1_line_and_for_50(stock):
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


def test_a_correction_is_one_statement_and_one_to_read_it(stock):
    lamp = stock("LAMP")
    sql = statements_of(
        lambda: services.adjust(product_id=lamp.product_id, delta=1, reason="", actor=STAFF)
    )
    assert len(sql) == 2


def test_a_delivery_costs_the_same_statements_for_1_row_and_for_50():
    def delivery(size):
        return [ledger.Receipt(uuid4(), 1, "") for _ in range(size)]

    counts = [
        len(
            statements_of(
                lambda size=size: services.receive_each(receipts=delivery(size), actor=STAFF)
            )
        )
        for size in (1, 50)
    ]
    assert counts[0] == counts[1] == 6  # with the two of the savepoint, and the longer time limit


def test_a_large_delivery_locks_its_rows_in_product_id_order():
    ids = [uuid4() for _ in range(5000)]
    columns = {"product_ids": ids, "units": [1] * len(ids), "notes": [""] * len(ids)}
    check_that_they_are_sorted(nodes_of_locked(plan_of(ledger.ADD_EACH, PARAMETERS | columns)))


def test_an_order_touches_no_index_of_stock_unless_what_is_low_changes(stock, reserved):
    """An update that is "heap only" (HOT): with an index on a number that each order changes, none would be."""
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


def test_a_statement_that_fails_leaves_nothing(stock):
    lamp = stock("LAMP")
    broken = {**PARAMETERS, **RESERVATION, "product_ids": [lamp.product_id], "actor": "x" * 65}
    with (
        pytest.raises(DataError, match="too long"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(ledger.RESERVE.sql, broken)
    assert stock.units(lamp) == (10, 0)
    assert not Reservation.objects.exists()


LOCKED_IN_ORDER = re.compile(
    r"locked AS \([^)]*FROM stock s JOIN wanted w[^)]*\)\s+ORDER BY s\.product_id\s+FOR NO KEY UPDATE OF s\s*\)"
)
UPDATES_UNITS = re.compile(
    r'UPDATE\s+(?:ONLY\s+)?"?stock"?\s[^;]*?(?:\.|"|\s|,)(?:quantity|reserved)"?\s*='
)
UPDATES_WHAT_WAS_LOCKED = re.compile(
    r"UPDATE stock s\s+SET [^;]*?FROM locked l\s+WHERE s\.product_id = l\.product_id "
)


def wrong_with(sql):
    """Why this statement must not change stock, or ""."""
    update = UPDATES_UNITS.search(sql)
    if re.search(
        r'(?i)(INSERT INTO|MERGE INTO)\s+"?stock"?\s[^;]*DO UPDATE|DELETE FROM\s+"?stock"?\s', sql
    ):
        return "changes rows that nobody locked"
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


def every_service(lamp, chair):
    """By name, what each service does when it does something."""
    order_id, other, items = uuid4(), uuid4(), {chair.product_id: 1, lamp.product_id: 2}
    delivery = [
        ledger.Receipt(product_id, 1, "")
        for product_id in (lamp.product_id, uuid4(), chair.product_id)
    ]
    return [
        ("stock_of", lambda: services.stock_of(lamp.product_id)),
        ("receive", lambda: services.receive(product_id=lamp.product_id, quantity=1, actor=STAFF)),
        ("receive_each", lambda: services.receive_each(receipts=delivery, actor=STAFF)),
        (
            "adjust",
            lambda: services.adjust(product_id=lamp.product_id, delta=-1, reason="", actor=STAFF),
        ),
        (
            "set_threshold",
            lambda: services.set_threshold(product_id=lamp.product_id, low_stock_threshold=3),
        ),
        ("reserve", lambda: services.reserve(order_id=order_id, quantities=items)),
        ("reservation_of", lambda: services.reservation_of(order_id)),
        ("reserve", lambda: services.reserve(order_id=other, quantities=items)),
        ("release", lambda: services.release(order_id=order_id)),
        ("fulfil", lambda: services.fulfil(order_id=other)),
    ]


def test_every_service_locks_its_rows_in_product_id_order_before_it_changes_them(stock):
    works = every_service(stock("LAMP"), stock("CHAIR"))
    asked = {}
    for name, work in works:
        asked.setdefault(name, []).extend(statements_of(work))

    functions = inspect.getmembers(services, inspect.isfunction)
    assert asked.keys() == {
        name for name, work in functions if work.__module__ == services.__name__ and name[0] != "_"
    }
    assert {
        sql: wrong_with(sql)
        for statements in asked.values()
        for sql in statements
        if wrong_with(sql)
    } == {}
    changing = {
        name
        for name, statements in asked.items()
        if any(UPDATES_UNITS.search(sql) for sql in statements)
    }
    assert changing == {"receive", "receive_each", "adjust", "reserve", "release", "fulfil"}


@pytest.mark.parametrize(
    "sql",
    [
        'UPDATE "stock" SET "quantity" = ("stock"."quantity" - 1) WHERE "stock"."product_id" = 1',
        "UPDATE stock SET reserved = reserved + 1",
        ledger.ADD.sql.replace("FOR NO KEY UPDATE OF s", ""),
        ledger.RESERVE.sql.replace("ORDER BY s.product_id", ""),
        ledger.CLOSE.sql.replace("ORDER BY s.product_id", "ORDER BY s.quantity"),
        ledger.CLOSE.sql.replace("FROM locked l", "FROM wanted l"),
        "INSERT INTO stock (product_id, quantity) VALUES (1, 2) ON CONFLICT (product_id) DO UPDATE SET quantity = 2",
        "DELETE FROM stock WHERE quantity = 0",
    ],
)
def test_a_statement_without_its_lock_is_noticed(sql):
    assert wrong_with(sql)


WRITING = {
    "update",
    "save",
    "create",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "execute",
    "raw",
}
WRITING |= {
    "asave",
    "aupdate",
    "acreate",
    "adelete",
    "abulk_create",
    "abulk_update",
    "aget_or_create",
    "executemany",
    "copy_expert",
}
SOURCES = Path(services.__file__).parent


def writes_of(module):
    """Each call in a module that may write to the database: (module, the name it starts from, method, the columns named)."""
    for node in ast.walk(ast.parse(module.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Statement"
        ):
            yield module.name, "Statement", node.args[0].value, []
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in WRITING
        ):
            start = node.func.value
            while not isinstance(start, ast.Name):
                start = getattr(start, "func", None) or start.value
            yield module.name, start.id, node.func.attr, [keyword.arg for keyword in node.keywords]


def test_stock_is_written_to_in_the_ledger_only():
    """But for the threshold and the mark, which are no units."""
    modules = [module for module in SOURCES.rglob("*.py") if "migrations" not in module.parts]
    assert sorted(write for module in modules for write in writes_of(module)) == [
        (
            "idempotency.py",
            "IdempotencyKey",
            "bulk_create",
            ["update_conflicts", "unique_fields", "update_fields"],
        ),
        ("idempotency.py", "claimed", "save", ["update_fields"]),
        ("idempotency.py", "cursor", "execute", []),
        *(
            ("ledger.py", "Statement", name, [])
            for name in ("add", "add_each", "begin", "close", "reserve", "shut")
        ),
        ("services.py", "Stock", "update", ["low_stock_threshold", "updated_at"]),
        ("services.py", "Stock", "update", ["product_unverified"]),
    ]
    naming = {
        module.name
        for module in modules
        if re.search(r'(?i)(UPDATE|INTO|FROM)\s+"?stock"?\s', module.read_text())
    }
    assert naming == {"ledger.py"}
