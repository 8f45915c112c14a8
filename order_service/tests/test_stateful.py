"""Stateful property test: users, staff, the worker and a faulty network in any interleaving.

Everything runs in one thread: concurrent actions run between two steps of a request or of the
worker, so a failing example is reproducible. Each example is one transaction, so the clock of the
database does not advance; see `expire_leases`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import orjson
import pytest
from api_client import JSONClient
from django.db import transaction
from fake_servers import Call
from fakes import FakeInventoryService, FakeProductService, FakeUserService
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from shop import Shop, expire_leases, run_worker_until_idle

from chassis.curl import Response
from chassis.http_client import HttpClient
from orders import clients
from orders.errors import DependencyUnavailable
from orders.models import Attempt, Order
from orders.services import (
    background,
    compensation,
    order_attempts,
    outbox,
    place_order,
    transitions,
)

SETTINGS = settings(
    max_examples=50,
    stateful_step_count=20,
    derandomize=True,  # the same examples every time
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],  # explaining takes minutes
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
STEPS = [
    (order_attempts, "claim"),
    (place_order, "find_products"),
    (place_order, "reserve_stock"),
    (order_attempts, "complete"),
    (order_attempts, "reject"),
    (order_attempts, "abort"),
    (order_attempts, "mark_aborted"),
    (order_attempts, "expire"),
    (order_attempts, "lease_aborting"),
    (compensation, "compensate"),
    (outbox, "deliver"),
    (transitions, "apply"),
]
INDEX = st.integers(0, 3)
UNITS = st.integers(1, 3)
CARTS = st.lists(st.dictionaries(st.integers(0, 1), UNITS, min_size=1), min_size=4, max_size=4)
ACTIONS = st.tuples(st.sampled_from(["order", "work", "deliver_late", "cancel", "ship"]), INDEX)
FAULTS = st.sampled_from(["lost", "executed and lost", "late", "twice", "busy"])
PLANS = st.tuples(
    st.dictionaries(st.integers(0, 15), st.none() | ACTIONS, max_size=4),
    st.dictionaries(st.integers(0, 5), FAULTS, max_size=4),
)
"""By number of the point between two steps: a crash (None) or an action; by call: a fault."""
NOTHING: tuple[dict, dict] = ({}, {})
BUSY = {
    "type": "/errors/service_unavailable",
    "title": "Busy",
    "status": 503,
    "detail": "Busy.",
    "code": "service_unavailable",
}


class Crash(BaseException):
    """A BaseException, so that no handler runs: the process ends here."""


class FakeHttpClient(HttpClient):
    """The real client but for the network."""

    machine: "ShopMachine"

    def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes, timeout: float
    ) -> Response:
        call = Call(method, path, headers, orjson.loads(content) if content else None)
        status, response = self.machine.call(self.name, call)
        kind = "application/json" if status < 400 else "application/problem+json"
        return Response(status, kind, orjson.dumps(response))


class ShopMachine(RuleBasedStateMachine):
    buyers: list[JSONClient]
    staff: JSONClient

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.shop = Shop(
            FakeProductService(), FakeInventoryService(), FakeUserService(), None, None, None
        )
        self.delayed_calls: list[Call] = []
        self.responses: dict[int, bytes] = {}
        """By cart: the definitive response."""
        self.placed: set[str] = set()
        self.ended: dict[str, str] = {}
        """The status in the response to staff."""
        self.is_consistent = True
        self._install()

    def _install(self) -> None:
        self.plan, self.points, self.calls = NOTHING, count(), count()
        self.patch.setattr(
            clients, "HttpClient", type("FakeHttpClient", (FakeHttpClient,), {"machine": self})
        )
        self.shop.reset_clients()
        for module, name in STEPS:
            self.patch.setattr(module, name, self._crashing(getattr(module, name)))

    def teardown(self) -> None:
        try:
            if self.is_consistent:
                self._finish()
        finally:
            self.patch.undo()
            self.shop.reset_clients()
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    @initialize(lamps=st.integers(0, 6), chairs=st.integers(0, 4), carts=CARTS)
    def open_shop(self, lamps: int, chairs: int, carts: list[dict[int, int]]) -> None:
        self.products = [
            self.shop.sells("LAMP", quantity=lamps),
            self.shop.sells("CHAIR", quantity=chairs),
        ]
        self.carts = [self._items(cart) for cart in carts]

    @rule(number=INDEX, plan=PLANS)
    def place_order_with_key(self, number: int, plan: Any) -> None:
        with self._following(plan):
            self.order(number)

    @rule(cart=st.dictionaries(st.integers(0, 1), UNITS, min_size=1), plan=PLANS)
    def place_order_without_key(self, cart: dict[int, int], plan: Any) -> None:
        with self._following(plan):
            response = self.buyers[0].order(self._items(cart))
            if response.status_code == 201:
                self.placed.add(response.json()["id"])
            else:
                assert response.json()["code"] in ("insufficient_stock", "service_unavailable")

    @rule(number=INDEX)
    def reuse_a_key(self, number: int) -> None:
        with self._following(NOTHING):
            buyer, key = self._sender(number)
            if order_attempts.get(buyer.user_id, key):
                before = self._state()
                response = buyer.order({**self.carts[number], self.products[0]: 9}, key=key)
                assert (response.status_code, response.json()["code"]) == (
                    422,
                    "idempotency_key_reused",
                )
                assert self._state() == before

    @rule(number=INDEX, plan=PLANS)
    def staff_cancels(self, number: int, plan: Any) -> None:
        with self._following(plan):
            self.cancel(number)

    @rule(number=INDEX, plan=PLANS)
    def staff_ships(self, number: int, plan: Any) -> None:
        with self._following(plan):
            self.ship(number)

    @rule(number=INDEX, plan=PLANS)
    def run_worker(self, number: int, plan: Any) -> None:
        with self._following(plan):
            self.work(number)

    @rule(number=INDEX)
    def late_call_arrives(self, number: int) -> None:
        with self._following(NOTHING):
            self.deliver_late(number)

    @rule(product=st.integers(0, 1), units=UNITS)
    def stock_arrives(self, product: int, units: int) -> None:
        self.shop.stock.receive(self.products[product], units)

    @rule()
    def become_idle(self) -> None:
        with self._following(NOTHING):
            run_worker_until_idle()
            self._check()

    @invariant()
    def invariants_hold(self) -> None:
        """At any time, also during requests."""
        states = {str(id): status for id, status in Order.objects.values_list("id", "status")}
        assert self.placed <= states.keys()
        assert {id: states[id] for id in self.ended} == self.ended
        may_be = {
            "confirmed": {"held"},
            "cancelled": {"held", "released"},
            "shipped": {"held", "fulfilled"},
        }
        for id, status in states.items():
            assert self.shop.stock.reservations[id][0] in may_be[status]
        assert all(left >= 0 for left in self.shop.stock.quantity.values())
        self.is_consistent = True

    def order(self, number: int) -> None:
        known = self.responses.get(number)
        buyer, key = self._sender(number)
        response = buyer.order(self.carts[number], key=key)
        if response.status_code == 201 or response.json()["code"] == "insufficient_stock":
            assert self.responses.setdefault(number, response.content) == response.content
        else:
            assert response.json()["code"] in ("request_in_progress", "service_unavailable")
            assert known is None
        if response.status_code == 201:
            self.placed.add(response.json()["id"])

    def work(self, number: int) -> None:
        if number:
            expire_leases()
        background.run_once()

    def deliver_late(self, number: int) -> None:
        """Every second one stays pending, to arrive again."""
        if self.delayed_calls:
            at = number % len(self.delayed_calls)
            self.shop.stock(self.delayed_calls[at] if number % 2 else self.delayed_calls.pop(at))

    def cancel(self, number: int) -> None:
        self._end(number, "cancel", "cancelled")

    def ship(self, number: int) -> None:
        self._end(number, "ship", "shipped")

    def _end(self, number: int, verb: str, status: str) -> None:
        ids = [str(id) for id in Order.objects.order_by("id").values_list("id", flat=True)]
        if not ids:
            return
        id = ids[number % len(ids)]
        known = self.ended.get(id)
        response = self.staff.post(f"/api/orders/{id}/{verb}/")
        if response.status_code == 200:
            assert known in (None, status)
            assert self.ended.setdefault(id, status) == status
        else:
            assert response.json()["code"] == "invalid_transition"
            assert known != status

    def call(self, name: str, call: Call) -> tuple[int, Any]:
        fault = self.plan[1].get(next(self.calls))
        does = self.shop.stock if name == "inventory" else self.shop.catalogue
        if fault in ("late", "twice") and name == "inventory":
            self.delayed_calls.append(call)
        response = (
            (503, BUSY)
            if fault == "busy"
            else does(call)
            if fault in (None, "executed and lost", "twice")
            else (0, None)
        )
        if fault in ("lost", "executed and lost", "late"):
            raise ConnectionResetError
        return response

    def _crashing(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            self._act_between_steps()
            result = work(*args, **kwargs)
            self._act_between_steps()
            return result

        return step

    def _act_between_steps(self) -> None:
        actions, point = self.plan[0], next(self.points)
        if point not in actions:
            return
        if actions[point] is None:
            raise Crash
        verb, number = actions[point]
        try:
            with suppress(Crash, DependencyUnavailable):
                getattr(self, verb)(number)
        except AssertionError as wrong:  # must not become a 500 of the current request
            pytest.fail(str(wrong))

    @contextmanager
    def _following(self, plan: Any) -> Iterator[None]:
        self.is_consistent = False
        self.plan, self.points, self.calls = plan, count(), count()
        with suppress(Crash, DependencyUnavailable):
            yield
        self.plan = NOTHING

    def _sender(self, number: int) -> tuple[JSONClient, str]:
        """Two buyers, who use the same keys."""
        return self.buyers[number % 2], f"key {number // 2}"

    def _items(self, cart: dict[int, int]) -> dict[str, int]:
        return {self.products[product]: units for product, units in cart.items()}

    def _state(self) -> tuple[Any, ...]:
        stock = self.shop.stock
        return (
            list(Order.objects.order_by("id").values()),
            list(Attempt.objects.order_by("id").values()),
            {**stock.reservations},
        )

    def _check(self) -> None:
        self.shop.check()
        completed = Attempt.objects.filter(state="completed").values_list("order_id", flat=True)
        assert sorted(Order.objects.values_list("id", flat=True)) == sorted(completed)

    def _finish(self) -> None:
        """Every buyer retries until a definitive response, and every late call arrives."""
        self._check_idle()
        for number in range(len(self.carts)):
            self.order(number)
            assert number in self.responses
        for call in self.delayed_calls:
            self.shop.stock(call)
        self._check_idle()
        self.invariants_hold()

    def _check_idle(self) -> None:
        run_worker_until_idle()
        self._check()


def test_no_interleaving_loses_an_order_or_a_unit(db, closed_circuit_breaker):
    ShopMachine.buyers, ShopMachine.staff = (
        [JSONClient("customer"), JSONClient("customer")],
        JSONClient("staff"),
    )
    run_state_machine_as_test(ShopMachine, settings=SETTINGS)
