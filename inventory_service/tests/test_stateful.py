"""Property-based test: any sequence of commands leaves stock, ledger and orders consistent."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chassis.problems import Problem
from inventory import services
from inventory.models import Reservation
from inventory.services import stock_ledger
from tests.conftest import STAFF

SETTINGS = settings(
    max_examples=25,
    stateful_step_count=25,
    derandomize=True,  # a new failure is caused by a change of the code
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],  # the explain phase takes minutes
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# Few of each, so that repeats, mismatches and shortages are frequent.
PRODUCTS = st.integers(1, 3).map(lambda number: UUID(int=number))
ORDERS = st.integers(11, 15).map(lambda number: UUID(int=number))
QUANTITIES = st.dictionaries(PRODUCTS, st.integers(1, 4), min_size=1, max_size=3)
TIMES = st.integers(1, 2)
TRANSITIONS = {("held", "released"), ("held", "fulfilled")}

STOCK = """
    SELECT product_id, quantity, reserved, ledger.* FROM stock CROSS JOIN LATERAL (
        SELECT sum(delta), sum(reserved_delta), (array_agg(quantity_after ORDER BY id DESC))[1],
               (array_agg(reserved_after ORDER BY id DESC))[1], count(*)
        FROM movement WHERE movement.product_id = stock.product_id
    ) AS ledger"""


def stock_and_ledger() -> dict[UUID, tuple[int, ...]]:
    """By product: quantity, reserved; the ledger's sums, last values and number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(STOCK)
        return {product_id: tuple(map(int, numbers)) for product_id, *numbers in cursor.fetchall()}


def decisions() -> dict[UUID, tuple[str, list[dict[str, Any]]]]:
    return {
        order_id: (status, items)
        for order_id, status, items in Reservation.objects.values_list(
            "order_id", "status", "items"
        )
    }


class Warehouse(RuleBasedStateMachine):
    """The model: `quantity` and ledger `rows` by product, `decided` by order id."""

    puts = Bundle("puts")

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.quantity: dict[UUID, int] = {}
        self.decided: dict[UUID, tuple[str, dict[UUID, int]]] = {}
        self.rows: dict[UUID, int] = {}
        self.decisions = decisions()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(product_id=PRODUCTS, units=st.integers(1, 6))
    def receive(self, product_id: UUID, units: int) -> None:
        _, new = services.receive(product_id=product_id, quantity=units, actor=STAFF)
        assert new is (product_id not in self.quantity)
        self._move({product_id: units})

    @rule(units=QUANTITIES)
    def bulk_receive(self, units: dict[UUID, int]) -> None:
        receipts = [
            stock_ledger.Receipt(product_id, quantity, "") for product_id, quantity in units.items()
        ]
        new = len(units.keys() - self.quantity.keys())
        assert services.bulk_receive(receipts=receipts, actor=STAFF) == (new, len(units) - new)
        self._move(units)

    @rule(product_id=PRODUCTS, delta=st.integers(-5, 5).filter(bool))
    def adjust(self, product_id: UUID, delta: int) -> None:
        def count() -> Any:
            return services.adjust(
                product_id=product_id, delta=delta, reason="counted", actor=STAFF
            )

        there = self.quantity.get(product_id)
        if there is None:
            self._rejected(count, "stock_not_found")
        elif there + delta < 0:
            items = [{"product_id": product_id, "requested": -delta, "available": there}]
            assert self._rejected(count, "insufficient_stock").extra["items"] == items
        else:
            movement = count()
            assert (movement.delta, movement.quantity_after) == (delta, there + delta)
            self._move({product_id: delta})

    @rule(target=puts, order_id=ORDERS, quantities=QUANTITIES)
    def reserve(self, order_id: UUID, quantities: dict[UUID, int]) -> tuple[UUID, dict[UUID, int]]:
        self._put(order_id, quantities)
        return order_id, quantities

    @rule(put=puts, times=TIMES)
    def reserve_again(self, put: tuple[UUID, dict[UUID, int]], times: int) -> None:
        """A retry, or a late duplicate."""
        for _ in range(times):
            self._put(*put)

    @rule(order_id=ORDERS, times=TIMES)
    def release(self, order_id: UUID, times: int) -> None:
        for _ in range(times):
            status, held = self.decided.get(order_id, ("", {}))
            if status == "fulfilled":
                self._rejected(lambda: services.release(order_id=order_id), "reservation_fulfilled")
                continue
            services.release(order_id=order_id)
            self.decided[order_id] = ("released", held)
            self._move(held if status == "held" else {})

    @rule(order_id=ORDERS, times=TIMES)
    def fulfil(self, order_id: UUID, times: int) -> None:
        for _ in range(times):
            status, held = self.decided.get(order_id, ("", {}))
            if status in ("", "released"):
                code = "reservation_released" if status else "reservation_not_found"
                self._rejected(lambda: services.fulfil(order_id=order_id), code)
                continue
            services.fulfil(order_id=order_id)
            self.decided[order_id] = ("fulfilled", held)
            self._move(dict.fromkeys(held, 0) if status == "held" else {})

    @invariant()
    def stock_matches_the_ledger_and_the_model(self) -> None:
        stock, before, self.decisions = stock_and_ledger(), self.decisions, decisions()
        for product_id, (
            quantity,
            reserved,
            units,
            reserved_units,
            last_quantity,
            last_reserved,
            rows,
        ) in stock.items():
            assert quantity >= 0
            assert reserved >= 0
            assert (quantity + reserved, reserved) == (units, reserved_units)
            assert (quantity, reserved) == (last_quantity, last_reserved)
            held = [items for status, items in self.decisions.values() if status == "held"]
            assert reserved == sum(
                item["quantity"]
                for items in held
                for item in items
                if item["product_id"] == str(product_id)
            )
            assert (quantity, rows) == (self.quantity[product_id], self.rows[product_id])
        assert stock.keys() == self.quantity.keys()
        self._each_order_id_was_decided_once(before)

    def _each_order_id_was_decided_once(self, before: dict[UUID, tuple[str, Any]]) -> None:
        expected = {
            order_id: (status, stock_ledger.as_items(units))
            for order_id, (status, units) in self.decided.items()
        }
        assert self.decisions == expected
        for order_id, (status, items) in before.items():
            now, items_now = self.decisions[order_id]
            assert items_now == items
            assert now == status or (status, now) in TRANSITIONS

    def _put(self, order_id: UUID, quantities: dict[UUID, int]) -> None:
        def put() -> Any:
            return services.reserve(order_id=order_id, quantities=quantities)

        available = {product_id: self.quantity.get(product_id, 0) for product_id in quantities}
        status, items = self.decided.get(order_id, ("", quantities))
        if status == "released":
            self._rejected(put, "reservation_released")
        elif items != quantities:
            self._rejected(put, "reservation_mismatch")
        elif not status and any(
            available[product_id] < units for product_id, units in quantities.items()
        ):
            self._rejected_for_good(put, order_id, quantities, available)
        else:
            reservation, new = put()
            assert (new, reservation.status, reservation.items) == (
                not status,
                status or "held",
                stock_ledger.as_items(quantities),
            )
            self.decided[order_id] = (status or "held", quantities)
            self._move(
                {} if status else {product_id: -units for product_id, units in quantities.items()}
            )

    def _rejected(self, call: Callable[[], Any], code: str) -> Problem:
        """The invariants check after this step that nothing has changed."""
        with pytest.raises(Problem) as error:
            call()
        assert error.value.code == code
        return error.value

    def _rejected_for_good(
        self,
        put: Callable[[], Any],
        order_id: UUID,
        quantities: dict[UUID, int],
        available: dict[UUID, int],
    ) -> None:
        """Only the decision about the order id is stored."""
        assert self._rejected(put, "insufficient_stock").extra["items"] == [
            {"product_id": product_id, "requested": units, "available": available[product_id]}
            for product_id, units in quantities.items()
            if available[product_id] < units
        ]
        self.decided[order_id] = ("released", quantities)

    def _move(self, units: dict[UUID, int]) -> None:
        for product_id, change in units.items():
            self.quantity[product_id] = self.quantity.get(product_id, 0) + change
            self.rows[product_id] = self.rows.get(product_id, 0) + 1


@pytest.mark.django_db
def test_any_sequence_of_commands_keeps_the_invariants():
    run_state_machine_as_test(Warehouse, settings=SETTINGS)
