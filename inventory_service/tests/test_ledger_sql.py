"""The promises of ledger.py that no outcome shows: locks in one order, one statement for each change."""

import re
from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext

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
CHANGES = {
    "reserve": (ledger.RESERVE, {**PARAMETERS, **RESERVATION}),
    "close": (ledger.CLOSE, PARAMETERS),
    "add": (ledger.ADD, PARAMETERS),
}


def plan_of(statement, parameters):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF, VERBOSE) {statement}", parameters)
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


@pytest.mark.parametrize("change", ["reserve", "close"])
def test_rows_are_locked_after_they_were_sorted_by_product_id(change):
    nodes = nodes_of_locked(plan_of(*CHANGES[change]))
    assert nodes[:3] == ["LockRows", "Sort", "Sort Key: s.product_id"]


def test_a_change_of_one_product_locks_one_row():
    nodes = nodes_of_locked(plan_of(*CHANGES["add"]))
    assert nodes[0] == "LockRows"
    assert "s.product_id = '" in nodes[2]


@pytest.mark.parametrize("change", CHANGES)
def test_only_rows_that_were_locked_are_updated_and_counted_from_what_was_locked(change):
    statement = CHANGES[change][0]
    assert statement.count("UPDATE stock") == 1
    assert "SET quantity = l.quantity + l.quantity_delta, reserved = l.reserved + l.reserved_delta" in statement
    assert re.search(r"FROM locked l\s+WHERE s.product_id = l.product_id", statement)
    assert "FOR NO KEY UPDATE OF s" in statement


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_writes_its_ledger_in_the_same_statement(change):
    assert re.search(r"INSERT INTO movement[\s\S]*FROM moved", CHANGES[change][0])


def test_stock_is_locked_before_a_reservation_is():
    """In both statements that touch both, so that the two never wait for one another."""
    for statement in (ledger.RESERVE, ledger.CLOSE):
        assert statement.index("locked AS") < statement.index("decided AS")
        assert "(SELECT count(*) FROM locked" in statement[statement.index("decided AS") : statement.index("moved AS")]


def statements_of(work):
    with CaptureQueriesContext(connection) as asked:
        work()
    return [query["sql"] for query in asked.captured_queries]


def test_reserving_costs_the_same_statements_for_1_line_and_for_50(stock):
    rows = [stock(f"P{number}") for number in range(50)]
    one = statements_of(lambda: services.reserve(order_id=uuid4(), quantities={rows[0].product_id: 1}))
    fifty = statements_of(lambda: services.reserve(order_id=uuid4(), quantities={row.product_id: 1 for row in rows}))
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
            counts.append(len(statements_of(lambda end=end, order_id=order_id: end(order_id=order_id))))
        assert counts[0] == counts[1] <= 2


def test_a_correction_is_one_statement_and_one_to_read_it(stock):
    lamp = stock("LAMP")
    sql = statements_of(lambda: services.adjust(product_id=lamp.product_id, delta=1, reason="", actor=STAFF))
    assert len(sql) == 2


def test_a_statement_that_fails_leaves_nothing(stock):
    lamp = stock("LAMP")
    broken = {**PARAMETERS, **RESERVATION, "product_ids": [lamp.product_id], "actor": "x" * 65}
    with pytest.raises(DataError, match="too long"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ledger.RESERVE, broken)
    assert stock.units(lamp) == (10, 0)
    assert not Reservation.objects.exists()
