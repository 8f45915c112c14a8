"""Buyers, staff, a worker and a bad network do what they like, in any order and in the midst of one another.

It all runs in one thread: whatever happens "meanwhile" happens between two steps of a request or of the worker. So an example
that fails, fails again. The database's clock stands still, since each example is one transaction; see `time_passes`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

import orjson
import pytest
from conftest import JSONClient, Shop, time_passes, worker_catches_up
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from neighbours import Call
from stand_ins import Catalogue, People, Stock

from chassis.curl import Response
from chassis.http_client import HttpClient
from orders import clients
from orders.models import Attempt, Order
from orders.services import attempts, lifecycle, placement, recovery

SETTINGS = settings(
    max_examples=50,
    stateful_step_count=20,
    derandomize=True,  # the same examples every time: a run that fails has found something new in the code
    print_blob=True,
    phases=[Phase.generate, Phase.shrink],  # to explain as well takes minutes
    report_multiple_bugs=False,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
STEPS = [
    (attempts, "claim"),
    (placement, "_find_products"),
    (placement, "_reserve"),
    (attempts, "complete"),
    (attempts, "refuse"),
    (attempts, "abort"),
    (attempts, "abort_done"),
    (attempts, "expire"),
    (attempts, "take_aborting"),
    (recovery, "undo"),
    (recovery, "carry_out"),
    (lifecycle, "_move"),
]
INDEX = st.integers(0, 3)
UNITS = st.integers(1, 3)
WISHES = st.lists(st.dictionaries(st.integers(0, 1), UNITS, min_size=1), min_size=4, max_size=4)
DEEDS = st.tuples(st.sampled_from(["order", "work", "deliver_late", "cancel", "ship"]), INDEX)
TROUBLE = st.sampled_from(["lost", "done and lost", "late", "twice", "busy"])
PLANS = st.tuples(
    st.dictionaries(st.integers(0, 15), st.none() | DEEDS, max_size=4),
    st.dictionaries(st.integers(0, 5), TROUBLE, max_size=4),
)
"""What happens at the n-th point between two steps (the process dies, or somebody else does something), and to the n-th call."""
NOTHING: tuple[dict, dict] = ({}, {})
BUSY = {
    "type": "/errors/service_unavailable",
    "title": "Busy",
    "status": 503,
    "detail": "Busy.",
    "code": "service_unavailable",
}


class Killed(BaseException):
    """Nothing of ours catches this: after it no line of the process runs."""


class Wire(HttpClient):
    """The real client but for the network."""

    market: "Market"

    def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes, timeout: float
    ) -> Response:
        call = Call(method, path, headers, orjson.loads(content) if content else None)
        status, answer = self.market.carry(self.name, call)
        kind = "application/json" if status < 400 else "application/problem+json"
        return Response(status, kind, orjson.dumps(answer))


class Market(RuleBasedStateMachine):
    buyers: list[JSONClient]
    staff: JSONClient

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.shop = Shop(Catalogue(), Stock(), People(), None, None, None)
        self.late: list[Call] = []
        self.answers: dict[int, bytes] = {}
        """By wish: the definitive answer that a buyer has seen."""
        self.placed: set[str] = set()
        self.ended: dict[str, str] = {}
        """What staff was told became of an order."""
        self.sound = True
        self._make_mortal()

    def _make_mortal(self) -> None:
        self.plan, self.points, self.calls = NOTHING, count(), count()
        self.patch.setattr(clients, "HttpClient", type("Wire", (Wire,), {"market": self}))
        self.shop.opens_again()
        for module, name in STEPS:
            self.patch.setattr(module, name, self._mortal(getattr(module, name)))

    def teardown(self) -> None:
        try:
            if self.sound:
                self._all_is_said_and_done()
        finally:
            self.patch.undo()
            self.shop.opens_again()
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    @initialize(lamps=st.integers(0, 6), chairs=st.integers(0, 4), wishes=WISHES)
    def opens(self, lamps: int, chairs: int, wishes: list[dict[int, int]]) -> None:
        self.products = [
            self.shop.sells("LAMP", quantity=lamps),
            self.shop.sells("CHAIR", quantity=chairs),
        ]
        self.wishes = [self._items(wish) for wish in wishes]

    @rule(number=INDEX, plan=PLANS)
    def somebody_orders(self, number: int, plan: Any) -> None:
        with self._goes_by(plan):
            self.order(number)

    @rule(wish=st.dictionaries(st.integers(0, 1), UNITS, min_size=1), plan=PLANS)
    def somebody_orders_without_a_key(self, wish: dict[int, int], plan: Any) -> None:
        with self._goes_by(plan):
            answer = self.buyers[0].order(self._items(wish))
            if answer.status_code == 201:
                self.placed.add(answer.json()["id"])
            else:
                assert answer.json()["code"] in ("insufficient_stock", "service_unavailable")

    @rule(number=INDEX)
    def somebody_orders_something_else_with_the_same_key(self, number: int) -> None:
        with self._goes_by(NOTHING):
            buyer, key = self._sender(number)
            if attempts.of(buyer.user_id, key):
                before = self._facts()
                answer = buyer.order({**self.wishes[number], self.products[0]: 9}, key=key)
                assert (answer.status_code, answer.json()["code"]) == (
                    422,
                    "idempotency_key_reused",
                )
                assert self._facts() == before

    @rule(number=INDEX, plan=PLANS)
    def staff_cancels(self, number: int, plan: Any) -> None:
        with self._goes_by(plan):
            self.cancel(number)

    @rule(number=INDEX, plan=PLANS)
    def staff_ships(self, number: int, plan: Any) -> None:
        with self._goes_by(plan):
            self.ship(number)

    @rule(number=INDEX, plan=PLANS)
    def the_worker_comes(self, number: int, plan: Any) -> None:
        with self._goes_by(plan):
            self.work(number)

    @rule(number=INDEX)
    def a_late_call_arrives(self, number: int) -> None:
        with self._goes_by(NOTHING):
            self.deliver_late(number)

    @rule(product=st.integers(0, 1), units=UNITS)
    def stock_arrives(self, product: int, units: int) -> None:
        self.shop.stock.receive(self.products[product], units)

    @rule()
    def all_is_quiet_for_a_while(self) -> None:
        with self._goes_by(NOTHING):
            worker_catches_up()
            self._check()

    @invariant()
    def what_was_promised_is_kept(self) -> None:
        """At any moment, whatever is under way."""
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
        self.sound = True

    def order(self, number: int) -> None:
        known = self.answers.get(number)
        buyer, key = self._sender(number)
        answer = buyer.order(self.wishes[number], key=key)
        if answer.status_code == 201 or answer.json()["code"] == "insufficient_stock":
            assert self.answers.setdefault(number, answer.content) == answer.content
        else:
            assert answer.json()["code"] in ("request_in_progress", "service_unavailable")
            assert known is None
        if answer.status_code == 201:
            self.placed.add(answer.json()["id"])

    def work(self, number: int) -> None:
        if number:
            time_passes()
        recovery.catch_up()

    def deliver_late(self, number: int) -> None:
        """Every second one stays under way, to arrive once more."""
        if self.late:
            at = number % len(self.late)
            self.shop.stock(self.late[at] if number % 2 else self.late.pop(at))

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
        answer = self.staff.post(f"/api/orders/{id}/{verb}/")
        if answer.status_code == 200:
            assert known in (None, status)
            assert self.ended.setdefault(id, status) == status
        else:
            assert answer.json()["code"] == "invalid_transition"
            assert known != status

    def carry(self, name: str, call: Call) -> tuple[int, Any]:
        trouble = self.plan[1].get(next(self.calls))
        does = self.shop.stock if name == "inventory" else self.shop.catalogue
        if trouble in ("late", "twice") and name == "inventory":
            self.late.append(call)
        answer = (
            (503, BUSY)
            if trouble == "busy"
            else does(call)
            if trouble in (None, "done and lost", "twice")
            else (0, None)
        )
        if trouble in ("lost", "done and lost", "late"):
            raise ConnectionResetError
        return answer

    def _mortal(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            self._meanwhile()
            result = work(*args, **kwargs)
            self._meanwhile()
            return result

        return step

    def _meanwhile(self) -> None:
        deeds, point = self.plan[0], next(self.points)
        if point not in deeds:
            return
        if deeds[point] is None:
            raise Killed
        verb, number = deeds[point]
        try:
            with suppress(Killed, recovery.NeighbourAway):
                getattr(self, verb)(number)
        except (
            AssertionError
        ) as wrong:  # which must not become the 500 of the request that is under way
            pytest.fail(str(wrong))

    @contextmanager
    def _goes_by(self, plan: Any) -> Iterator[None]:
        self.sound = False
        self.plan, self.points, self.calls = plan, count(), count()
        with suppress(Killed, recovery.NeighbourAway):
            yield
        self.plan = NOTHING

    def _sender(self, number: int) -> tuple[JSONClient, str]:
        """Two buyers, who use the same keys."""
        return self.buyers[number % 2], f"key {number // 2}"

    def _items(self, wish: dict[int, int]) -> dict[str, int]:
        return {self.products[product]: units for product, units in wish.items()}

    def _facts(self) -> tuple[Any, ...]:
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

    def _all_is_said_and_done(self) -> None:
        """Every buyer asks until it has an answer, and whatever was still under way arrives."""
        self._check_at_rest()
        for number in range(len(self.wishes)):
            self.order(number)
            assert number in self.answers
        for call in self.late:
            self.shop.stock(call)
        self._check_at_rest()
        self.what_was_promised_is_kept()

    def _check_at_rest(self) -> None:
        worker_catches_up()
        self._check()


def test_no_order_and_no_unit_is_lost_whatever_happens(db, patient):
    Market.buyers, Market.staff = (
        [JSONClient("customer"), JSONClient("customer")],
        JSONClient("staff"),
    )
    run_state_machine_as_test(Market, settings=SETTINGS)
