"""Invariants 2, 3 and 4: each order with its reservation, and no reservation without its order.

A reservation has the id of its order, and both lists come in the order of that id: so one walk over the two at once pairs
them, however many there are. What looks wrong then is looked at again by itself until it is right or the time is over.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from local_stack.progress import Progress
from proof.errors import ShopError
from proof.report import Report
from proof.rows import Order, Quantities, Reservation
from proof.shop import Shop

DUE = {"confirmed": "held", "shipped": "fulfilled", "delivered": "fulfilled"}
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0

Pair = tuple[Order | None, Reservation | None]


class Fault(NamedTuple):
    invariant: int
    words: str


class OrderAudit:
    def __init__(self, shop: Shop, report: Report, progress: Progress) -> None:
        self._shop, self._report, self._progress = shop, report, progress
        self._numbers: dict[str, str] = {}
        self._highest = 0
        self._read_at = 0.0
        self._suspects: dict[str, Fault] = {}
        self.held = Counter[str]()
        """Units held, by product."""

    def read(self) -> None:
        last = ""
        for order, reservation in paired(self._shop.orders(), self._shop.reservations()):
            order_id = id_of(order, reservation)
            if last and order_id >= last:
                self._out_of_line(order_id, last, order)
            last = order_id
            if order:
                self._take_order(order)
            if reservation:
                self._report.reservations += 1
                self.held.update(dict(reservation.held()))
            if fault := fault_of(order, reservation):
                self._suspects[order_id] = fault
        self._read_at = time.monotonic()
        self._numbers.clear()

    def settle(self, seconds: float) -> None:
        """Look again at what looked wrong, once at least, until it is right or so many seconds have passed since it was read."""
        self._report.looked_at_again += len(self._suspects)
        pause, whole = FIRST_PAUSE, len(self._suspects)
        while self._suspects:
            for order_id in list(self._suspects):
                self._progress(f"looking again at {len(self._suspects)} orders", 1 - len(self._suspects) / whole)
                self._look_again(order_id)
            left = self._read_at + seconds - time.monotonic()
            if left <= 0 or not self._suspects:
                break
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, LONGEST_PAUSE)
        for order_id, fault in self._suspects.items():
            self._violated(order_id, fault)

    def _look_again(self, order_id: str) -> None:
        """At both, with the order the same before and after the reservation was read."""
        order = self._shop.order(order_id)
        while fault := fault_of(order, self._shop.reservation(order_id)):
            again = self._shop.order(order_id)
            if again == order:
                self._suspects[order_id] = fault
                return
            order = again
        del self._suspects[order_id]

    def _take_order(self, order: Order) -> None:
        self._report.orders += 1
        other = self._numbers.setdefault(order.number, order.id)
        if other != order.id:
            urls = (self._shop.order_url(order.id), self._shop.order_url(other))
            words = f"orders {order.id} and {other} have the same number {order.number}"
            self._report.add(4, words, urls, order_id=order.id, other_order_id=other)
        self._show_progress(order.number)

    def _show_progress(self, number: str) -> None:
        """Numbers are counted up from 1, so the first one that is listed says about how many there will be."""
        digits = re.sub(r"\D", "", number)
        count = int(digits) if digits else 0
        self._highest = max(self._highest, count)
        words = f"{self._report.orders} orders, {self._report.reservations} reservations"
        self._progress(words, 1 - count / self._highest if self._highest else None)

    def _out_of_line(self, order_id: str, last: str, order: Order | None) -> None:
        if order_id > last:
            raise ShopError(f"The lists of orders and reservations do not come by id: {order_id} after {last}.")
        if order:
            self._violated(order_id, Fault(4, f"there are two orders with the id {order_id}"))
        else:
            self._violated(order_id, Fault(2, f"there are two reservations for the order {order_id}"))

    def _violated(self, order_id: str, fault: Fault) -> None:
        urls = (self._shop.order_url(order_id), self._shop.reservation_url(order_id))
        self._report.add(fault.invariant, fault.words, urls, order_id=order_id)


def report_failed_tasks(shop: Shop, report: Report) -> None:
    """Nothing tries them again by itself, so there is nothing to wait for."""
    for task in shop.failed_tasks():
        words = f"the stock task {task.verb} of order {task.order_id} has failed: {task.last_error}"
        report.add(2, words, (shop.order_url(task.order_id), shop.failed_tasks_url()), order_id=task.order_id)


def paired(orders: Iterator[Order], reservations: Iterator[Reservation]) -> Iterator[Pair]:
    order, reservation = next(orders, None), next(reservations, None)
    while order or reservation:
        ids = (order.id if order else "", reservation.order_id if reservation else "")
        yield (order if ids[0] == max(ids) else None, reservation if ids[1] == max(ids) else None)
        order, reservation = (
            next(orders, None) if ids[0] == max(ids) else order,
            next(reservations, None) if ids[1] == max(ids) else reservation,
        )


def id_of(order: Order | None, reservation: Reservation | None) -> str:
    return order.id if order else reservation.order_id if reservation else ""


def fault_of(order: Order | None, reservation: Reservation | None) -> Fault | None:
    if order is None:
        return _fault_without_order(reservation)
    status = reservation.status if reservation else "missing"
    name = f"order {order.id} ({order.number})"
    if order.status == "cancelled":
        return Fault(2, f"{name} is cancelled, but its reservation is {status}") if status in DUE.values() else None
    if status != DUE.get(order.status):
        return Fault(2, f"{name} is {order.status}, but its reservation is {status}")
    if reservation and reservation.quantities != order.quantities:
        wanted, kept = _listed(order.quantities), _listed(reservation.quantities)
        return Fault(2, f"{name} is {order.status} with {wanted}, but its reservation is of {kept}")
    return None


def _fault_without_order(reservation: Reservation | None) -> Fault | None:
    if reservation is None or reservation.status not in DUE.values():
        return None
    items = _listed(reservation.quantities)
    return Fault(3, f"reservation {reservation.order_id} is {reservation.status} with {items}, but there is no such order")


def _listed(quantities: Quantities) -> str:
    return ", ".join(f"{units} of {product_id}" for product_id, units in quantities) or "nothing"
