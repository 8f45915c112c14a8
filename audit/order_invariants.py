"""Invariants 2, 3 and 4: each order has its reservation, and no reservation is without an order.

A reservation has the id of its order, and both lists are sorted by that id. So one merge of the two
lists pairs them. An apparent violation is rechecked until it is resolved or the time is over.
"""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from audit.client import AuditClient
from audit.errors import AuditError
from audit.records import Order, Quantities, Reservation
from audit.report import Report
from local_stack.progress import Progress

EXPECTED_STATUS = {"confirmed": "held", "shipped": "fulfilled", "delivered": "fulfilled"}
FIRST_PAUSE, MAX_PAUSE = 0.1, 2.0

Pair = tuple[Order | None, Reservation | None]


class Finding(NamedTuple):
    invariant: int
    message: str


class OrderAudit:
    def __init__(self, client: AuditClient, report: Report, progress: Progress) -> None:
        self._client, self._report, self._progress = client, report, progress
        self._numbers: dict[str, str] = {}
        self._highest = 0
        self._read_at = 0.0
        self._suspects: dict[str, Finding] = {}
        self.held = Counter[str]()
        """Units held, by product."""

    def read(self) -> None:
        last = ""
        for order, reservation in paired(self._client.orders(), self._client.reservations()):
            order_id = id_of(order, reservation)
            if last and order_id >= last:
                self._report_out_of_order(order_id, last, order)
            last = order_id
            if order:
                self._add_order(order)
            if reservation:
                self._report.reservations += 1
                self.held.update(dict(reservation.held()))
            if finding := violation_of(order, reservation):
                self._suspects[order_id] = finding
        self._read_at = time.monotonic()
        self._numbers.clear()

    def settle(self, seconds: float) -> None:
        """Recheck suspects, at least once, until they are resolved or so many seconds have passed
        since `read`.
        """
        self._report.rechecked += len(self._suspects)
        pause, whole = FIRST_PAUSE, len(self._suspects)
        while self._suspects:
            for order_id in list(self._suspects):
                self._progress(
                    f"rechecking {len(self._suspects)} orders", 1 - len(self._suspects) / whole
                )
                self._recheck(order_id)
            left = self._read_at + seconds - time.monotonic()
            if left <= 0 or not self._suspects:
                break
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, MAX_PAUSE)
        for order_id, finding in self._suspects.items():
            self._add_violation(order_id, finding)

    def _recheck(self, order_id: str) -> None:
        """Read the reservation between two equal reads of the order."""
        order = self._client.order(order_id)
        while finding := violation_of(order, self._client.reservation(order_id)):
            again = self._client.order(order_id)
            if again == order:
                self._suspects[order_id] = finding
                return
            order = again
        del self._suspects[order_id]

    def _add_order(self, order: Order) -> None:
        self._report.orders += 1
        other = self._numbers.setdefault(order.number, order.id)
        if other != order.id:
            urls = (self._client.order_url(order.id), self._client.order_url(other))
            message = f"orders {order.id} and {other} have the same number {order.number}"
            self._report.add(4, message, urls, order_id=order.id, other_order_id=other)
        self._show_progress(order.number)

    def _show_progress(self, number: str) -> None:
        """Order numbers count up from 1, so the first one in the list is about the number of
        orders.
        """
        digits = re.sub(r"\D", "", number)
        count = int(digits) if digits else 0
        self._highest = max(self._highest, count)
        message = f"{self._report.orders} orders, {self._report.reservations} reservations"
        self._progress(message, 1 - count / self._highest if self._highest else None)

    def _report_out_of_order(self, order_id: str, last: str, order: Order | None) -> None:
        if order_id > last:
            raise AuditError(
                f"The lists of orders and reservations are not sorted by id: {order_id} after "
                f"{last}."
            )
        if order:
            self._add_violation(
                order_id, Finding(4, f"there are two orders with the id {order_id}")
            )
        else:
            self._add_violation(
                order_id, Finding(2, f"there are two reservations for the order {order_id}")
            )

    def _add_violation(self, order_id: str, finding: Finding) -> None:
        urls = (self._client.order_url(order_id), self._client.reservation_url(order_id))
        self._report.add(finding.invariant, finding.message, urls, order_id=order_id)


def report_failed_tasks(client: AuditClient, report: Report) -> None:
    """Failed tasks are not retried, so there is no second check."""
    for task in client.failed_tasks():
        message = (
            f"the stock task {task.verb} of order {task.order_id} has failed: {task.last_error}"
        )
        report.add(
            2,
            message,
            (client.order_url(task.order_id), client.failed_tasks_url()),
            order_id=task.order_id,
        )


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


def violation_of(order: Order | None, reservation: Reservation | None) -> Finding | None:
    if order is None:
        return _violation_without_order(reservation)
    status = reservation.status if reservation else "missing"
    name = f"order {order.id} ({order.number})"
    if order.status == "cancelled":
        return (
            Finding(2, f"{name} is cancelled, but its reservation is {status}")
            if status in EXPECTED_STATUS.values()
            else None
        )
    if status != EXPECTED_STATUS.get(order.status):
        return Finding(2, f"{name} is {order.status}, but its reservation is {status}")
    if reservation and reservation.quantities != order.quantities:
        ordered, reserved = _listed(order.quantities), _listed(reservation.quantities)
        return Finding(
            2, f"{name} is {order.status} with {ordered}, but its reservation has {reserved}"
        )
    return None


def _violation_without_order(reservation: Reservation | None) -> Finding | None:
    if reservation is None or reservation.status not in EXPECTED_STATUS.values():
        return None
    items = _listed(reservation.quantities)
    return Finding(
        3,
        f"reservation {reservation.order_id} is {reservation.status} with {items}, but there is "
        "no such order",
    )


def _listed(quantities: Quantities) -> str:
    return ", ".join(f"{units} of {product_id}" for product_id, units in quantities) or "nothing"
